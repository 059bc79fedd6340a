//! SQL in TypeScript.

pub mod called_as_function;
mod origin;
pub mod prisma_raw;
pub mod unparameterized;
pub mod unsafe_api;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &called_as_function::RULE,
    &prisma_raw::RULE,
    &unparameterized::RULE,
    &unsafe_api::RULE,
];
