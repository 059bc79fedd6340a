//! Values that a query before has asked for as plain ones: where a key or a column stands, the
//! client takes no object, and the request ends there.

use snell_extract::facts::{BindingKind, Expression, Statement, StatementNode};
use snell_flow::{Value, scope::Reached};
use snell_prisma::{Model, ScalarType};
use snell_project::{Project, client::Operation, module::ExpressionRef};

use crate::support::order::Place;

/// A query that refuses objects where some values stand.
pub(super) struct Refusing<'w> {
    reached: &'w Reached<'w>,
    values: Vec<&'w Value>,
}

/// Those of what an endpoint runs, with the position of each in it.
pub(super) fn all<'w>(project: &Project, queries: &'w [Reached<'w>]) -> Vec<(usize, Refusing<'w>)> {
    let found = queries.iter().enumerate().filter_map(|(n, reached)| {
        let values = plain(project, reached);
        (!values.is_empty()).then_some((n, Refusing { reached, values }))
    });
    found.collect()
}

/// The values that are known to be plain before a query.
pub(super) fn before(
    project: &Project,
    refusing: &[(usize, Refusing<'_>)],
    (position, reached): (usize, &Reached<'_>),
) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let earlier = refusing.iter().take_while(|(n, _)| *n < position);
    for (_, one) in earlier {
        let news = one.values.iter().filter(|value| !found.contains(value));
        let news: Vec<Value> = news.map(|value| (*value).clone()).collect();
        if !news.is_empty() && always_before(project, one.reached, reached) {
            found.extend(news);
        }
    }
    found
}

/// What stands where a query takes no object: the key of one row, the columns of a new one.
fn plain<'w>(project: &Project, reached: &'w Reached<'_>) -> Vec<&'w Value> {
    let call = project.calls.get(reached.query.call);
    let (Some(model), true) = (call.model(), reached.query.awaited) else {
        return Vec::new();
    };
    let model = project.schemas.model(model);
    let by_key = call.operation.is_by_unique();
    let makes = match call.operation {
        Operation::Create => Some("data"),
        Operation::Upsert => Some("create"),
        _ => None,
    };
    let Some(arguments) = reached.query.arguments.first().and_then(Value::as_object) else {
        return Vec::new();
    };
    let object = |name: &str| arguments.entries.get(name)?.value.as_object();
    let mut found = Vec::new();
    if let (true, Some(filter)) = (by_key, object("where")) {
        for (name, entry) in &filter.entries {
            if is_key(model, name) {
                found.push(&entry.value);
            } else if let (None, Some(parts)) = (model.field(name), entry.value.as_object()) {
                // The key of several columns.
                found.extend(parts.entries.values().map(|entry| &entry.value));
            }
        }
    }
    if let Some(data) = makes.and_then(object) {
        let columns = data.entries.iter().filter(|(name, _)| {
            let scalar = model.field(name).filter(|field| !field.is_list());
            scalar.is_some_and(|field| {
                field
                    .scalar()
                    .is_some_and(|scalar| scalar != ScalarType::Json)
            })
        });
        found.extend(columns.map(|(_, entry)| &entry.value));
    }
    found.retain(|value| matches!(value, Value::Opaque(_)));
    found
}

/// Whether a column alone names a row.
fn is_key(model: &Model, name: &str) -> bool {
    let Some(field) = model.field(name) else {
        return false;
    };
    model.is_id(field.id) || model.is_unique(field.id)
}

/// Whether every run that comes to `second` has awaited `first`, and ended where it failed.
fn always_before(project: &Project, first: &Reached<'_>, second: &Reached<'_>) -> bool {
    let known = |fact| second.facts.contains(fact);
    if !first.facts.iter().all(known) {
        return false;
    }
    let (one, other) = (way(project, first), way(project, second));
    let shared = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (Some(parting), Some(other)) = (one.get(shared), other.get(shared)) else {
        return false;
    };
    is_passed(project, *parting, Some(*other))
        && one[shared + 1..]
            .iter()
            .all(|step| is_passed(project, *step, None))
}

/// The calls that lead to a query, and its own.
fn way(project: &Project, reached: &Reached<'_>) -> Vec<ExpressionRef> {
    let call = project.calls.get(reached.query.call);
    let own = ExpressionRef {
        module: call.module,
        id: call.expression,
    };
    let mut way = reached.trail.clone();
    way.push(own);
    way
}

/// Whether every run of the function around a call awaits it, and ends where it fails; of the
/// function that comes to `later` too, every run that comes there.
fn is_passed(project: &Project, at: ExpressionRef, later: Option<ExpressionRef>) -> bool {
    let module = project.modules.get(at.module);
    let (facts, context) = (&module.facts, &module.context);
    let function = context.function(at.id);
    let later = match later {
        Some(later) if later.module != at.module || context.function(later.id) != function => {
            return false;
        }
        later => later.map(|later| facts.span(later.id)),
    };
    let of_function = function.is_some_and(|id| facts.function(id).parent.is_none());
    if later.is_none() && !of_function || !is_awaited(project, at) {
        return false;
    }
    let place = Place::of(facts, function, facts.span(at.id));
    let holds = |block: &[StatementNode]| {
        later.is_some_and(|later| block.iter().any(|one| one.span.contains(later)))
    };
    let throws = |handler: &[StatementNode]| {
        let last = handler.last().map(|last| &last.kind);
        matches!(last, Some(Statement::Throw(_)))
    };
    place.branches().all(|block| holds(block))
        && place
            .tries()
            .all(|(guarded, handler)| holds(guarded) || throws(handler))
        && (later.is_some() || !place.is_answered_before(facts))
}

/// Whether the code waits for a call on every way: no arm of a condition, no `catch` of its own.
fn is_awaited(project: &Project, at: ExpressionRef) -> bool {
    let module = project.modules.get(at.module);
    let (facts, context) = (&module.facts, &module.context);
    let kept = |binding: &snell_extract::facts::Binding| matches!(&binding.kind, BindingKind::Variable { init: Some(init), .. } if init.value == at.id);
    let mut waits = context.parent(at.id).is_none()
        && !context.is_discarded(at.id)
        && !facts.bindings.iter().any(kept);
    let mut id = at.id;
    while let Some(parent) = context.parent(id) {
        match facts.expression(parent) {
            Expression::Await(_) => waits = true,
            Expression::Conditional { test, .. } if *test != id => return false,
            Expression::Logical { left, .. } if *left != id => return false,
            Expression::Member { property, .. } if !waits && property.text != "all" => {
                return false;
            }
            Expression::Call { callee, .. } if !waits && !is_all(facts.expression(*callee)) => {
                return false;
            }
            _ => {}
        }
        id = parent;
    }
    waits
}

/// `Promise.all`
fn is_all(callee: &Expression) -> bool {
    matches!(callee, Expression::Member { property, .. } if property.text == "all")
}
