//! Answers that a package makes of what it is handed.

use snell_flow::{Event, EventKind, Root, Value};

use crate::{rule::Context, rules::security::tell};

/// Names of functions of packages that put what they are handed into an answer.
const WRAPS: [&str; 7] = [
    "ok", "success", "succeed", "created", "response", "respond", "wrap",
];

/// What a call of a package is handed whose result is the answer: `JsonResponse.Ok(rows)`.
pub(super) fn wrapped<'v>(
    context: &Context<'_>,
    events: &'v [Event],
    value: &Value,
) -> &'v [Value] {
    let Value::Opaque(opaque) = value else {
        return &[];
    };
    let Root::Result(call) = &opaque.root else {
        return &[];
    };
    let callee = context.text(tell::callee(context, *call));
    if !opaque.path.is_empty() || !WRAPS.contains(&callee.to_ascii_lowercase().as_str()) {
        return &[];
    }
    let handed = events.iter().find_map(|event| match &event.kind {
        EventKind::Unfollowed { at, arguments } if at == call => Some(arguments.as_slice()),
        _ => None,
    });
    handed.unwrap_or_default()
}
