//! SQL in TypeScript.

mod allowed;
pub mod ambiguous_column;
pub mod array_parameter;
pub mod bigint_result;
pub mod called_as_function;
pub(in crate::rules) mod columns;
pub mod constant_condition;
pub mod delete_without_where;
pub mod distinct_join;
pub mod duplicate_column;
pub mod execute_returns_count;
pub mod identifier_as_parameter;
pub mod implicit_cross_join;
pub mod implicit_insert_columns;
pub mod insert_missing_required;
pub mod leading_wildcard;
pub mod like_wildcard_unescaped;
pub mod limit_without_order;
pub mod missing_type_argument;
pub mod non_sargable;
pub mod not_in_nullable;
pub mod null_comparison;
pub mod nullability_mismatch;
mod nulls;
pub mod operator_type_mismatch;
pub mod order_by_random;
mod origin;
pub mod parameter_count;
pub mod parameter_in_literal;
pub mod parameter_type_mismatch;
pub mod prisma_raw;
pub(in crate::rules) mod reading;
pub(in crate::rules) mod rows;
pub mod runtime_ddl;
pub mod select_star;
pub mod syntax_error;
mod tables;
pub mod type_argument_mismatch;
mod unconditional;
pub mod union_dedup;
pub mod unknown_column;
pub mod unknown_table;
pub mod unmapped_name;
pub mod unnecessary;
pub mod unparameterized;
pub mod unsafe_api;
pub mod unsupported_type_selected;
pub mod unused_cte;
pub mod unused_join;
pub mod update_without_where;
pub mod updated_at_bypassed;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &ambiguous_column::RULE,
    &array_parameter::RULE,
    &bigint_result::RULE,
    &called_as_function::RULE,
    &constant_condition::RULE,
    &delete_without_where::RULE,
    &distinct_join::RULE,
    &duplicate_column::RULE,
    &execute_returns_count::RULE,
    &identifier_as_parameter::RULE,
    &implicit_cross_join::RULE,
    &implicit_insert_columns::RULE,
    &insert_missing_required::RULE,
    &leading_wildcard::RULE,
    &like_wildcard_unescaped::RULE,
    &limit_without_order::RULE,
    &missing_type_argument::RULE,
    &non_sargable::RULE,
    &not_in_nullable::RULE,
    &null_comparison::RULE,
    &nullability_mismatch::RULE,
    &operator_type_mismatch::RULE,
    &order_by_random::RULE,
    &parameter_count::RULE,
    &parameter_in_literal::RULE,
    &parameter_type_mismatch::RULE,
    &prisma_raw::RULE,
    &runtime_ddl::RULE,
    &select_star::RULE,
    &syntax_error::RULE,
    &type_argument_mismatch::RULE,
    &union_dedup::RULE,
    &unknown_column::RULE,
    &unknown_table::RULE,
    &unmapped_name::RULE,
    &unnecessary::RULE,
    &unparameterized::RULE,
    &unsafe_api::RULE,
    &unsupported_type_selected::RULE,
    &unused_cte::RULE,
    &unused_join::RULE,
    &update_without_where::RULE,
    &updated_at_bypassed::RULE,
];
