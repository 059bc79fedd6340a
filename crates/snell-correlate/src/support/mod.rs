//! What several rules need to know, each question in a module of its own. The rooms sort them;
//! rules call a question by its own name.

mod code;
mod database;
mod indexing;
mod mirrors;
mod models;
mod naming;
mod rows;

pub(crate) use code::{callers, idle, order, queries, refusal, unfollowed};
pub(crate) use database::{
    built, deployed, drift, grants, migrations, policies, policy_reads, privileged, remade,
    renames, statements, statistics, views,
};
pub(crate) use indexing::{
    advice, asked, index_facts, index_overlap, index_use, indexes, lookups, unindexed,
};
pub(crate) use mirrors::{
    accepts, answers, carried, certain, closed_set, contracts, declared, value_sets, zod,
};
pub(crate) use models::{records, roles, tables, undeclared_keys};
pub(crate) use naming::{conventions, documentation, majority, name_words, rights, wording};
pub(crate) use rows::{
    deletions, derived, field_life, growth, ids, lives, model_writes, proofs, refused, row_times,
    row_uses, rows_written, seeds,
};
