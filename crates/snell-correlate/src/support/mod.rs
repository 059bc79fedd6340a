//! What several rules need to know, each question in a module of its own.

pub(crate) mod index_overlap;
pub(crate) mod wording;
