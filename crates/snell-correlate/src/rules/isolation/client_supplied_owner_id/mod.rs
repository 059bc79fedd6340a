//! `isolation/client-supplied-owner-id`

mod forgotten;
mod header;

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/client-supplied-owner-id",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "The client says whose rows are used",
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
        .filter(|exposure| {
            matches!(
                exposure.fault,
                Fault::Owner(_) | Fault::Asked(_) | Fault::NewOwner(_) | Fault::Posed(_)
            )
        })
        .map(|exposure| finding(context, &RULE.metadata, exposure));
    told.chain(header::findings(context))
        .chain(forgotten::findings(context))
        .collect()
}
