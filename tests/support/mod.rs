//! What the tests at the root share.

pub mod page;
