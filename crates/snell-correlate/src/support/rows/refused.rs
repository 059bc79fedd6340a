//! Queries that the client refuses whatever is sent: they give and change nothing.

use snell_flow::{Root, Value};
use snell_project::client::Operation;

/// Whether a query cannot but fail: nothing is handed over where rows are made, or what names the
/// one row is the whole body of a request, which is an object and no key.
pub(crate) fn is_refused(operation: Operation, arguments: &Value) -> bool {
    let Some(object) = arguments.as_object() else {
        return false;
    };
    let is_missing = |name: &str| {
        let entry = object.entries.get(name);
        entry.is_some_and(|entry| entry.value == Value::Undefined)
    };
    if operation.is_write() && is_missing("data") {
        return true;
    }
    let by_key = operation.is_by_unique();
    let filter = object.entries.get("where").filter(|_| by_key);
    let Some(filter) = filter.and_then(|filter| filter.value.as_object()) else {
        return false;
    };
    filter.spreads.is_empty()
        && !filter.entries.is_empty()
        && filter
            .entries
            .values()
            .all(|entry| entry.value == Value::Undefined || is_whole_body(&entry.value))
}

/// `@Body() id: string`
fn is_whole_body(value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    let body = matches!(&opaque.root, Root::ClientInput(part, None) if part == "Body");
    body && opaque.path.is_empty()
}
