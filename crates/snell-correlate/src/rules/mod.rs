//! All rules, one folder each.
//!
//! A new rule needs its folder and two lines in its category's list; a test
//! holds the lists against the folders.

pub mod consistency;
pub mod domain;
pub mod index;
pub mod integrity;
pub mod isolation;
pub mod maintainability;
pub mod migration;
pub mod query;
pub mod raw_sql;
pub mod scale;
pub mod schema;
pub mod security;
pub mod seed_data;
pub mod vector;

use std::sync::LazyLock;

use crate::rule::Rule;

static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let mut all: Vec<&'static Rule> = [
        consistency::RULES,
        domain::RULES,
        index::RULES,
        integrity::RULES,
        isolation::RULES,
        maintainability::RULES,
        migration::RULES,
        query::RULES,
        raw_sql::RULES,
        scale::RULES,
        schema::RULES,
        security::RULES,
        seed_data::RULES,
        vector::RULES,
    ]
    .concat();
    all.sort_by_key(|rule| rule.metadata.name);
    all
});

/// All rules, in the order of their names.
#[must_use]
pub fn all() -> &'static [&'static Rule] {
    &ALL
}

/// The rules that ask what the live database counts of itself.
pub const BY_STATISTICS: [&str; 5] = [
    "index/unused",
    "scale/bloat",
    "scale/sequence-overflow",
    "scale/unused-table",
    "security/password-encryption",
];

/// The rule that guesses what they say.
pub const GUESSED_WITHOUT_STATISTICS: &str = "index/unused-by-code";

/// The rule of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.metadata.name == name).copied()
}
