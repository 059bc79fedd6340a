//! `isolation/raw-sql-missing-owner-filter`

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/raw-sql-missing-owner-filter",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "Raw SQL reaches rows of all owners",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    survey(context)
        .exposures
        .iter()
        .filter(|exposure| matches!(exposure.fault, Fault::Raw { .. }))
        .map(|exposure| finding(context, &RULE.metadata, exposure))
        .collect()
}
