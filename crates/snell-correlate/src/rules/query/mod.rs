//! How often queries run, and how many rows they read.

pub mod counter_race;
pub mod delete_many_without_where;
pub mod external_io_in_transaction;
pub mod load_all_find_one;
pub mod loop_write;
pub mod n_plus_one;
pub mod n_plus_one_batched;
mod repeated;
mod shape;
pub mod transaction_escape;
mod transactions;
pub mod unawaited;
pub mod unbounded_find_many;
pub mod unclamped_take;
pub mod update_many_without_where;
mod without_where;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &counter_race::RULE,
    &delete_many_without_where::RULE,
    &external_io_in_transaction::RULE,
    &load_all_find_one::RULE,
    &loop_write::RULE,
    &n_plus_one::RULE,
    &n_plus_one_batched::RULE,
    &transaction_escape::RULE,
    &unawaited::RULE,
    &unbounded_find_many::RULE,
    &unclamped_take::RULE,
    &update_many_without_where::RULE,
];
