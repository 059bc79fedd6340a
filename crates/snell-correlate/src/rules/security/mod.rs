//! Secrets, and ways around what guards them.

mod calls;
mod cipher;
mod composed;
mod material;
mod pipes;
mod projection;
mod returns;
mod rewritten;
mod sensitive;
mod tell;
mod traffic;

pub mod guard_fails_open;
pub mod hardcoded_key;
pub mod mass_assignment;
pub mod operator_injection;
pub mod plaintext_credential;
pub mod sensitive_field_exposed;
pub mod static_iv;
pub mod user_controlled_query_shape;
pub mod weak_encryption;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &guard_fails_open::RULE,
    &hardcoded_key::RULE,
    &mass_assignment::RULE,
    &operator_injection::RULE,
    &plaintext_credential::RULE,
    &sensitive_field_exposed::RULE,
    &static_iv::RULE,
    &user_controlled_query_shape::RULE,
    &weak_encryption::RULE,
];
