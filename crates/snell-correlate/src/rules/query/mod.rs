//! How often queries run, and how many rows they read.

pub mod advisory_lock_unscoped;
mod changing;
pub mod check_then_update;
mod clients;
pub mod contains_on_large_text;
pub mod counter_by_loop;
pub mod counter_race;
pub mod cpu_in_transaction;
pub mod deep_offset;
pub mod delete_many_without_where;
pub mod direct_client;
pub mod duplicate_query;
pub mod error_caught_in_transaction;
pub mod error_helper_bypassed;
pub mod error_unmapped;
pub mod external_io_in_transaction;
pub mod find_first_on_unique;
pub mod find_then_write;
pub(in crate::rules) mod flat;
pub mod in_controller;
pub mod include_unbounded;
pub mod isolation_level;
mod listed;
pub mod load_all_find_one;
pub mod long_transaction;
pub mod loop_write;
pub mod missing_transaction;
pub mod multiple_clients;
pub mod n_plus_one;
pub mod n_plus_one_batched;
mod never;
pub mod overfetch;
pub mod pagination_without_order;
pub mod parameter_limit;
pub mod partial_key_delete;
pub mod pool_config;
pub mod relation_not_loaded;
mod repeated;
mod rounds;
pub mod row_lock_unbounded;
mod sent_lists;
pub mod sequential_independent;
pub mod serialization_retry;
mod shape;
pub mod shared_map_key;
pub mod soft_delete_unfiltered;
mod standing;
pub mod swallowed_error;
mod timed;
pub mod transaction_escape;
pub mod transaction_timeout;
pub(in crate::rules) mod transactions;
pub mod unawaited;
pub mod unbounded_find_many;
pub mod unclamped_take;
pub mod unpaged_list;
pub mod unused_include;
pub mod update_many_without_where;
mod waiting;
mod without_where;
mod written;

use crate::rule::Rule;

pub(in crate::rules) use repeated::{callee_name, title};

pub(super) const RULES: &[&Rule] = &[
    &advisory_lock_unscoped::RULE,
    &check_then_update::RULE,
    &contains_on_large_text::RULE,
    &counter_by_loop::RULE,
    &counter_race::RULE,
    &cpu_in_transaction::RULE,
    &deep_offset::RULE,
    &delete_many_without_where::RULE,
    &direct_client::RULE,
    &duplicate_query::RULE,
    &error_caught_in_transaction::RULE,
    &error_helper_bypassed::RULE,
    &error_unmapped::RULE,
    &external_io_in_transaction::RULE,
    &find_first_on_unique::RULE,
    &find_then_write::RULE,
    &in_controller::RULE,
    &include_unbounded::RULE,
    &isolation_level::RULE,
    &load_all_find_one::RULE,
    &long_transaction::RULE,
    &loop_write::RULE,
    &missing_transaction::RULE,
    &multiple_clients::RULE,
    &n_plus_one::RULE,
    &n_plus_one_batched::RULE,
    &overfetch::RULE,
    &pagination_without_order::RULE,
    &parameter_limit::RULE,
    &partial_key_delete::RULE,
    &pool_config::RULE,
    &relation_not_loaded::RULE,
    &row_lock_unbounded::RULE,
    &sequential_independent::RULE,
    &serialization_retry::RULE,
    &shared_map_key::RULE,
    &soft_delete_unfiltered::RULE,
    &swallowed_error::RULE,
    &transaction_escape::RULE,
    &transaction_timeout::RULE,
    &unawaited::RULE,
    &unbounded_find_many::RULE,
    &unclamped_take::RULE,
    &unpaged_list::RULE,
    &unused_include::RULE,
    &update_many_without_where::RULE,
];
