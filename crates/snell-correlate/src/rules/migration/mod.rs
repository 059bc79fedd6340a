//! Migrations: what they build, and whether they can run.

pub mod cannot_apply;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&cannot_apply::RULE];
