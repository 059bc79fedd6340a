//! What migrations built, and how they are run.

pub(crate) mod built;
pub(crate) mod deployed;
pub(crate) mod drift;
pub(crate) mod grants;
pub(crate) mod migrations;
pub(crate) mod policies;
pub(crate) mod policy_reads;
pub(crate) mod privileged;
pub(crate) mod remade;
pub(crate) mod renames;
pub(crate) mod statements;
pub(crate) mod statistics;
pub(crate) mod views;
