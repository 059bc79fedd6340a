//! Rows of one user that another can reach.

pub mod admin_endpoint_unguarded;
pub mod client_supplied_owner_id;
mod doors;
mod either;
mod evidence;
pub mod missing_owner_filter;
pub mod nested_connect_unverified;
pub mod or_bypasses_owner;
pub mod ownership_check_after_use;
mod raw_owner;
pub mod raw_sql_missing_owner_filter;
mod references;
pub mod rls_always_true;
pub mod rls_only_restrictive;
pub mod rls_policy_without_enable;
mod survey;
mod tell;
pub mod undefined_filter;
pub mod unguarded_endpoint;
pub mod unverified_owner;
mod uses;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &admin_endpoint_unguarded::RULE,
    &client_supplied_owner_id::RULE,
    &missing_owner_filter::RULE,
    &nested_connect_unverified::RULE,
    &or_bypasses_owner::RULE,
    &ownership_check_after_use::RULE,
    &raw_sql_missing_owner_filter::RULE,
    &undefined_filter::RULE,
    &unguarded_endpoint::RULE,
    &rls_always_true::RULE,
    &rls_only_restrictive::RULE,
    &rls_policy_without_enable::RULE,
    &unverified_owner::RULE,
];
