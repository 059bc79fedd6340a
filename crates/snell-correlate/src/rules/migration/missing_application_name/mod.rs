//! Migrations that run without `application_name`.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::migration::session::{self, Missing},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/missing-application-name",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "Sessions of migrations have no name of their own",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let missing = Missing {
        parameter: "application_name",
        message: "in pg_stat_activity nobody can tell this migration from the application",
        help: "add application_name to the connection string that migrations use, and another one to that of the application",
    };
    session::missing(context, &RULE.metadata, &missing)
}
