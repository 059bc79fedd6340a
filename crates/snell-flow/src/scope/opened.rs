//! Conditions that open rows to others: by what they ask of a row, or by a value that somebody was handed.

use super::{Key, Leaf, Origin, origins};
use crate::value::{Literal, Value};

/// Words in the names of fields whose values are secrets or public handles:
/// who has one may use it.
const CAPABILITIES: [&str; 20] = [
    "token",
    "secret",
    "code",
    "hash",
    "slug",
    "signature",
    "handle",
    "domain",
    "url",
    "uri",
    "username",
    "email",
    "phone",
    "apikey",
    "otp",
    "nonce",
    "reference",
    "ref",
    "invite",
    "share",
];

/// Those of them that everybody may read: who has one may look at the row, and not change it.
const HANDLES: [&str; 5] = ["slug", "handle", "domain", "url", "uri"];

/// What ends the name of a key that somebody else has given out.
const HANDED: [&str; 5] = ["token", "secret", "code", "slug", "signature"];

/// Words in the names of fields that open rows to others.
const OPENNESS: [&str; 12] = [
    "public", "publish", "visib", "shared", "listed", "approved", "featured", "status", "state",
    "active", "enabled", "draft",
];

/// Those of them that say how far a row is: a change asks for the state that it needs, whosever the row is.
const STATES: [&str; 4] = ["status", "state", "active", "enabled"];

/// States in which a row is not out yet, or no more: who asks for those opens nothing.
const CLOSED: [&str; 12] = [
    "pending",
    "scheduled",
    "queued",
    "draft",
    "inprogress",
    "processing",
    "running",
    "failed",
    "proposed",
    "archived",
    "deleted",
    "todo",
];

/// What ends the names of columns that hold a time.
const TIMES: [&str; 4] = ["At", "Date", "Time", "On"];

/// Whether a field opens rows to others, or whether who has its value may use them.
#[must_use]
pub fn opens(field: &str) -> bool {
    says(field, &OPENNESS) || says(field, &CAPABILITIES)
}

/// Whether the name of a field says that it opens rows to others.
pub(super) fn is_openness(field: &str) -> bool {
    says(field, &OPENNESS)
}

/// Whether a condition opens rows to others: by what it asks of the row, or by a value that somebody
/// was handed. That there is such a value at all (`token: { not: null }`) opens nothing. Where the query `changes` rows,
/// one that everybody may read opens none.
pub(super) fn opened_by(leaf: &Leaf<'_>, changes: bool) -> bool {
    let Some(name) = leaf.path.last() else {
        return false;
    };
    let (mut sent, mut others) = (false, false);
    origins(leaf.value, &mut |origin| match origin {
        Origin::Constant => {}
        Origin::Client(_) => sent = true,
        _ => others = true,
    });
    let given = sent || others;
    // From when on, the client says: `publishedAt: { gte: query.from }` asks for a part of the rows,
    // `{ lte: new Date() }` for those that are out.
    let period = sent && !others && TIMES.iter().any(|word| name.ends_with(word));
    // `status: query.status`: who asks for another state gets the rows of that one.
    let choice = sent && !others;
    let needed = changes && says(name, &STATES);
    says(name, &OPENNESS) && !period && !choice && !needed && !is_closed(leaf.value)
        || given && is_capability(name, changes)
}

fn is_capability(name: &str, changes: bool) -> bool {
    let mut words = CAPABILITIES
        .iter()
        .filter(|word| name.to_ascii_lowercase().contains(*word));
    words.any(|word| !changes || !HANDLES.contains(word))
}

/// Whether all that a state is compared with says that the row is not out: `['PENDING', 'DRAFT']`.
fn is_closed(value: &Value) -> bool {
    match value {
        Value::Literal(Literal::String(state)) => {
            let letters = state.chars().filter(char::is_ascii_alphanumeric);
            let plain = letters.collect::<String>().to_ascii_lowercase();
            CLOSED.contains(&plain.as_str())
        }
        Value::Array(list) => {
            let mut all = list.elements.iter().chain(&list.rest);
            !list.elements.is_empty() && all.all(is_closed)
        }
        _ => false,
    }
}

/// Whether a key that is called `code` or `token` is one that is handed round.
pub(super) fn is_handed_round(key: &Key, changes: bool) -> bool {
    let name = key.path.last().map(|name| name.to_ascii_lowercase());
    let mut words = HANDED
        .iter()
        .filter(|word| !changes || !HANDLES.contains(word));
    name.is_some_and(|name| words.any(|word| name.ends_with(word)))
}

fn says(name: &str, words: &[&str]) -> bool {
    let lower = name.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word))
}
