//! Relations that are read from rows which were queried without them.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, ModuleFacts, Pattern, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_flow::{ObjectValue, RowOrigin, Step, Summary, Value};
use snell_prisma::Field;
use snell_project::{
    client::{CallId, ClientCall},
    module::{In, ModuleId},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{repeated, written};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/relation-not-loaded",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A relation is read that the query did not ask for: it is always undefined",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut told: FxHashSet<(CallId, SmolStr)> = FxHashSet::default();
    let mut found = Vec::new();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        for (call, name, projection) in unloaded(context, summary) {
            if told.insert((call, name.clone()))
                && let Some(finding) = finding(context, summary, call, (&name, projection))
            {
                found.push(finding);
            }
        }
    }
    found
}

/// A query, the relation that it does not load, and which of `select` and
/// `include` it has.
type Unloaded = (CallId, SmolStr, Option<&'static str>);

/// The relations out of which a function reads something, from rows that do not have them.
fn unloaded(context: &Context<'_>, summary: &Summary) -> Vec<Unloaded> {
    let mut found = Vec::new();
    summary.visit_rows(|row, path| {
        if let Some(name) = read_into(path)
            && is_unloaded(context, row, name)
        {
            found.push((row.call, name.clone(), written::projection(&row.arguments)));
        }
    });
    found
}

/// The first property on a way that goes on after it: `agent` of `row.agent.name`.
fn read_into(path: &[Step]) -> Option<&SmolStr> {
    let first = path
        .iter()
        .position(|step| matches!(step, Step::Property(_)))?;
    let Step::Property(name) = &path[first] else {
        return None;
    };
    let goes_on = path[first + 1..]
        .iter()
        .any(|step| !matches!(step, Step::Converted));
    (goes_on && !path[..first].contains(&Step::Converted)).then_some(name)
}

fn is_unloaded(context: &Context<'_>, row: &RowOrigin, name: &str) -> bool {
    let call = context.project.calls.get(row.call);
    let Some(model) = call.model() else {
        return false;
    };
    if !call.operation.gives_rows()
        || call.client.extended
        || call.confidence == Confidence::Possible
        || !functions::is_application(context.project, call.module)
        || is_chained(context, call)
    {
        return false;
    }
    let model = context.project.schemas.model(model);
    let is_relation = model
        .field(name)
        .is_some_and(|field| field.relation().is_some());
    if !is_relation {
        return false;
    }
    let none = ObjectValue::default();
    let arguments = match &row.arguments {
        Value::Object(object) => object,
        Value::Undefined => &none,
        _ => return false,
    };
    arguments.spreads.is_empty()
        && !["include", "select"].iter().any(|key| {
            arguments
                .entries
                .get(*key)
                .is_some_and(|entry| may_hold(&entry.value, name))
        })
}

/// Whether a projection may have a key.
fn may_hold(projection: &Value, name: &str) -> bool {
    match projection {
        Value::Undefined | Value::Null => false,
        Value::Object(object) => {
            !object.spreads.is_empty()
                || object.entries.get(name).is_some_and(|entry| {
                    entry.value != Value::boolean(false) && entry.value != Value::Undefined
                })
        }
        Value::OneOf(choices) => choices.iter().any(|choice| may_hold(&choice.value, name)),
        _ => true,
    }
}

/// `findUnique(...).posts()`: the fluent form loads what it names.
fn is_chained(context: &Context<'_>, call: &ClientCall) -> bool {
    let module = context.project.modules.get(call.module);
    module
        .context
        .parent(call.expression)
        .is_some_and(|parent| matches!(module.facts.expression(parent), Expression::Member { .. }))
}

fn finding(
    context: &Context<'_>,
    summary: &Summary,
    call: CallId,
    (name, projection): (&str, Option<&str>),
) -> Option<Diagnostic> {
    let project = context.project;
    let call = project.calls.get(call);
    let model = call.model()?;
    let schema = project.schemas.get(model.schema);
    let field: &Field = project.schemas.model(model).field(name)?;
    let read = read_at(context, summary.function.module, name)?;
    let title = repeated::title(context, call);
    let found = Diagnostic::at(
        &RULE.metadata,
        read,
        format!("`{name}` is never there: `{title}` does not load it"),
    )
    .label("undefined: reading on from it throws")
    .related(
        project.modules.at(call.module, call.name.span),
        "neither `include` nor `select` asks for it",
    )
    .related(schema.field_name(field), "a relation, not a column")
    .confidence(Confidence::Likely)
    .help(match projection {
        Some(_) => format!("add {}", written::adding(projection, name, "true")),
        None => format!("add `include: {{ {name}: true }}` to the query"),
    });
    Some(found.subject(format!(
        "query:{} {title} {name}",
        functions::name(project, summary.function)
    )))
}

/// Where a module first reads on from a property of this name; none when it
/// assigns it, or asks anywhere whether it is there.
fn read_at(context: &Context<'_>, module: ModuleId, name: &str) -> Option<Location> {
    let owner = context.project.modules.get(module);
    let facts = &*owner.facts;
    let mut asked = Asked { name, asked: false };
    walk::walk_module(&mut asked, facts);
    if asked.asked {
        return None;
    }
    let nodes = facts.all([ExpressionKind::Member]);
    let mut reads = nodes.filter_map(|(id, node)| match &node.kind {
        Expression::Member { property, .. } if property.text == name => {
            let parent = owner.context.parent(id)?;
            match facts.expression(parent) {
                Expression::Member {
                    optional: false, ..
                }
                | Expression::Index {
                    optional: false, ..
                } if !is_delegate(context, module, parent) => Some(property.span),
                _ => None,
            }
        }
        _ => None,
    });
    let first = reads.next()?;
    Some(context.project.modules.at(module, first))
}

/// `tx.workflow.create(...)`: the client's delegate, no part of a row.
fn is_delegate(context: &Context<'_>, module: ModuleId, member: ExpressionId) -> bool {
    let called = context.project.modules.get(module).context.parent(member);
    called.is_some_and(|id| context.project.call_at(In { module, id }).is_some())
}

/// Looks for places that give a property a value, or ask whether it has one.
struct Asked<'n> {
    name: &'n str,
    asked: bool,
}

impl Asked<'_> {
    fn names(&self, facts: &ModuleFacts, id: ExpressionId) -> bool {
        matches!(facts.expression(facts.unwrap_casts(id)),
            Expression::Member { property, .. } if property.text == self.name)
    }

    fn test(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        self.asked |= self.names(facts, id);
    }
}

impl Visitor for Asked<'_> {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Conditional { test, .. } => self.test(facts, *test),
            Expression::Logical { left, right, .. } => {
                self.test(facts, *left);
                self.test(facts, *right);
            }
            Expression::Unary { operand, .. } => self.test(facts, *operand),
            Expression::Binary { left, right, .. } => {
                self.test(facts, *left);
                self.test(facts, *right);
            }
            Expression::Member {
                object,
                optional: true,
                ..
            }
            | Expression::Index {
                object,
                optional: true,
                ..
            } => self.test(facts, *object),
            Expression::Assign { target, .. } => {
                if let Pattern::Expression(target) = **target {
                    self.test(facts, target);
                }
            }
            _ => {}
        }
        walk::walk_expression(self, facts, id);
    }

    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::If { test, .. } | Statement::While { test, .. } => self.test(facts, *test),
            _ => {}
        }
        walk::walk_statement(self, facts, statement);
    }
}
