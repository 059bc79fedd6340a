//! What is wrong at a query: each way in which an endpoint lets one run on rows of anybody.

pub(super) mod beside;
pub(super) mod either;
pub(super) mod exposure;
pub(super) mod included;
pub(super) mod posed;
pub(super) mod raw_owner;
pub(super) mod references;
pub(super) mod same;
mod sent;
pub(super) mod slight;
pub(super) mod uses;
