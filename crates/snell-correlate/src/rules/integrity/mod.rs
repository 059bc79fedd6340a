//! What the data may be although it must not.

pub mod cascade_blast_radius;
pub mod cascade_diamond;
pub mod cascade_from_identity;
mod cascades;
pub mod duplicate_foreign_key;
pub mod enum_like_string;
pub mod external_id;
pub mod foreign_key_type_mismatch;
pub mod implicit_referential_action;
pub mod missing_check;
pub mod missing_default;
pub mod missing_foreign_key;
pub mod missing_primary_key;
pub mod missing_unique;
pub mod not_valid_constraint_left;
pub mod nullable_always_set;
pub mod nullable_composite_fk;
pub mod nullable_unique;
pub mod overlapping_foreign_keys;
pub mod owner_consistency;
pub mod redundant_check;
pub mod referential_action_drift;
pub mod relation_mode_prisma;
pub mod self_reference_without_action;
pub mod soft_delete_actor;
pub mod soft_delete_unique;
pub mod unique_not_owner_scoped;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &cascade_blast_radius::RULE,
    &cascade_diamond::RULE,
    &cascade_from_identity::RULE,
    &duplicate_foreign_key::RULE,
    &enum_like_string::RULE,
    &external_id::RULE,
    &foreign_key_type_mismatch::RULE,
    &missing_check::RULE,
    &missing_default::RULE,
    &implicit_referential_action::RULE,
    &missing_foreign_key::RULE,
    &missing_primary_key::RULE,
    &missing_unique::RULE,
    &not_valid_constraint_left::RULE,
    &nullable_always_set::RULE,
    &nullable_composite_fk::RULE,
    &nullable_unique::RULE,
    &overlapping_foreign_keys::RULE,
    &owner_consistency::RULE,
    &redundant_check::RULE,
    &referential_action_drift::RULE,
    &relation_mode_prisma::RULE,
    &self_reference_without_action::RULE,
    &soft_delete_actor::RULE,
    &soft_delete_unique::RULE,
    &unique_not_owner_scoped::RULE,
];
