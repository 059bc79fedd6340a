//! What a copy lacks, and what it has more.

use super::{Authority, plain};
use smol_str::SmolStr;

/// How a copy differs from what it mirrors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Positions of members that the copy lacks.
    pub(crate) missing: Vec<usize>,
    /// Positions of the copy's values that are no members.
    pub(crate) extra: Vec<usize>,
    /// How many values both have.
    pub(crate) common: usize,
}

impl Difference {
    /// Whether both say the same.
    pub(crate) fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}

/// Words for no value, or for all: what a filter offers beside the values.
const NO_VALUES: [&str; 9] = [
    "",
    "all",
    "any",
    "none",
    "unknown",
    "unspecified",
    "unrecognized",
    "undefined",
    "null",
];

/// Compares values with those of an authority, by the client's or the database's names, whatever
/// the case: a copy in another case is mapped, and that is no drift.
pub(crate) fn compare<'v>(
    authority: &Authority,
    values: impl IntoIterator<Item = &'v SmolStr>,
) -> Difference {
    let members: Vec<(String, String)> = authority
        .members
        .iter()
        .map(|member| (plain(&member.name), plain(&member.db_name)))
        .collect();
    let mut seen = vec![false; members.len()];
    let mut extra = Vec::new();
    for (position, value) in values.into_iter().enumerate() {
        let value = plain(value);
        let known = members
            .iter()
            .position(|(name, db_name)| *name == value || *db_name == value);
        match known {
            Some(member) => seen[member] = true,
            None if NO_VALUES.contains(&value.as_str()) => {}
            None => extra.push(position),
        }
    }
    let missing: Vec<usize> = (0..seen.len()).filter(|n| !seen[*n]).collect();
    Difference {
        common: seen.len() - missing.len(),
        missing,
        extra,
    }
}
