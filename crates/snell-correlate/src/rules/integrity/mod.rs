//! What the data may be although it must not.

pub mod enum_like_string;
pub mod foreign_key_type_mismatch;
pub mod missing_check;
pub mod missing_default;
pub mod missing_primary_key;
pub mod not_valid_constraint_left;
pub mod nullable_always_set;
pub mod nullable_composite_fk;
pub mod nullable_unique;
pub mod referential_action_drift;
pub mod relation_mode_prisma;
pub mod soft_delete_unique;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &enum_like_string::RULE,
    &foreign_key_type_mismatch::RULE,
    &missing_check::RULE,
    &missing_default::RULE,
    &missing_primary_key::RULE,
    &not_valid_constraint_left::RULE,
    &nullable_always_set::RULE,
    &nullable_composite_fk::RULE,
    &nullable_unique::RULE,
    &referential_action_drift::RULE,
    &relation_mode_prisma::RULE,
    &soft_delete_unique::RULE,
];
