//! What schema and code say differently of the same thing.
//!
//! The rules about arguments share one walk: `calls` chooses the calls,
//! `walk` goes through their arguments beside Prisma Client's grammar, and
//! each rule words its own kind of fault.

pub mod bigint_json;
mod calls;
pub mod cast_hides_mismatch;
mod contract;
pub mod default_conflict;
pub mod default_duplicated;
mod defaults;
mod describe;
pub mod dto_missing_field;
pub mod dto_nullability;
pub mod dto_type_mismatch;
pub mod dto_unused_field;
pub mod dto_validator_mismatch;
pub mod dto_without_validators;
pub mod enum_mirror_drift;
pub mod enum_value_unknown;
pub mod enum_value_unused;
mod extensions;
pub mod falsy_default;
mod foreign;
pub mod id_type_mismatch;
pub mod json_null;
pub mod key_of_another_model;
mod kind;
pub mod length_mismatch;
pub mod missing_required_field;
mod narrowed;
pub mod never_written_field;
pub mod nullable_unchecked;
pub mod response_mismatch;
pub mod route_param_name;
pub mod schema_migration_drift;
mod sendings;
pub mod switch_not_exhaustive;
pub mod type_mismatch;
mod typed;
pub mod unknown_field;
pub mod unknown_model;
pub mod unused_field;
pub mod unused_model;
mod walk;
pub mod write_only_field;

pub(in crate::rules) use calls::{UnknownKey, unknown_keys};
pub(in crate::rules) use contract::bound;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &bigint_json::RULE,
    &cast_hides_mismatch::RULE,
    &default_conflict::RULE,
    &default_duplicated::RULE,
    &dto_missing_field::RULE,
    &dto_nullability::RULE,
    &dto_type_mismatch::RULE,
    &dto_unused_field::RULE,
    &dto_validator_mismatch::RULE,
    &dto_without_validators::RULE,
    &enum_mirror_drift::RULE,
    &enum_value_unknown::RULE,
    &enum_value_unused::RULE,
    &falsy_default::RULE,
    &id_type_mismatch::RULE,
    &json_null::RULE,
    &key_of_another_model::RULE,
    &length_mismatch::RULE,
    &missing_required_field::RULE,
    &never_written_field::RULE,
    &nullable_unchecked::RULE,
    &response_mismatch::RULE,
    &route_param_name::RULE,
    &schema_migration_drift::RULE,
    &switch_not_exhaustive::RULE,
    &type_mismatch::RULE,
    &unknown_field::RULE,
    &unknown_model::RULE,
    &unused_field::RULE,
    &unused_model::RULE,
    &write_only_field::RULE,
];
