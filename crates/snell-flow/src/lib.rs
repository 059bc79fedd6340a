//! Follows values and calls through the project.
//!
//! [`Follower`] runs every function of a module with an abstract interpreter:
//! what a query's arguments hold, in which loops it runs, what was checked
//! before it. Nothing is executed and nothing is guessed: what is not known is
//! [`Value::Unknown`], and rules are silent on it.

mod call_graph;
mod event;
mod fact;
mod facts;
mod follow;
mod hashed;
mod interpret;
pub mod raw;
mod remote;
mod row;
mod same;
pub mod scope;
mod value;
mod weight;

pub use call_graph::{CallGraph, Coming, Once};
pub use event::{Event, EventKind, Loop, LoopKind, Query, Summary};
pub use fact::Fact;
pub use facts::Facts;
pub use follow::{EndpointFlow, Flow, Follower, ModuleFlow, QueryEvent, worth_following};
pub use remote::{foreign_call, remote};
pub use value::{
    ArrayValue, Choice, Entry, Literal, LoopId, ObjectValue, Opaque, Root, RowOrigin, SqlJoin,
    SqlPart, Step, TextPart, Value,
};
