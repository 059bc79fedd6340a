//! What was understood, for other programs: the documents of `snell facts`
//! (`docs/facts.md`). JSON Lines are sorted by file and position.

mod calls;
mod catalog;
mod drift;
mod schema;

pub use calls::calls;
pub use catalog::catalog;
pub use drift::drift;
pub use schema::schema;
