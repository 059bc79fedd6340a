//! What the data may be although it must not.

pub mod enum_like_string;
pub mod missing_primary_key;
pub mod nullable_unique;
pub mod referential_action_drift;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &enum_like_string::RULE,
    &missing_primary_key::RULE,
    &nullable_unique::RULE,
    &referential_action_drift::RULE,
];
