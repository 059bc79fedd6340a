//! Follows values and calls through the project.

mod event;
mod fact;
mod interpret;
mod value;

pub use event::{Event, EventKind, Loop, LoopKind, Query, Summary};
pub use fact::Fact;
pub use value::{ArrayValue, Choice, Entry, Literal, LoopId, ObjectValue, Opaque, Root, RowOrigin, Step, TextPart, Value};
