//! `isolation/unverified-owner`

mod handles;
mod skipped;

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/unverified-owner",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "a row that the client names is used without asking whose it is",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let exposures = survey(context);
    let told = exposures
        .exposures
        .iter()
        .filter(|exposure| exposure.late_check.is_none())
        .filter(|exposure| match &exposure.fault {
            Fault::Write(keyed) | Fault::Read(keyed) => keyed.by_unique,
            _ => false,
        })
        .map(|exposure| finding(context, &RULE.metadata, exposure));
    told.chain(handles::findings(context))
        .chain(skipped::findings(context))
        .collect()
}
