//! `isolation/admin-endpoint-unguarded`

mod beside;
mod by_row;
mod rights;

use rustc_hash::FxHashSet;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/admin-endpoint-unguarded",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "What is for administrators is open to every signed-in user",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let survey = survey(context);
    let exposures = survey
        .exposures
        .iter()
        .filter(|exposure| matches!(exposure.fault, Fault::Administrative));
    let told: FxHashSet<usize> = exposures.clone().map(|one| one.endpoint).collect();
    let mut found: Vec<Diagnostic> = exposures
        .map(|exposure| finding(context, &RULE.metadata, exposure))
        .collect();
    found.extend(rights::findings(context, &told));
    found.extend(by_row::findings(context));
    let classes = told.iter();
    let classes = classes
        .filter_map(|position| context.project.endpoints.get(*position).class)
        .collect();
    found.extend(beside::findings(context, &classes));
    found
}
