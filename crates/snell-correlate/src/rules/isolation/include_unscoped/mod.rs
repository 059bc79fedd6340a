//! `isolation/include-unscoped`

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/include-unscoped",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A list of rows that belong to somebody comes along with a row that anybody may see",
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
        .filter(|exposure| matches!(exposure.fault, Fault::Included(_)))
        .map(|exposure| finding(context, &RULE.metadata, exposure))
        .collect()
}
