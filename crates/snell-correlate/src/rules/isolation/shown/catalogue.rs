//! Rows that nobody has to sign in to look through: where some endpoints of a class sign people in, the one that
//! lists without is left open on purpose when it lists those alone that are on offer.

use rustc_hash::FxHashSet;
use snell_flow::{
    Literal, Value,
    scope::{Leaf, Reached, conditions},
};
use snell_project::{client::Operation, module::ClassRef, schema::ModelRef};

use crate::{
    rule::Context,
    rules::isolation::{
        doors::{is_guarded, nothing_before},
        entries::Entry,
        kinds,
        reach::escapes,
    },
};

/// States of what is on offer.
const OFFERED: [&str; 7] = [
    "active",
    "published",
    "approved",
    "available",
    "live",
    "open",
    "listed",
];

/// The models of which such lists are given.
pub(super) fn catalogue(context: &Context<'_>, entries: &[Entry<'_>]) -> FxHashSet<ModelRef> {
    let signing: FxHashSet<ClassRef> = entries
        .iter()
        .filter(|entry| is_guarded(entry.endpoint))
        .filter_map(|entry| entry.endpoint.class)
        .collect();
    let open = entries.iter().filter(|entry| {
        let endpoint = entry.endpoint;
        !is_guarded(endpoint)
            && nothing_before(endpoint)
            && endpoint.class.is_some_and(|class| signing.contains(&class))
    });
    let mut found = FxHashSet::default();
    for entry in open {
        for reached in &entry.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            if let Some(model) = call.model()
                && call.operation == Operation::FindMany
                && !kinds::is_called_private(context, model)
                && escapes(entry, reached)
                && offers_alone(reached)
            {
                found.insert(model);
            }
        }
    }
    found
}

/// `where: { status: 'ACTIVE' }`, and nothing that says whose the rows are.
fn offers_alone(reached: &Reached<'_>) -> bool {
    let Some(leaves) = conditions(reached.query) else {
        return false;
    };
    leaves.iter().any(is_offered)
}

fn is_offered(leaf: &Leaf<'_>) -> bool {
    let [column] = leaf.path.as_slice() else {
        return false;
    };
    let is_word = |text: &str| OFFERED.contains(&text.to_ascii_lowercase().as_str());
    let says = match leaf.value {
        Value::Literal(Literal::String(state)) => is_word(state),
        Value::Literal(Literal::Boolean(true)) => {
            let column = column.to_ascii_lowercase();
            is_word(column.strip_prefix("is").unwrap_or(&column))
        }
        _ => false,
    };
    says && leaf.always && !leaf.weak && !leaf.negated
}
