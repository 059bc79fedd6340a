//! Permissions that are noted at an endpoint, and that no guard before it reads.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_flow::scope::asks_for_role;
use snell_project::endpoint::{Endpoint, Noted};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{exposure::Fault, noted::read_at, survey::survey};
use crate::{
    functions,
    rule::{Context, Rule},
    support::rights::asks_for_right,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/guard-metadata-unread",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "An endpoint names a role or permission, and no guard before it reads that",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Others of one key that a finding shows.
const SHOWN: usize = 2;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let endpoints = &context.project.endpoints;
    // What is for administrators is told as that, with the guard that is missing.
    let exposures = &survey(context).exposures;
    let told = exposures
        .iter()
        .filter(|one| matches!(one.fault, Fault::Administrative));
    let told: FxHashSet<usize> = told.map(|one| one.endpoint).collect();
    let mut found = Vec::new();
    for (position, endpoint) in endpoints.iter().enumerate() {
        let judged = endpoint.kind.is_request()
            && functions::is_application(context.project, endpoint.module)
            && !told.contains(&position)
            && is_plain(endpoint);
        let noted = endpoint
            .access
            .noted
            .iter()
            .filter(|noted| noted.reader.is_none());
        for noted in noted.filter(|_| judged) {
            let others: Vec<_> = read_at(context, &noted.key).collect();
            let restricts = noted.restricts || others.iter().any(|(_, other)| other.restricts);
            if restricts
                && !others.is_empty()
                && !endpoints.is_read_anywhere(&noted.key)
                && !asks_itself(context, endpoint)
            {
                found.push(finding(endpoint, noted, &others));
            }
        }
    }
    found
}

/// Whether all that stands before an endpoint is known, and nothing of it says in its name that
/// it asks for what the metadata names.
fn is_plain(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    let by_metadata = |name: &SmolStr| access.noted.iter().any(|noted| noted.name == *name);
    let mut guards = access.restricted.iter().chain(&access.unknown);
    access.public.is_none()
        && !access.may_read
        && !guards.any(|name| !by_metadata(name) && asks_for_right(name))
}

/// Whether the endpoint asks for a role in its own code.
fn asks_itself(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    let project = context.project;
    context
        .walks
        .iter()
        .filter(|entered| std::ptr::eq(project.endpoints.get(entered.endpoint), endpoint))
        .any(|entered| {
            let mut queries = entered.walk.queries.iter();
            queries.any(|reached| asks_for_role(project, &reached.facts))
        })
}

fn finding(endpoint: &Endpoint, noted: &Noted, others: &[(&Endpoint, &Noted)]) -> Diagnostic {
    // Those of its own class say most.
    let mut beside: Vec<&(&Endpoint, &Noted)> = others.iter().collect();
    beside.sort_by_key(|(other, _)| other.class != endpoint.class);
    let reader = beside
        .iter()
        .find_map(|(_, other)| other.reader.as_deref())
        .unwrap_or("the guard");
    let whom = match endpoint.access.authenticated {
        true => "everyone who is signed in",
        false => "everybody",
    };
    let message = match noted.own {
        true => format!(
            "`{}` names a `{}`, and no guard before it reads that: it lets {whom} through",
            endpoint.name, noted.name
        ),
        false => format!(
            "`{}` stands below the `{}` of its class, and no guard before it reads that: it lets {whom} through",
            endpoint.name, noted.name
        ),
    };
    let mut found = Diagnostic::at(&RULE.metadata, endpoint.at, message)
        .label(format!("`{reader}` does not stand before it"));
    for (other, _) in beside.into_iter().take(SHOWN) {
        found = found.related(other.at, format!("`{reader}` stands before this one"));
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "put `{reader}` before it (`@UseGuards(..., {reader})`), or before the whole class"
        ))
        .subject(format!("endpoint:{} key:{}", endpoint.name, noted.key))
}
