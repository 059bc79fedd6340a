//! From text to a syntax tree.

pub mod ast;
mod block;
mod cursor;
mod expression;
mod member;
mod string;
mod token;

use serde::{Deserialize, Serialize};
use snell_source::SyntaxError;

pub use token::{Token, TokenKind, tokenize};

use ast::SchemaFile;

/// One file, read. It depends on the file's text alone: cacheable by content.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parse {
    /// What was understood.
    pub tree: SchemaFile,
    /// What Prisma would refuse to read, in source order.
    pub errors: Vec<SyntaxError>,
}

/// Reads one schema file. Never fails: a line that cannot be read costs that line.
#[must_use]
pub fn parse(text: &str) -> Parse {
    let mut cursor = cursor::Cursor::new(text);
    let items = block::file(&mut cursor);
    let (tokens, mut errors) = cursor.finish();
    errors.sort_by_key(|error| (error.span.start, error.span.end));
    Parse {
        tree: SchemaFile { tokens, items },
        errors,
    }
}
