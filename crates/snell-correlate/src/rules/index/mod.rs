//! Indexes that are missing, and indexes that only cost.

pub mod array_btree;
pub mod boolean_index;
pub mod composite_order;
mod contents;
pub mod covering_opportunity;
pub mod duplicate;
pub mod expression_opportunity;
mod fixes;
pub mod foreign_key_without_index;
pub mod json_needs_gin;
pub mod like_without_trigram;
pub mod near_miss;
pub mod nullable_leading;
pub mod order_by_without_index;
pub mod overlapping;
pub mod owner_filter_without_index;
pub mod partial_opportunity;
mod proposed;
pub mod query_without_index;
pub mod redundant;
pub mod required_field_index;
pub mod timestamp_in_middle;
pub mod too_many;
pub mod too_many_columns;
pub mod unique_already_indexed;
pub mod unused;
pub mod unused_by_code;
pub mod where_on_not_null;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &array_btree::RULE,
    &boolean_index::RULE,
    &composite_order::RULE,
    &covering_opportunity::RULE,
    &duplicate::RULE,
    &expression_opportunity::RULE,
    &foreign_key_without_index::RULE,
    &json_needs_gin::RULE,
    &like_without_trigram::RULE,
    &near_miss::RULE,
    &nullable_leading::RULE,
    &order_by_without_index::RULE,
    &overlapping::RULE,
    &owner_filter_without_index::RULE,
    &partial_opportunity::RULE,
    &query_without_index::RULE,
    &redundant::RULE,
    &required_field_index::RULE,
    &timestamp_in_middle::RULE,
    &too_many::RULE,
    &too_many_columns::RULE,
    &unique_already_indexed::RULE,
    &unused::RULE,
    &unused_by_code::RULE,
    &where_on_not_null::RULE,
];
