//! What a rule is, and what it is given.

use std::sync::OnceLock;

use snell_flow::{
    Flow,
    raw::{Databases, RawQueries, Readings},
    scope::Walked,
};
use snell_project::Project;
use snell_source::{Diagnostic, Location, RuleMetadata, Sources};
use snell_sql::statistics::Statistics;

use crate::{shared::Shared, support::idle::Idle};

/// A rule: what is known of it, and the function that finds its faults.
#[derive(Debug)]
pub struct Rule {
    /// Name, severity, page.
    pub metadata: RuleMetadata,
    /// Finds the faults in a project.
    pub check: fn(&Context<'_>) -> Vec<Diagnostic>,
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The texts, for labels that quote.
    pub sources: &'a Sources,
    /// Names bound across files and languages.
    pub project: &'a Project,
    /// Values and calls followed.
    pub flow: &'a Flow,
    /// Everything that endpoints run, calls opened; in the order of endpoints.
    pub walks: &'a [Walked<'a>],
    /// The texts of raw queries.
    pub raw: &'a RawQueries,
    /// The databases that they run on.
    pub databases: &'a Databases,
    /// What the databases make of those texts.
    pub readings: &'a Readings,
    /// What several rules ask for, made once.
    pub shared: &'a Shared,
    /// The methods that nothing calls, found when somebody asks first.
    pub idle: &'a OnceLock<Idle>,
    /// What the live database counts of itself, when the user took it down.
    pub statistics: Option<&'a Statistics>,
    /// Faults of the live schemas.
    pub schema_errors: &'a [(snell_source::FileId, snell_prisma::SchemaError)],
}

impl Context<'_> {
    /// The text at a location.
    #[must_use]
    pub fn text(&self, at: Location) -> &str {
        self.sources.text(at)
    }
}
