//! What the shape of the tables gets wrong.

pub mod default_null_string;
pub mod float_for_money;
pub mod identifier_too_long;
pub mod invalid;
pub mod json_array;
pub mod money_type;
pub mod required_ignored_field;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &default_null_string::RULE,
    &float_for_money::RULE,
    &identifier_too_long::RULE,
    &invalid::RULE,
    &json_array::RULE,
    &money_type::RULE,
    &required_ignored_field::RULE,
];
