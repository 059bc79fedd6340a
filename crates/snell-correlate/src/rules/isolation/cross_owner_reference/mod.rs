//! `isolation/cross-owner-reference`

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/cross-owner-reference",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A row of who asks is made to refer to what the row of somebody else refers to",
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
        .filter(|exposure| matches!(&exposure.fault, Fault::Copied(copied) if !copied.owner))
        .map(|exposure| finding(context, &RULE.metadata, exposure))
        .collect()
}
