//! What the data may be although it must not.

pub mod missing_primary_key;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&missing_primary_key::RULE];
