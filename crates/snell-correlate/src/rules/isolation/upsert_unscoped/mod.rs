//! `isolation/upsert-unscoped`

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/upsert-unscoped",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "An upsert changes whatever row the client names",
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
        .filter(|exposure| matches!(exposure.fault, Fault::Upsert(_)))
        .map(|exposure| finding(context, &RULE.metadata, exposure))
        .collect()
}
