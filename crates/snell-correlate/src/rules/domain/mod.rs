//! What systems that talk get wrong: conversations, messages, agents, translations,
//! credentials and audit logs, recognised by what models have rather than by their names.

pub mod agent_config_json;
pub mod audit_log_mutable;
pub mod credential_provider_unique;
pub mod history_unreachable;
pub mod message_ordering_ambiguous;
pub mod message_role_unconstrained;
pub mod raw_payload_retention;
pub mod session_lifecycle_missing;
pub mod session_name_default;
pub mod translation_unique;
mod translations;
mod unique;
pub mod word_translation_duplication;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &agent_config_json::RULE,
    &audit_log_mutable::RULE,
    &credential_provider_unique::RULE,
    &history_unreachable::RULE,
    &message_ordering_ambiguous::RULE,
    &message_role_unconstrained::RULE,
    &raw_payload_retention::RULE,
    &session_lifecycle_missing::RULE,
    &session_name_default::RULE,
    &translation_unique::RULE,
    &word_translation_duplication::RULE,
];
