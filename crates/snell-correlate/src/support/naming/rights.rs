//! Names that say that somebody's rights are asked for.

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
