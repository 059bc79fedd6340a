//! Extracts facts from TypeScript syntax trees.
//!
//! [`extract`] turns the text of one module into [`ModuleFacts`]; [`mentions`]
//! tells, without parsing, whether that is worth while. Both depend on the text
//! alone. No syntax node leaves this crate.

pub mod facts;

mod dialect;
mod escape;
mod grammar;
mod lower;
mod mask;
mod mentions;
mod repair;
mod sites;

use std::cell::RefCell;

use tree_sitter::{Parser, Tree};

pub use dialect::Dialect;
pub use facts::ModuleFacts;
pub use lower::MAX_NESTING;
pub use mentions::{Mentions, mentions, mentions_delegate};

use grammar::Grammar;
use mask::Masked;
use snell_source::{Span, SyntaxError};

/// The facts of the module with this text.
///
/// Never fails: what could not be understood is listed in
/// [`ModuleFacts::errors`], and everything around it is kept.
#[must_use]
pub fn extract(text: &str, dialect: Dialect) -> ModuleFacts {
    let mut masked = mask::mask(text);
    let Some(tree) = parse_repaired(&mut masked, dialect) else {
        return ModuleFacts {
            errors: vec![SyntaxError::new(
                Span::from_range(0..text.len()),
                "the module could not be parsed",
            )],
            ..ModuleFacts::default()
        };
    };
    let (mut facts, landmarks) = lower::lower(text, &masked, &tree, dialect);
    match sites::find(text, &tree, dialect, &facts, &landmarks) {
        Ok(sites) => facts.sites = sites,
        Err(error) => facts.errors.push(error),
    }
    facts
}

/// Parses a text, and once more when its errors could be mended.
fn parse_repaired(masked: &mut Masked, dialect: Dialect) -> Option<Tree> {
    let tree = parse(&masked.text, dialect)?;
    if repair::repair(&tree, Grammar::of(dialect), masked) {
        return parse(&masked.text, dialect);
    }
    Some(tree)
}

/// `None` only when the text is too large for the parser (4 GiB).
fn parse(text: &[u8], dialect: Dialect) -> Option<Tree> {
    if u32::try_from(text.len()).is_err() {
        return None;
    }
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(&Grammar::of(dialect).language).ok()?;
        parser.parse(text, None)
    })
}

thread_local! {
    /// A parser keeps what it makes room for, and nothing of a text: one serves all texts of a thread.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}
