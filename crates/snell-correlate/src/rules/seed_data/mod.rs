//! Seeds: what first rows a database gets, and whether they do what they are for.

mod words;

pub mod edge_case_missing;
pub mod enum_value_not_covered;
pub mod hardcoded_secret;
pub mod missing_seed;
pub mod model_not_covered;
pub mod not_idempotent;
pub mod relation_not_covered;
pub mod runs_in_production;
pub mod single_user;
pub mod unknown_field;
pub mod unrealistic;
pub mod user_id_format;
pub mod user_without_role;
pub mod vector_not_seeded;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &edge_case_missing::RULE,
    &enum_value_not_covered::RULE,
    &hardcoded_secret::RULE,
    &missing_seed::RULE,
    &model_not_covered::RULE,
    &not_idempotent::RULE,
    &relation_not_covered::RULE,
    &runs_in_production::RULE,
    &single_user::RULE,
    &unknown_field::RULE,
    &unrealistic::RULE,
    &user_id_format::RULE,
    &user_without_role::RULE,
    &vector_not_seeded::RULE,
];
