//! Binds names across files and languages.

pub mod module;
pub mod types;
