//! Failures of the database that look like an empty answer.

use snell_extract::facts::{
    Block, Element, Expression, ExpressionId, ModuleFacts, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_flow::{EventKind, Summary};
use snell_project::{
    client::{ClientCall, Operation},
    module::ModuleId,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use super::repeated;
use crate::{
    functions,
    rule::{Context, Rule},
    support::order::Place,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/swallowed-error",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A failure of the database is answered as if there were no rows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let functions = context.flow.functions().filter(|summary| {
        functions::is_application(context.project, summary.function.module)
            && !functions::is_module_body(context.project, summary.function)
            && !repeated::is_background(context, summary.function)
    });
    functions
        .flat_map(|summary| of_function(context, summary))
        .collect()
}

fn of_function(context: &Context<'_>, summary: &Summary) -> Vec<Diagnostic> {
    let facts = context.project.modules.facts(summary.function.module);
    let mut told: Vec<*const Block> = Vec::new();
    let mut found = Vec::new();
    for event in &summary.events {
        let EventKind::Query(query) = &event.kind else {
            continue;
        };
        let call = context.project.calls.get(query.call);
        if call.module != summary.function.module || !only_fails_with_the_database(call.operation) {
            continue;
        }
        let at = facts.span(call.expression);
        let place = Place::of(facts, Some(summary.function.id), at);
        let Some((guarded, handler)) = place.tries().next() else {
            continue;
        };
        if told.contains(&std::ptr::from_ref(handler)) {
            continue;
        }
        let Some((returned, what)) = swallows(context, call.module, handler) else {
            continue;
        };
        if guards_more(context, call.module, facts, guarded) {
            continue;
        }
        told.push(std::ptr::from_ref(handler));
        found.push(finding(context, summary, call, returned, what));
    }
    found
}

/// Reads that have no failure of their own: no row is no error.
fn only_fails_with_the_database(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindUnique
            | Operation::FindFirst
            | Operation::FindMany
            | Operation::Count
            | Operation::Aggregate
            | Operation::GroupBy
            | Operation::QueryRaw
            | Operation::QueryRawUnsafe
    )
}

/// Where a handler gives an empty value back, whatever has failed, and which.
fn swallows(
    context: &Context<'_>,
    module: ModuleId,
    handler: &Block,
) -> Option<(Span, &'static str)> {
    let facts = context.project.modules.facts(module);
    let [before @ .., last] = handler.as_slice() else {
        return None;
    };
    let Statement::Return(Some(value)) = last.kind else {
        return None;
    };
    let what = empty(facts, value)?;
    let plain = before.iter().all(|statement| match &statement.kind {
        Statement::Expression(value) => is_report(facts, *value),
        _ => false,
    });
    (plain && !is_explained(facts, handler)).then_some((last.span, what))
}

/// What a value says when nothing is known: no rows, no row, none counted.
fn empty(facts: &ModuleFacts, value: ExpressionId) -> Option<&'static str> {
    match facts.expression(facts.unwrap_casts(value)) {
        Expression::Array(elements) if elements.is_empty() => Some("no rows"),
        Expression::Object(properties) if properties.is_empty() => Some("nothing"),
        Expression::Array(elements) => elements
            .iter()
            .all(|element| match element {
                Element::Value(value) => empty(facts, *value).is_some(),
                _ => false,
            })
            .then_some("no rows"),
        Expression::Null | Expression::Undefined => Some("no row"),
        Expression::Number(text) if text == "0" => Some("none"),
        _ => None,
    }
}

/// `this.logger.error(...)`, `console.error(...)`: the failure is told to somebody who reads logs.
fn is_report(facts: &ModuleFacts, id: ExpressionId) -> bool {
    let id = match facts.expression(id) {
        Expression::Await(inner) => *inner,
        _ => id,
    };
    let Expression::Call { callee, .. } = facts.expression(id) else {
        return false;
    };
    let Expression::Member {
        object, property, ..
    } = facts.expression(*callee)
    else {
        return false;
    };
    let receiver = match facts.expression(*object) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    let receiver = receiver.to_ascii_lowercase();
    let says = ["log", "console", "sentry"];
    says.iter().any(|word| receiver.contains(word))
        || matches!(property.text.as_str(), "error" | "warn" | "debug" | "log")
}

/// Whether a comment in the handler says why.
fn is_explained(facts: &ModuleFacts, handler: &Block) -> bool {
    let (Some(first), Some(last)) = (handler.first(), handler.last()) else {
        return false;
    };
    // From the brace on: a comment stands before the first statement.
    let inside = Span::new(first.span.start.saturating_sub(240), last.span.end + 120);
    let lines = facts.comments.iter();
    lines.into_iter().any(|comment| {
        inside.contains(*comment)
            && (comment.start > first.span.start || is_above(facts, *comment, first))
            && comment.start < last.span.end
    })
}

/// Whether a comment stands right before a statement, with no other code between.
fn is_above(facts: &ModuleFacts, comment: Span, statement: &StatementNode) -> bool {
    let between = Span::new(comment.end, statement.span.start);
    comment.end <= statement.span.start
        && !facts
            .expressions
            .iter()
            .any(|node| between.contains(node.span))
}

/// Whether the `try` holds more than queries: what fails may be something else.
fn guards_more(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    guarded: &Block,
) -> bool {
    let mut waits = Waits {
        context,
        module,
        others: false,
    };
    walk::walk_block(&mut waits, facts, guarded);
    waits.others
}

struct Waits<'c, 'a> {
    context: &'c Context<'a>,
    module: ModuleId,
    others: bool,
}

impl Visitor for Waits<'_, '_> {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        let is_query = |id: ExpressionId| {
            let at = snell_project::module::In {
                module: self.module,
                id,
            };
            self.context.project.call_at(at).is_some()
        };
        match facts.expression(id) {
            Expression::Await(inner) if !is_query(facts.unwrap_casts(*inner)) => {
                self.others = true;
            }
            // What is not JSON, or was not encrypted with this key, throws.
            Expression::Member {
                object, property, ..
            } if property.text == "parse"
                && matches!(facts.expression(*object), Expression::Identifier { .. }) =>
            {
                self.others = true;
            }
            Expression::New { .. } => self.others = true,
            _ => {}
        }
        walk::walk_expression(self, facts, id);
    }

    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        self.others |= matches!(statement.kind, Statement::Throw(_));
        walk::walk_statement(self, facts, statement);
    }
}

fn finding(
    context: &Context<'_>,
    summary: &Summary,
    call: &ClientCall,
    returned: Span,
    what: &str,
) -> Diagnostic {
    let modules = &context.project.modules;
    let name = functions::name(context.project, summary.function);
    let title = repeated::title(context, call);
    Diagnostic::at(
        &RULE.metadata,
        modules.at(call.module, returned),
        format!("`{name}` answers {what} when the database fails"),
    )
    .label("the caller cannot tell a failure from an empty answer")
    .related(
        modules.at(call.module, call.name.span),
        format!("`{title}` fails only when the database does"),
    )
    .confidence(Confidence::Likely)
    .help("throw the error on, and let who calls decide what to do without an answer")
    .subject(format!("function:{name} {title}"))
}
