//! A whole list is read, and one row is picked out of it in the program.

use snell_extract::facts::{
    BinaryOperator, BindingId, BindingKind, Expression, ExpressionId, ExpressionKind, FunctionBody,
    FunctionId, ModuleFacts, Pattern, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_flow::Value;
use snell_project::{
    client::{CallId, Operation},
    module::{Context as ModuleContext, In, ModuleId},
    ownership::{Ownership, RootKind},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use super::{listed, repeated};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        advice,
        asked::Asked,
        growth::{Growth, Growths},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/load-all-find-one",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A whole list is read, and one row is picked out of it in the program",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) {
            continue;
        }
        let mut picks = Vec::new();
        let calls = owner.facts.all([ExpressionKind::Call]);
        picks.extend(calls.filter_map(|(id, _)| pick(&owner.facts, id)));
        if picks.is_empty() {
            continue;
        }
        let loops = Loops::of(&owner.facts);
        found.extend(
            picks
                .into_iter()
                .filter_map(|pick| waste(context, module, pick, &loops)),
        );
    }
    // One finding for each query, wherever its rows are picked from.
    let mut queries: Vec<Vec<Waste>> = Vec::new();
    for waste in found {
        match queries.iter_mut().find(|group| group[0].is_like(&waste)) {
            Some(group) => group.push(waste),
            None => queries.push(vec![waste]),
        }
    }
    queries
        .iter()
        .map(|group| finding(context, group))
        .collect()
}

/// A pick from all rows of a query that could have been given the key.
struct Waste {
    module: ModuleId,
    pick: Pick,
    call: CallId,
}

impl Waste {
    fn is_like(&self, other: &Waste) -> bool {
        self.call == other.call
            && self.pick.key == other.pick.key
            && self.pick.by_index == other.pick.by_index
    }
}

/// Picks that a finding shows.
const SHOWN: usize = 6;

/// `list.find((row) => row.key === value)`
struct Pick {
    /// The whole call.
    at: ExpressionId,
    /// The name `find`.
    name: Span,
    /// `findIndex`: what is around the row is taken, too.
    by_index: bool,
    /// The variable that holds the list.
    list: BindingId,
    /// The call that gave it.
    source: ExpressionId,
    /// The property that is compared.
    key: smol_str::SmolStr,
}

fn pick(facts: &ModuleFacts, at: ExpressionId) -> Option<Pick> {
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(at)
    else {
        return None;
    };
    let Expression::Member {
        object, property, ..
    } = facts.expression(*callee)
    else {
        return None;
    };
    if !matches!(property.text.as_str(), "find" | "findLast" | "findIndex") {
        return None;
    }
    let Expression::Identifier {
        binding: Some(list),
        ..
    } = facts.expression(facts.unwrap_casts(*object))
    else {
        return None;
    };
    let BindingKind::Variable {
        init: Some(init), ..
    } = &facts.binding(*list).kind
    else {
        return None;
    };
    let Expression::Await(source) = facts.expression(facts.unwrap_casts(init.value)) else {
        return None;
    };
    let Expression::Function(callback) = facts.expression(arguments.first()?.value) else {
        return None;
    };
    init.path.is_empty().then_some(())?;
    Some(Pick {
        at,
        name: property.span,
        by_index: property.text == "findIndex",
        list: *list,
        source: facts.unwrap_casts(*source),
        key: compared(facts, *callback)?,
    })
}

/// The property of `(row) => row.key === value`.
fn compared(facts: &ModuleFacts, callback: FunctionId) -> Option<smol_str::SmolStr> {
    let function = facts.function(callback);
    let Pattern::Binding(row) = function.parameters.first()?.pattern else {
        return None;
    };
    let body = match &function.body {
        FunctionBody::Expression(value) => *value,
        FunctionBody::Block(block) => match block.as_slice() {
            [
                StatementNode {
                    kind: Statement::Return(Some(value)),
                    ..
                },
            ] => *value,
            _ => return None,
        },
        FunctionBody::None => return None,
    };
    let Expression::Binary {
        operator: BinaryOperator::Equal,
        left,
        right,
    } = facts.expression(facts.unwrap_casts(body))
    else {
        return None;
    };
    let (left, right) = (facts.unwrap_casts(*left), facts.unwrap_casts(*right));
    let own = |side: ExpressionId| match facts.expression(side) {
        Expression::Member {
            object, property, ..
        } if is_name(facts, *object, row) => Some(property.text.clone()),
        _ => None,
    };
    // The other side stands outside: the query could have been given it.
    let outside = |side: ExpressionId| match facts.expression(side) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => *binding != row,
        Expression::Member { object, .. } => {
            matches!(facts.expression(*object), Expression::Identifier { binding: Some(binding), .. } if *binding != row)
        }
        _ => false,
    };
    match (own(left), own(right)) {
        (Some(key), None) if outside(right) => Some(key),
        (None, Some(key)) if outside(left) => Some(key),
        _ => None,
    }
}

