//! One module for each command.

pub(crate) mod audit;
pub(crate) mod baseline;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod erd;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod fix;
pub(crate) mod init;
pub(crate) mod rules;
pub(crate) mod stats;
pub(crate) mod trace;
pub(crate) mod watch;
