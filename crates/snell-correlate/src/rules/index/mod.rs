//! Indexes that are missing, and indexes that only cost.

pub mod duplicate;
pub mod foreign_key_without_index;
pub mod redundant;
pub mod unique_already_indexed;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &duplicate::RULE,
    &foreign_key_without_index::RULE,
    &redundant::RULE,
    &unique_already_indexed::RULE,
];