fn is_name(facts: &ModuleFacts, id: ExpressionId, binding: BindingId) -> bool {
    matches!(facts.expression(facts.unwrap_casts(id)),
        Expression::Identifier { binding: Some(known), .. } if *known == binding)
}

/// The spans of loops.
#[derive(Default)]
struct Loops(Vec<Span>);

impl Loops {
    fn of(facts: &ModuleFacts) -> Self {
        let mut loops = Loops::default();
        walk::walk_module(&mut loops, facts);
        loops
    }

    /// Whether one place is in a loop that another is not in.
    fn parts(&self, inner: Span, outer: Span) -> bool {
        self.0
            .iter()
            .any(|around| around.contains(inner) && !around.contains(outer))
    }
}

impl Visitor for Loops {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if matches!(
            statement.kind,
            Statement::For { .. }
                | Statement::ForOf { .. }
                | Statement::ForIn { .. }
                | Statement::While { .. }
                | Statement::DoWhile { .. }
        ) {
            self.0.push(statement.span);
        }
        walk::walk_statement(self, facts, statement);
    }
}

fn waste(context: &Context<'_>, module: ModuleId, pick: Pick, loops: &Loops) -> Option<Waste> {
    let project = context.project;
    let owner = project.modules.get(module);
    let facts = &owner.facts;
    // Picking many times from one list is what a list is for.
    if owner.context.function(pick.at) != owner.context.function(pick.source)
        || loops.parts(facts.span(pick.at), facts.span(pick.source))
    {
        return None;
    }
    is_only_picked_from(context, module, &pick)?;
    let at = In {
        module,
        id: pick.source,
    };
    let row = listed::rows(context, at)?;
    let names_one = match project.calls.get(row.call).model() {
        Some(model) => {
            let declared = project.schemas.model(model);
            let field = declared.field(&pick.key)?;
            declared.is_id(field.id) || declared.is_unique(field.id)
        }
        None => pick.key == "id",
    };
    (names_one && !is_limited(&row.arguments)).then_some(Waste {
        module,
        pick,
        call: row.call,
    })
}

fn finding(context: &Context<'_>, group: &[Waste]) -> Diagnostic {
    let project = context.project;
    let Waste { module, pick, .. } = &group[0];
    let call = project.calls.get(group[0].call);
    let title = repeated::title(context, call);
    let query = project.modules.at(call.module, call.name.span);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(*module, pick.name),
        format!(
            "all rows of `{title}` are read to pick the one whose `{}` is known",
            pick.key
        ),
    )
    .label("picks one row in the program");
    let source = repeated::callee_name(
        context,
        In {
            module: *module,
            id: pick.source,
        },
    );
    if source != query {
        found = found.related(source, "reads the list");
    }
    found = found.related(query, "the query");
    for other in group[1..].iter().take(SHOWN) {
        found = found.related(
            project.modules.at(other.module, other.pick.name),
            "and so does this",
        );
    }
    let of_tenant = call
        .model()
        .is_some_and(|model| *project.owners.of(model) == Ownership::Root(RootKind::Tenant));
    if of_tenant {
        found = found.lowered(Severity::Low, "a user belongs to few of them");
    }
    if pick.by_index {
        found = found.lowered(Severity::Medium, "rows around the one are taken, too");
    }
    if is_of_one_owner(context, group[0].call) {
        found = found.lowered(Severity::Medium, "they are the rows of one owner");
    }
    let asker = project
        .modules
        .get(call.module)
        .context
        .function(call.expression);
    let asker = asker.map_or_else(
        || "module".to_owned(),
        |id| {
            let module = call.module;
            functions::name(project, In { module, id })
        },
    );
    found
        .confidence(Confidence::Likely)
        .help(instead(call.operation, pick))
        .subject(format!("query:{asker} {title} {}", pick.key))
}

