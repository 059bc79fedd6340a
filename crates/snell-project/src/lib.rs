//! Binds names across files and languages.

pub mod client;
pub mod module;
pub mod schema;
pub mod types;
