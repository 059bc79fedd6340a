//! What models are, and what part they play.

pub(crate) mod records;
pub(crate) mod roles;
pub(crate) mod tables;
pub(crate) mod undeclared_keys;
