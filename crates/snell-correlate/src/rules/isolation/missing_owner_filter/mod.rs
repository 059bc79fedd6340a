//! `isolation/missing-owner-filter`

mod beside_own;
mod habit;
mod handed;

use snell_flow::scope::{Reached, Walk};
use snell_project::endpoint::Endpoint;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, survey::survey, tell::finding};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/missing-owner-filter",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "a query on owned rows has no condition on their owner",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let survey = survey(context);
    let told = survey
        .exposures
        .iter()
        .filter(|exposure| exposure.late_check.is_none())
        .filter(|exposure| match &exposure.fault {
            Fault::Write(keyed) | Fault::Read(keyed) => !keyed.by_unique,
            Fault::List | Fault::First | Fault::Sweep | Fault::Consulted => true,
            _ => false,
        })
        .map(|exposure| finding(context, &RULE.metadata, exposure));
    let mut found: Vec<Diagnostic> = told.collect();
    let mut known = survey.exposures.iter().map(|one| one.call).collect();
    found.extend(handed::findings(context, &mut known));
    found.extend(beside_own::findings(context, &mut known));
    found.extend(habit::findings(context, &known));
    found
}

/// The queries of endpoints that every signed-in user gets to, with what else these run.
fn open_to_every_user<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a Endpoint, &'a Walk<'a>, &'a Reached<'a>)> {
    let project = context.project;
    context.walks.iter().flat_map(move |entered| {
        let endpoint = project.endpoints.get(entered.endpoint);
        let open =
            endpoint.is_open_to_every_user() && functions::is_application(project, endpoint.module);
        let queries = entered.walk.queries.iter().filter(move |_| open);
        queries.map(move |reached| (endpoint, &entered.walk, reached))
    })
}

/// The queries of endpoints that somebody waits for and that are not for administrators, whoever asks.
fn open_to_requests<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a Endpoint, &'a Walk<'a>, &'a Reached<'a>)> {
    let project = context.project;
    context.walks.iter().flat_map(move |entered| {
        let endpoint = project.endpoints.get(entered.endpoint);
        let access = &endpoint.access;
        let open = endpoint.kind.is_request()
            && !access.exempt
            && !access.administrative
            && access.unknown.is_empty()
            && functions::is_application(project, endpoint.module);
        let queries = entered.walk.queries.iter().filter(move |_| open);
        queries.map(move |reached| (endpoint, &entered.walk, reached))
    })
}

/// Who comes to an endpoint, in words.
fn who_comes(endpoint: &Endpoint) -> &'static str {
    match endpoint.is_open_to_every_user() {
        true => "every signed-in user gets here",
        false => "whoever comes here",
    }
}