/// Whether the list has the rows of one owner alone, of which some go again: a column of their own names it.
fn is_of_one_owner(context: &Context<'_>, call: CallId) -> bool {
    let Some(model) = context.project.calls.get(call).model() else {
        return false;
    };
    let growth = Growths::shared(context).of_model(model).growth;
    if !matches!(
        growth,
        Growth::ByAction | Growth::ByOwner | Growth::Catalogue
    ) {
        return false;
    }
    let owner = advice::owner(context, model);
    let asked = Asked::shared(context);
    let mut asks = asked.of_model(model);
    asks.any(|(ask, uses)| {
        uses.iter().any(|one| one.call == Some(call))
            && owner.iter().any(|column| ask.equal.contains(column))
    })
}

fn instead(operation: Operation, pick: &Pick) -> String {
    let key = &pick.key;
    match (operation.is_raw(), pick.by_index) {
        (true, _) => {
            format!("ask for the row itself: a condition on `{key}` beside those of the query")
        }
        (false, true) => format!(
            "ask for the rows around it: `findMany({{ where: {{ {key}: {{ lt: ... }} }}, orderBy, take }})`"
        ),
        (false, false) => format!(
            "ask for the row itself: `findFirst({{ where: {{ {key}, ... }} }})` with the list's own condition"
        ),
    }
}

/// `None` when the list is used for anything but to pick a row or two.
fn is_only_picked_from(context: &Context<'_>, module: ModuleId, pick: &Pick) -> Option<()> {
    let owner = context.project.modules.get(module);
    let mut picks = 0;
    for read in owner.facts.uses(pick.list) {
        let member = owner.context.parent(*read)?;
        let Expression::Member { property, .. } = owner.facts.expression(member) else {
            return None;
        };
        match property.text.as_str() {
            "find" | "findLast" | "findIndex" => {
                // What no condition of a query says needs the rows.
                if asks_more(&owner.facts, owner.context.parent(member)?) {
                    return None;
                }
                picks += 1;
            }
            "slice" if pick.by_index => {}
            "length" if asks_for_any(&owner.facts, &owner.context, *read) => {}
            _ => return None,
        }
    }
    (picks <= 2).then_some(())
}

/// Whether what a row is picked by calls something: `rows.find((row) => parse(row.config).ready)`.
fn asks_more(facts: &ModuleFacts, pick: ExpressionId) -> bool {
    let Expression::Call { arguments, .. } = facts.expression(pick) else {
        return true;
    };
    let Some(callback) = arguments.first() else {
        return true;
    };
    let span = facts.span(callback.value);
    let mut calls = facts.all([ExpressionKind::Call]);
    calls.any(|(_, node)| span.contains(node.span))
}

/// Whether the length that is read from a list says no more than whether anything is in it.
fn asks_for_any(facts: &ModuleFacts, context: &ModuleContext, list: ExpressionId) -> bool {
    let Some(around) = context
        .parent(list)
        .and_then(|length| context.parent(length))
    else {
        return true;
    };
    match facts.expression(around) {
        Expression::Binary { left, right, .. } => [left, right].iter().any(|side| {
            matches!(facts.expression(facts.unwrap_casts(**side)),
                Expression::Number(number) if number.as_str() == "0")
        }),
        Expression::Call { .. } | Expression::Object { .. } | Expression::Template { .. } => false,
        _ => true,
    }
}

/// Whether the query asks for some rows only: `take`, `LIMIT`.
fn is_limited(arguments: &Value) -> bool {
    match arguments {
        Value::Object(object) => {
            !object.spreads.is_empty()
                || ["take", "cursor", "distinct"].iter().any(|key| {
                    object
                        .entries
                        .get(*key)
                        .is_some_and(|entry| entry.value != Value::Undefined)
                })
        }
        Value::Array(array) => array.elements.first().is_none_or(|text| match text {
            Value::Literal(_) => text
                .as_string()
                .is_none_or(|text| text.to_ascii_lowercase().contains("limit")),
            Value::Sql(parts) => parts.iter().any(|part| match part {
                snell_flow::SqlPart::Text { text, .. } => {
                    text.to_ascii_lowercase().contains("limit")
                }
                snell_flow::SqlPart::Value(..) => false,
                _ => true,
            }),
            _ => true,
        }),
        Value::Undefined => false,
        _ => true,
    }
}
