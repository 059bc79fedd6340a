//! The values that a column may have, as each place says it: the schema, the checks of the
//! database, comments, the code's own lists of them, and the texts of languages.
//!
//! What the schema says goes first, then what the database checks, then what a comment lists;
//! copies in the code are judged by these, and by each other.

mod authority;
mod code;
pub(crate) mod comment;
mod compare;
mod guards;
mod texts;

use std::sync::Arc;

pub(crate) use authority::{Authority, Kind};
pub(crate) use code::{Copied, Form};
pub(crate) use compare::{Difference, compare};
pub(crate) use texts::{Listed, Section};

use crate::rule::Context;

/// All of them.
#[derive(Debug)]
pub(crate) struct ValueSets {
    /// Who decides: enums, checks, comments, in the order of schemas.
    pub(crate) authorities: Vec<Authority>,
    /// Lists of the code, in the order of modules.
    pub(crate) copies: Vec<Copied>,
    /// Groups of texts, each in one language or more.
    pub(crate) sections: Vec<Section>,
}

/// The value sets of the project; gathered when the first rule asks.
pub(crate) fn value_sets(context: &Context<'_>) -> Arc<ValueSets> {
    context.shared.get_or_init(|| ValueSets {
        authorities: authority::all(context),
        copies: code::all(context),
        sections: texts::all(context),
    })
}

/// A name or a value without case and separators.
pub(crate) fn plain(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}
