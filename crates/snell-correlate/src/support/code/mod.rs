//! Where queries stand in the code, and who comes to them.

pub(crate) mod callers;
pub(crate) mod idle;
pub(crate) mod order;
pub(crate) mod queries;
pub(crate) mod refusal;
pub(crate) mod unfollowed;
