//! Text into statements.
//!
//! A text is cut at its semicolons first and each statement is read alone, so that a
//! mistake in one never reaches the next. Reading never fails and never panics.

mod dialect;
mod split;
mod template;
mod tree;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::{Span, SyntaxError};

use crate::ast::{Dialect, Statement, StatementKind};
use crate::grammar;

pub(crate) use split::scan_words;
pub use split::tokens;
pub use template::filled;
pub(crate) use tree::identifier;

/// What a text says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Parse {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
    /// What could not be understood.
    pub errors: Vec<SyntaxError>,
    /// Statements that are nested too deeply to be read; nothing is known of what they do.
    pub unread: Vec<Span>,
    /// The other database whose SQL this is, when one statement says so.
    pub dialect: Option<Dialect>,
}

/// Reads a text of PostgreSQL statements: a migration, or a raw query with `$n` placeholders.
///
/// What a program fills in before it runs the text (`{{schema}}.`) is left out. Two parsers must refuse a statement before it counts as an error: the typed one knows
/// the grammar with its spans, the generated one (of `tree-sitter-sql`) is PostgreSQL's own.
#[must_use]
pub fn parse(text: &str) -> Parse {
    let mut parse = Parse::default();
    let text = &*filled(text);
    for piece in split::split(text) {
        let piece_text = piece.span.text(text);
        if piece.too_deep {
            // A limit of ours: PostgreSQL may well read it.
            parse.unread.push(piece.span);
            parse.statements.push(Statement {
                broken: false,
                ..broken(piece.span, "statement")
            });
            continue;
        }
        let read = tree::read(piece_text, piece.span.start);
        let refused = !read.errors.is_empty() && !grammar::accepts(piece_text);
        if refused && let Some(dialect) = dialect::of(piece_text) {
            parse.dialect.get_or_insert(dialect);
            parse.statements.push(Statement {
                span: piece.span,
                broken: false,
                named: Vec::new(),
                kind: StatementKind::Foreign(dialect),
            });
            continue;
        }
        let Some(mut statement) = read.statement.or_else(|| {
            refused.then(|| {
                let words = scan_words(piece_text, 1);
                broken(piece.span, words.first().map_or("statement", |word| word))
            })
        }) else {
            continue;
        };
        statement.broken = refused;
        if refused {
            statement.span = piece.span;
            statement.named = grammar::tables(piece_text, piece.span.start);
            parse.errors.extend(read.errors);
        }
        parse.statements.push(statement);
    }
    parse
}

/// Whether [`parse`] finds no error in a text, for those who try what would be one.
#[must_use]
pub fn is_well_formed(text: &str) -> bool {
    split::split(text).into_iter().all(|piece| {
        let own = piece.span.text(text);
        piece.too_deep
            || tree::read(own, piece.span.start).errors.is_empty()
            || grammar::accepts(own)
            || dialect::of(own).is_some()
    })
}

fn broken(span: Span, words: &str) -> Statement {
    Statement {
        span,
        broken: true,
        named: Vec::new(),
        kind: StatementKind::Other(SmolStr::from(words.to_ascii_uppercase())),
    }
}
