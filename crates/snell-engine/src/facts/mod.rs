//! What was understood, for other programs: the documents of `snell facts`
//! (`docs/facts.md`). JSON Lines are sorted by file and position.

mod calls;
mod catalog;
mod contracts;
mod conventions;
mod drift;
mod endpoints;
mod fields;
mod indexes;
mod place;
mod queries;
mod raw_sql;
mod routes;
mod schema;
mod seeds;

pub use calls::calls;
pub(crate) use calls::model_name;
pub use catalog::catalog;
pub use contracts::contracts;
pub(crate) use contracts::contracts_of;
pub use conventions::conventions;
pub use drift::drift;
pub use endpoints::endpoints;
pub(crate) use endpoints::handler;
pub use fields::fields;
pub(crate) use fields::fields_of;
pub use indexes::indexes;
pub use place::Place;
pub(crate) use queries::{executions, iterated, reason};
pub use queries::{queries, verdict_name};
pub use raw_sql::{raw_sql, unread};
pub use routes::routes;
pub use schema::schema;
pub use seeds::seeds;
