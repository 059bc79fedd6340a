//! The rules, and what silences them.
//!
//! A rule is one folder below `rules/<category>/`: `mod.rs` finds, `rule.md`
//! explains and is the test, `cases.md` holds the edge cases.

pub mod audit_map;
mod functions;
mod judge;
mod options;
mod rule;
pub mod rules;
mod said;
mod selection;
mod shared;
mod support;
mod suppression;

pub use judge::{Checked, Judgement, Verdict, judge, judge_with};
pub use options::{check_options, options_of, schema as config_schema};
pub use rule::{Context, Rule};
pub use rules::security::{Encryption, Hashed, Sensitive, SensitiveColumn, sensitive_columns};
pub use rules::vector::{VectorSearch, vector_searches};
pub use selection::{Selection, Wanted, matches, preset_named, unknown_patterns};
pub use shared::Shared;
pub use support::built::{BuiltKey, BuiltTable, table as built_table};
pub use support::contracts::{Contract, ContractProperty, contracts};
pub use support::conventions::{
    About, Case, Conventions, Departure, Pattern, SchemaConventions, conventions,
};
pub use support::derived::{DerivedColumn, derived_columns};
pub use support::documentation::is_explained;
pub use support::field_life::{FieldLife, FieldLives, ModelLife, Named, field_lives};
pub use support::idle::Idle;
pub use support::index_facts::{IndexFact, ProposedIndex, QueryShape, TableIndexes, index_facts};
pub use support::lives::{Life, Part, lives};
pub use support::seeds::{
    Creation, Guard, SchemaSeeds, SeedStart, SeededField, SeededModel, Seeds, StartKind, seeds,
};
pub use support::tables::TableModel;
pub use support::undeclared_keys::{UndeclaredKey, undeclared_keys};
pub use suppression::{Comment, Suppressions};
