//! Conditions whose meaning is not seen: they may ask whose a row is.

use super::{Origin, origins};
use crate::{fact::Fact, value::Value};

/// Whether nothing at all is known of what decides.
pub(super) fn is_opaque(value: &Value) -> bool {
    let (mut unknown, mut known) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Unknown => unknown = true,
        Origin::Constant => {}
        _ => known = true,
    });
    unknown && !known
}

/// Whether a value is a column of a row that names another row: `domain.tenantId`.
pub(super) fn is_key_of_row(value: &Value) -> bool {
    let (mut key, mut others) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Row(_, path) => {
            let last = path.last();
            let named =
                last.is_some_and(|name| name != "id" && name.to_ascii_lowercase().ends_with("id"));
            key |= named;
            others |= !named;
        }
        _ => others = true,
    });
    key && !others
}

/// Whether a value comes from nothing but calls that are not followed, or what a service keeps.
pub(super) fn is_made_elsewhere(value: &Value) -> bool {
    let (mut made, mut others) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Result(_) | Origin::Program => made = true,
        _ => others = true,
    });
    made && !others
}

/// Columns that say what a row is, never whose.
const KINDS: [&str; 6] = ["type", "kind", "status", "state", "mode", "version"];

/// Whether a comparison with something unknown may be one of whose a row is.
pub(super) fn decides_unknown(a: &Value, b: &Value) -> bool {
    let of_kind = |value: &Value| {
        let (mut kind, mut others) = (false, false);
        origins(value, &mut |origin| match origin {
            Origin::Row(_, path) => {
                let says = path
                    .last()
                    .is_some_and(|name| KINDS.contains(&name.as_str()));
                kind |= says;
                others |= !says;
            }
            _ => others = true,
        });
        kind && !others
    };
    is_opaque(a) && !of_kind(b) || is_opaque(b) && !of_kind(a)
}

/// Whether an unknown condition holds on one way, and its opposite on no other.
pub(super) fn decides_unseen(groups: &[std::sync::Arc<[Fact]>]) -> bool {
    let mut all = Vec::new();
    beneath(groups, &mut all);
    all.iter().any(|fact| match fact {
        Fact::Truthy(x) => is_opaque(x) && !all.contains(&&Fact::Falsy(x.clone())),
        Fact::Falsy(x) => is_opaque(x) && !all.contains(&&Fact::Truthy(x.clone())),
        Fact::Equal(x, y) => {
            (is_opaque(x) || is_opaque(y)) && !all.contains(&&Fact::Differ(x.clone(), y.clone()))
        }
        Fact::Differ(x, y) => {
            (is_opaque(x) || is_opaque(y)) && !all.contains(&&Fact::Equal(x.clone(), y.clone()))
        }
        Fact::Member(x, y) => is_opaque(x) || is_opaque(y),
        Fact::OneOf(_) => false,
    })
}

/// What holds on any of some ways, ways within them included.
fn beneath<'f>(groups: &'f [std::sync::Arc<[Fact]>], all: &mut Vec<&'f Fact>) {
    for fact in groups.iter().flat_map(|group| group.iter()) {
        match fact {
            Fact::OneOf(inner) => beneath(inner, all),
            fact => all.push(fact),
        }
    }
}
