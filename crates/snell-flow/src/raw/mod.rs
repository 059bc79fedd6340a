//! SQL that the code assembles: every raw query as the texts it may have.
//!
//! The interpreter makes [`Value::Sql`](crate::Value::Sql) of Prisma's
//! fragments (`fragment`); what reaches a raw query is put together
//! (`assemble`), in the function that runs it and, where its text comes from a
//! parameter, in the functions that call that one (`runs`). Every byte keeps
//! the place it comes from.

mod annotations;
mod assemble;
mod database;
mod fragment;
mod js;
mod js_value;
mod locate;
mod makes;
mod reading;
mod results;
mod rows;
mod runs;
mod shape;
mod text;
mod typed;
mod uses;
mod values;

pub use database::{Database, Databases};
pub use js::{JsKind, JsType, JsTypes};
pub use reading::{Engine, ReadError, Reading, Readings, read, read_uncalled};
pub use results::{Handed, handed};
pub use rows::{Member, RowType, Shape};
pub use runs::{RawForm, RawQueries, RawQuery, RawRun};
pub use text::{Hole, HoleKind, Parameter, Piece, PieceKind, SqlText};
pub use uses::{Use, UseKind, Uses, takes_any_number, uses, uses_of_callers};
pub use values::{Nature, Values};
