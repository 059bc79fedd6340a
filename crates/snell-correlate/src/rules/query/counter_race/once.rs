//! Rows that the database takes once, made before a number is counted.

use snell_flow::{EventKind, QueryEvent, Root, Value};
use snell_prisma::FieldId;
use snell_project::client::{CallId, Operation};

use crate::rule::Context;

/// A row that the function makes before, by all columns of a key that the database draws no value
/// for: the same again is refused there.
pub(super) fn made_once(context: &Context<'_>, event: &QueryEvent<'_>) -> Option<CallId> {
    let events = event.summary.events.iter();
    let before = events.take_while(|one| !std::ptr::eq(*one, event.event));
    let mut made = before.filter_map(|one| match &one.kind {
        EventKind::Query(query) => Some(query),
        _ => None,
    });
    let found = made.find(|query| {
        let call = context.project.calls.get(query.call);
        let Some(model) = call.model().filter(|_| call.operation == Operation::Create) else {
            return false;
        };
        let declared = context.project.schemas.model(model);
        let data = query.arguments.first().and_then(Value::as_object);
        let data = data.and_then(|arguments| arguments.entries.get("data")?.value.as_object());
        let Some(data) = data.filter(|data| data.spreads.is_empty()) else {
            return false;
        };
        let given = |column: FieldId| {
            let mut fields = declared.fields.iter();
            let field = fields.find(|field| field.id == column);
            let given = field.and_then(|field| data.entries.get(&field.name));
            given.is_some_and(|given| is_handed_over(&given.value))
        };
        declared.unique_criteria().any(|key| {
            let mut columns = key.columns.iter();
            key.columns.len() > 1 && columns.all(|column| column.field.is_some_and(given))
        })
    });
    found.map(|query| query.call)
}

/// Whether a value is the same when the same is asked again: nothing drawn or counted.
fn is_handed_over(value: &Value) -> bool {
    match value {
        Value::Literal(_) => true,
        Value::Opaque(opaque) => matches!(
            opaque.root,
            Root::Parameter(..) | Root::Identity | Root::ClientInput(..) | Root::Row(_)
        ),
        _ => false,
    }
}
