//! How often queries run, and how many rows they read.

pub mod loop_write;
pub mod n_plus_one;
pub mod n_plus_one_batched;
mod repeated;
mod shape;
pub mod unbounded_find_many;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &loop_write::RULE,
    &n_plus_one::RULE,
    &n_plus_one_batched::RULE,
    &unbounded_find_many::RULE,
];
