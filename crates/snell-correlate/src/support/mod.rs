//! What several rules need to know, each question in a module of its own.

pub(crate) mod accepts;
pub(crate) mod answers;
pub(crate) mod built;
pub(crate) mod carried;
pub(crate) mod closed_set;
pub(crate) mod created;
pub(crate) mod declared;
pub(crate) mod deletions;
pub(crate) mod drift;
pub(crate) mod field_life;
pub(crate) mod grants;
pub(crate) mod index_overlap;
pub(crate) mod lookups;
pub(crate) mod migrations;
pub(crate) mod mirror;
pub(crate) mod model_writes;
pub(crate) mod order;
pub(crate) mod policies;
pub(crate) mod queries;
pub(crate) mod row_uses;
pub(crate) mod statements;
pub(crate) mod tables;
pub(crate) mod value_sets;
pub(crate) mod views;
pub(crate) mod wording;
