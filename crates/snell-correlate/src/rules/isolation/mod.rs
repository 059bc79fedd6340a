//! Rows of one user that another can reach.
//!
//! `survey` goes through all endpoints once and finds every query that one lets run on rows of
//! anybody; most rules pick their kind of fault from it and tell it. Four rooms hold what it asks:
//! `access` (who may come), `shown` (what is public or private by nature), `faults` (what is wrong
//! at a query), `telling` (how a fault is said). All call what is in them by its own name.

mod access;
pub mod admin_and_user_share_unscoped;
pub mod admin_bypass_implicit;
pub mod admin_endpoint_unguarded;
pub mod aggregate_unscoped;
pub mod background_job_unscoped;
pub mod cache_key_unscoped;
pub mod client_supplied_owner_id;
pub mod cross_owner_reference;
mod faults;
pub mod guard_metadata_unread;
pub mod include_unscoped;
pub mod missing_owner_filter;
pub mod nested_connect_unverified;
pub mod or_bypasses_owner;
pub mod owner_missing;
pub mod owner_nullable;
pub mod ownership_check_after_use;
pub mod policy_client_raw_sql;
pub mod provider_object_unverified;
pub mod raw_sql_missing_owner_filter;
pub mod rls_always_true;
pub mod rls_column_without_index;
pub mod rls_constant_clause;
pub mod rls_context_not_set;
pub mod rls_immutable_session_read;
pub mod rls_missing;
pub mod rls_missing_with_check;
pub mod rls_multiple_permissive;
pub mod rls_no_policy;
pub mod rls_only_restrictive;
pub mod rls_per_row_function;
pub mod rls_policy_without_enable;
pub mod rls_recursion;
pub mod rls_references_unprotected;
pub mod rls_setting_form;
pub mod rls_unscoped_column;
pub mod rls_user_modifiable_claim;
pub mod rls_view_bypass;
pub mod rls_weakened;
pub mod rls_without_force;
pub mod roles_guard_without_metadata;
mod shown;
mod survey;
mod telling;
pub mod undefined_filter;
pub mod unguarded_endpoint;
pub mod unverified_owner;
pub mod upsert_unscoped;

use self::{
    access::{administrators, doors, entries, noted, people, policy_roles, rights, taken, tenant},
    faults::{
        asked_whole, beside, either, exposure, included, judged, of_group, offered, posed,
        raw_owner, reach, references, same, slight, uses,
    },
    shown::{assigned, evidence, kinds, made, published},
    telling::{milder, tell},
};
use crate::rule::Rule;

pub(super) use self::shown::private;

pub(super) const RULES: &[&Rule] = &[
    &admin_and_user_share_unscoped::RULE,
    &admin_bypass_implicit::RULE,
    &admin_endpoint_unguarded::RULE,
    &aggregate_unscoped::RULE,
    &background_job_unscoped::RULE,
    &cache_key_unscoped::RULE,
    &client_supplied_owner_id::RULE,
    &cross_owner_reference::RULE,
    &guard_metadata_unread::RULE,
    &include_unscoped::RULE,
    &missing_owner_filter::RULE,
    &nested_connect_unverified::RULE,
    &or_bypasses_owner::RULE,
    &owner_missing::RULE,
    &owner_nullable::RULE,
    &ownership_check_after_use::RULE,
    &policy_client_raw_sql::RULE,
    &provider_object_unverified::RULE,
    &raw_sql_missing_owner_filter::RULE,
    &rls_always_true::RULE,
    &rls_column_without_index::RULE,
    &rls_constant_clause::RULE,
    &rls_context_not_set::RULE,
    &rls_immutable_session_read::RULE,
    &rls_missing::RULE,
    &rls_missing_with_check::RULE,
    &rls_multiple_permissive::RULE,
    &rls_no_policy::RULE,
    &rls_only_restrictive::RULE,
    &rls_per_row_function::RULE,
    &rls_policy_without_enable::RULE,
    &rls_recursion::RULE,
    &rls_references_unprotected::RULE,
    &rls_setting_form::RULE,
    &rls_unscoped_column::RULE,
    &rls_user_modifiable_claim::RULE,
    &rls_view_bypass::RULE,
    &rls_weakened::RULE,
    &rls_without_force::RULE,
    &roles_guard_without_metadata::RULE,
    &undefined_filter::RULE,
    &unguarded_endpoint::RULE,
    &unverified_owner::RULE,
    &upsert_unscoped::RULE,
];
