//! Rows of one user that another can reach.

mod evidence;
pub mod missing_owner_filter;
pub mod ownership_check_after_use;
mod survey;
mod tell;
pub mod unverified_owner;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &missing_owner_filter::RULE,
    &ownership_check_after_use::RULE,
    &unverified_owner::RULE,
];
