//! Source files, spans, and the diagnostics that point into them.
//!
//! The ground floor: plain data that every other crate shares. It knows no
//! language, touches no disk and draws nothing.

mod diagnostic;
mod fix;
mod page;
mod rule;
mod sources;
mod span;
mod suggest;
mod telltale;

pub use diagnostic::{Confidence, Diagnostic, DiagnosticBuilder, Label, Role, Severity};
pub use fix::{Applicability, Edit, Fix, NewMigration};
pub use rule::{Joined, Preset, RuleMetadata};
pub use sources::{FileId, FileKind, LineColumn, SourceFile, Sources};
pub use span::{Location, Span, SyntaxError};
pub use suggest::{closest, closest_rule};
pub use telltale::telltale;
