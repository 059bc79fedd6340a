//! Migrations: what they build, and whether they can run.

pub mod cannot_apply;
pub mod duplicate_timestamp;
pub mod empty;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &cannot_apply::RULE,
    &duplicate_timestamp::RULE,
    &empty::RULE,
];
