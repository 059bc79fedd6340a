//! Parses SQL, replays migrations into a Catalog, and types queries against it.

pub mod ast;
mod grammar;
mod parse;

pub use grammar::{Reference, ReferenceKind, references};
pub use parse::{Parse, parse};
