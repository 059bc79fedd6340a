//! Tables that grow without end, and queries whose cost grows with them.

pub mod hard_delete;
pub mod heavy_aggregate;
pub mod heavy_join;
pub mod hot_counter_row;
mod lasting;
pub mod missing_archival;
pub mod missing_retention;
pub mod partition_candidate;
pub mod unbounded_growth;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &hard_delete::RULE,
    &heavy_aggregate::RULE,
    &heavy_join::RULE,
    &hot_counter_row::RULE,
    &missing_archival::RULE,
    &missing_retention::RULE,
    &partition_candidate::RULE,
    &unbounded_growth::RULE,
];
pub mod bloat;
pub mod sequence_overflow;
pub mod unused_table;


pub(super) const RULES: &[&Rule] = &[&bloat::RULE, &sequence_overflow::RULE, &unused_table::RULE];
