//! `isolation/unguarded-endpoint`

mod beside;
mod commented;
mod gateways;
mod issued;
mod joins;
mod marked;
mod nobody;
mod personal;
mod reads;
mod registers;
mod resets;
pub(in crate::rules) mod routes;
mod subscriptions;

use rustc_hash::FxHashSet;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/unguarded-endpoint",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "An endpoint gives or changes the rows of users without anybody signing in",
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
        .filter(|exposure| matches!(exposure.fault, Fault::Unguarded));
    let mut found: Vec<Diagnostic> = exposures
        .clone()
        .map(|exposure| finding(context, &RULE.metadata, exposure))
        .collect();
    let told: FxHashSet<usize> = exposures.map(|exposure| exposure.endpoint).collect();
    found.extend(commented::findings(context, &told));
    found.extend(beside::findings(context, &told));
    found.extend(reads::findings(context, &told));
    found.extend(resets::findings(context));
    found.extend(routes::findings(context));
    found.extend(registers::findings(context));
    found.extend(joins::findings(context));
    found.extend(marked::findings(context, &told));
    found.extend(nobody::findings(context, &told));
    found.extend(subscriptions::findings(context));
    found.extend(issued::findings(context, &told));
    found.extend(gateways::findings(context));
    found
}
