//! Serves editors: the language server protocol over the engine.
//!
//! One thread reads messages and keeps what is open, one runs the analysis over the newest texts,
//! one answers questions from what the last run understood. Only this crate knows the protocol,
//! and of it only `understand` knows what stands where in schemas, SQL and code.

mod actions;
mod answers;
mod client;
mod diagnostics;
mod documents;
mod position;
mod publish;
mod server;
mod snapshot;
mod suppress;
mod tree;
mod understand;
mod uri;
mod wire;
mod worker;

use std::io;

pub use worker::{Discovered, Policy};

/// Serves one editor over standard input and output until it leaves.
///
/// # Errors
/// When the system refuses threads.
///
/// # Returns
/// Whether the editor took leave as the protocol asks for: `shutdown`, then `exit`.
pub fn serve(policy: Policy) -> io::Result<bool> {
    let wire = wire::Wire::stdio()?;
    let orderly = server::run(&wire.receiver, &wire.sender, policy)?;
    wire.finish();
    Ok(orderly)
}
