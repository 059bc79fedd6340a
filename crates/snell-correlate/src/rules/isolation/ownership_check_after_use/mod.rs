//! `isolation/ownership-check-after-use`

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/ownership-check-after-use",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "a row is used before it is asked whose it is",
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
        .filter(|exposure| exposure.late_check.is_some())
        .filter(|exposure| matches!(exposure.fault, Fault::Write(_) | Fault::Read(_)))
        .map(|exposure| finding(context, &RULE.metadata, exposure))
        .collect()
}
