//! Prisma client calls, bound to the models they ask for.

pub mod arguments;
mod binding;
mod call;
mod open;
mod operation;
mod tested;

pub use binding::{ClientCalls, Delegates};
pub use call::{CallId, CallTarget, ClientCall};
pub use operation::Operation;
