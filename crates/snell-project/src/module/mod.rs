//! Modules and what they import from each other.

mod context;
mod graph;
mod links;
mod names;
mod resolver;

pub use context::Context;
pub use graph::{
    BindingRef, ClassRef, ExpressionRef, FunctionRef, In, Module, ModuleId, Modules, Symbol,
    TypeRef, later_imports,
};
pub use links::{Links, Parsed};
pub use resolver::{Listing, Resolved, Resolver};
