//! Whose rows a query reaches: the verdict of each query on an owned model,
//! for each endpoint from which it is reached.
//!
//! A query is in scope when something in its `where` is who asks, or comes
//! from a row that was itself obtained in scope, or is a key that a check
//! before it tied to who asks. Only where all of what decides is known is a
//! query said to be keyed by the client alone; anything else is
//! [`Verdict::Unknown`].

mod asked;
mod claimed;
mod columns;
mod content;
mod context;
mod filter;
mod groups;
mod handed;
mod inside;
mod memory;
mod names;
mod opened;
mod origin;
mod packages;
mod passed;
mod paths;
mod reach;
mod rooms;
mod signs_in;
mod stored;
mod strangers;
mod told;
mod trust;
mod unseen;
mod verdict;
mod whole;
mod within;

pub use claimed::claimed;
pub use columns::owner_columns;
pub use content::is_content;
pub use context::{RowSecurity, row_security, sets_context, settings_of, text as raw_text};
pub use filter::{Leaf, conditions, leaves};
pub use groups::groups;
pub use opened::opens;
pub use origin::{Key, Origin, Way, origins};
pub(crate) use packages::asks_nobody;
pub use passed::{asks_of_row, passed_on};
pub use paths::{EndpointPaths, QueryPath, Scope, query_paths, ways_of};
pub use reach::{Escape, Reached, Round, Walk, Walked, walked};
pub use rooms::rooms;
pub use signs_in::signs_in;
pub use stored::{Stored, stored};
pub use strangers::strangers;
pub use told::{asks_for_role, role_asked, told};
pub use trust::{Trust, is_about_identity, is_signed_in};
pub use verdict::{Keyed, Verdict, is_by_likeness, owner_named, takes_over, verdict};
pub use within::is_in_no_group;
