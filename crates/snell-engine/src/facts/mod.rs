//! What was understood, for other programs: the documents of `snell facts`
//! (`docs/facts.md`). JSON Lines are sorted by file and position.

mod calls;
mod catalog;
mod schema;

pub use calls::calls;
pub use catalog::catalog;
pub use schema::schema;
