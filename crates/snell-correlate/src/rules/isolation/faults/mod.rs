//! What is wrong at a query: each way in which an endpoint lets one run on rows of anybody.

pub(super) mod asked_whole;
pub(super) mod beside;
pub(super) mod either;
pub(super) mod exposure;
pub(super) mod included;
pub(super) mod judged;
pub(super) mod of_group;
pub(super) mod offered;
pub(super) mod posed;
pub(super) mod raw_owner;
pub(super) mod reach;
pub(super) mod references;
pub(super) mod same;
pub(super) mod slight;
pub(super) mod uses;
