//! `isolation/nested-connect-unverified`

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/nested-connect-unverified",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A row is made to refer to a row that the client names, whosever it is",
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
        .filter(|exposure| matches!(exposure.fault, Fault::Reference(_)))
        .map(|exposure| finding(context, &RULE.metadata, exposure))
        .collect()
}
