//! Indexes that are missing, and indexes that only cost.

mod advisor;
pub mod duplicate;
pub mod foreign_key_without_index;
pub mod order_by_without_index;
pub mod owner_filter_without_index;
mod proposed;
pub mod query_without_index;
pub mod redundant;
pub mod unique_already_indexed;
pub mod unused_by_code;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &duplicate::RULE,
    &foreign_key_without_index::RULE,
    &order_by_without_index::RULE,
    &owner_filter_without_index::RULE,
    &query_without_index::RULE,
    &redundant::RULE,
    &unique_already_indexed::RULE,
    &unused_by_code::RULE,
];
