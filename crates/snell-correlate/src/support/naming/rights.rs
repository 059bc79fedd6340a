//! Names that say that somebody's rights are asked for, or what they are.

use super::name_words;

/// Words in the names of guards, decorators and calls that ask what somebody may do.
const ASKS: [&str; 14] = [
    "role",
    "permission",
    "admin",
    "scope",
    "abilit",
    "polic",
    "acl",
    "owner",
    "super",
    "staff",
    "privileg",
    "authoriz",
    "authoris",
    "canmanage",
];

/// Whether a guard, a decorator or a call of this name asks what somebody may do.
pub(crate) fn asks_for_right(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ASKS.iter().any(|word| lower.contains(word))
}

/// Words in the names of columns that say what somebody may do.
const HOLDS: [&str; 6] = [
    "role",
    "admin",
    "permission",
    "superuser",
    "staff",
    "accesslevel",
];

/// Whether a column of this name says what somebody may do: guards go by it.
pub(crate) fn holds_right(name: &str) -> bool {
    let plain = name_words::split(name).concat();
    HOLDS.iter().any(|word| plain.contains(word))
}
