//! What the shape of the tables gets wrong.

pub mod invalid;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&invalid::RULE];
