//! Prisma client calls, bound to the models they ask for.

mod binding;
mod operation;

pub use binding::{CallId, CallTarget, ClientCall, ClientCalls, Delegates};
pub use operation::Operation;
