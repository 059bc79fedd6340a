//! Indexes that are missing, and indexes that only cost.

pub mod duplicate;
pub mod redundant;
pub mod unique_already_indexed;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &duplicate::RULE,
    &redundant::RULE,
    &unique_already_indexed::RULE,
];
