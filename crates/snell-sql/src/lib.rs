//! Parses SQL, replays migrations into a Catalog, and types queries against it.

pub mod analyze;
pub mod ast;
pub mod catalog;
pub mod drift;
mod evaluate;
mod grammar;
mod library;
mod parse;
pub mod print;
mod replay;
pub mod statistics;

pub use grammar::{Names, Reference, ReferenceKind, names, references};
pub use parse::{Parse, filled, is_well_formed, parse, tokens};
pub use replay::{
    Failure, Migration, NoEffect, Note, NoteKind, OnFailure, Related, Replay, Step, Unsettled,
    replay,
};
