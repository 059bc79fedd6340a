//! Extracts facts from TypeScript syntax trees.

pub mod facts;

pub use facts::ModuleFacts;
