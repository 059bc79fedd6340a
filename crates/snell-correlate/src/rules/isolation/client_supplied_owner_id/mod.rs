//! `isolation/client-supplied-owner-id`

mod forgotten;
mod header;
mod rooms;
mod state;

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
    let headers = header::findings(context);
    // What a header names is told once, for all endpoints.
    let is_told = |fault: &Fault| match fault {
        Fault::Owner(keyed) | Fault::Asked(keyed) if keyed.key.part == "headers" => {
            let named = keyed.key.path.first();
            named.is_some_and(|named| headers.iter().any(|(header, _)| header == named.as_str()))
        }
        _ => false,
    };
    let told = exposures
        .exposures
        .iter()
        .filter(|exposure| {
            let of_owner = match &exposure.fault {
                Fault::Owner(_) | Fault::Asked(_) | Fault::NewOwner(_) | Fault::Posed(_) => true,
                Fault::Copied(copied) => copied.owner,
                _ => false,
            };
            of_owner && !is_told(&exposure.fault)
        })
        .map(|exposure| finding(context, &RULE.metadata, exposure));
    let told: Vec<Diagnostic> = told.collect();
    let told = told.into_iter();
    told.chain(headers.into_iter().map(|(_, finding)| finding))
        .chain(forgotten::findings(context))
        .chain(state::findings(context))
        .chain(rooms::findings(context))
        .collect()
}
