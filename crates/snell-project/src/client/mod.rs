//! Prisma client calls, bound to the models they ask for.

pub mod arguments;
mod binding;
mod open;
mod operation;

pub use binding::{CallId, CallTarget, ClientCall, ClientCalls, Delegates};
pub use operation::Operation;
