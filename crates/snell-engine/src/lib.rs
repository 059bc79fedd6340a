//! Runs the phases for every door: discovery, parsing, binding, following,
//! judging. The only floor that reads files in parallel and talks to git.

mod analysis;
mod audit;
mod baseline;
mod before;
mod beside;
mod causes;
mod clock;
mod erd;
pub mod facts;
mod fingerprint;
mod fixes;
mod git;
mod guard;
mod histories;
mod memory;
mod mirrors;
mod modules;
mod qualified;
mod queries;
mod report;
mod said;
mod scan;
mod schemas;
mod scope;
mod texts;
mod together;
pub mod trace;
mod typed;
mod unjudged;

pub use analysis::{Analysis, analyze, analyze_with, analyze_workspace};
pub use audit::audit;
pub use baseline::{Baseline, BaselineError, Entry};
pub use before::Before;
pub use clock::Clock;
pub use fingerprint::fingerprints;
pub use fixes::{Change, FixError, Plan};
pub use git::{
    Base, Changes, Content, GitError, Staged, changes_since, contents_before, index_name,
    knows_any, staged, staged_changes, tree_name,
};
pub use guard::with_deep_stacks;
pub use memory::{Memory, cache_folder};
pub use scope::NewMigrations;
pub use snell_sql::statistics;
pub use together::join;
