//! What queries ask of tables, which indexes serve them, and which would.

pub(crate) mod advice;
pub(crate) mod asked;
pub(crate) mod index_facts;
pub(crate) mod index_overlap;
pub(crate) mod index_use;
pub(crate) mod indexes;
pub(crate) mod lookups;
pub(crate) mod unindexed;
