//! Secrets, and ways around what guards them.

pub(super) mod calls;
mod cipher;
mod columns;
mod composed;
mod deciding;
mod hashed;
mod keys;
mod material;
mod pipes;
pub(super) mod projection;
mod refusing;
pub(super) mod rewritten;
mod sensitive;
mod setting;
mod tell;
mod traffic;

pub mod app_role_ddl_grant;
pub mod bcrypt_truncates_token;
pub mod clerk_event_unhandled;
pub mod clerk_id_format;
pub mod clerk_id_mismatch;
pub mod clerk_id_unchecked;
pub mod clerk_user_race;
pub mod credential_key_version;
pub mod env_undeclared;
pub mod error_leak;
pub mod extension_in_public;
pub mod function_search_path;
pub mod guard_fails_open;
pub mod hardcoded_connection_string;
pub mod hardcoded_key;
pub mod insecure_random;
pub mod insecure_ssl;
pub mod mass_assignment;
pub mod operator_injection;
pub mod password_encryption;
pub mod pii_unencrypted;
pub mod plaintext_credential;
pub mod role_from_client;
pub mod roles_json;
pub mod security_definer_function;
pub mod security_definer_view;
pub mod sensitive_field_exposed;
pub mod sensitive_field_logged;
pub mod serialization_bypassed;
pub mod static_iv;
pub mod token_for_anyone;
pub mod token_not_verified;
pub mod user_controlled_query_shape;
pub mod validation_pipe_missing;
pub mod weak_encryption;
pub mod webhook_error_masked;
pub mod webhook_not_idempotent;
pub mod webhook_raw_body;
pub mod webhook_unverified;
pub mod whitelist_missing;

pub use columns::{Encryption, Sensitive, SensitiveColumn, sensitive_columns};
pub use hashed::Hashed;
pub(in crate::rules) use keys::keys;
pub(in crate::rules) use material::{Material, of as material_of};
pub(in crate::rules) use pipes::{Made, folder, is_validator};
pub(in crate::rules) use sensitive::{Secret, secret};
pub(in crate::rules) use traffic::traffic;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &app_role_ddl_grant::RULE,
    &bcrypt_truncates_token::RULE,
    &clerk_event_unhandled::RULE,
    &clerk_id_format::RULE,
    &clerk_id_mismatch::RULE,
    &clerk_id_unchecked::RULE,
    &clerk_user_race::RULE,
    &credential_key_version::RULE,
    &env_undeclared::RULE,
    &error_leak::RULE,
    &extension_in_public::RULE,
    &function_search_path::RULE,
    &guard_fails_open::RULE,
    &hardcoded_connection_string::RULE,
    &hardcoded_key::RULE,
    &insecure_random::RULE,
    &insecure_ssl::RULE,
    &mass_assignment::RULE,
    &operator_injection::RULE,
    &password_encryption::RULE,
    &pii_unencrypted::RULE,
    &plaintext_credential::RULE,
    &role_from_client::RULE,
    &roles_json::RULE,
    &security_definer_function::RULE,
    &security_definer_view::RULE,
    &sensitive_field_exposed::RULE,
    &sensitive_field_logged::RULE,
    &serialization_bypassed::RULE,
    &static_iv::RULE,
    &token_for_anyone::RULE,
    &token_not_verified::RULE,
    &user_controlled_query_shape::RULE,
    &validation_pipe_missing::RULE,
    &weak_encryption::RULE,
    &webhook_error_masked::RULE,
    &webhook_not_idempotent::RULE,
    &webhook_raw_body::RULE,
    &webhook_unverified::RULE,
    &whitelist_missing::RULE,
];
