//! Names, words, and what most parts of a project have in common.

pub(crate) mod conventions;
pub(crate) mod documentation;
pub(crate) mod majority;
pub(crate) mod name_words;
pub(crate) mod rights;
pub(crate) mod wording;
