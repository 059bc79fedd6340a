//! Embeddings and the indexes over them.

pub mod index_dropped_by_migrate;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&index_dropped_by_migrate::RULE];
