//! Tables that grow without end, queries whose cost grows with them, and what a live database counts.

pub mod bloat;
pub mod hard_delete;
pub mod heavy_aggregate;
pub mod heavy_join;
pub mod hot_counter_row;
mod lasting;
pub mod missing_archival;
pub mod missing_retention;
pub mod partition_candidate;
pub mod sequence_overflow;
pub mod unbounded_growth;
pub mod unused_table;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &bloat::RULE,
    &hard_delete::RULE,
    &heavy_aggregate::RULE,
    &heavy_join::RULE,
    &hot_counter_row::RULE,
    &missing_archival::RULE,
    &missing_retention::RULE,
    &partition_candidate::RULE,
    &sequence_overflow::RULE,
    &unbounded_growth::RULE,
    &unused_table::RULE,
];
