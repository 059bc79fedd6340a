//! Applications that ask nobody who calls: those that give out tokens and ask for one nowhere, and those in which people
//! are whoever the client says.

mod anybody;

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use snell_flow::{EventKind, Summary};
use snell_project::{
    endpoint::{Endpoint, EndpointKind, Given},
    module::ExpressionRef,
};
use snell_source::{Confidence, Diagnostic};

use super::{
    RULE, beside,
    nobody::{is_open, says},
};
use anybody::Named;

use crate::{
    functions,
    rule::Context,
    rules::{isolation::doors::is_of_outside, security::token_for_anyone::is_sign},
};

/// Endpoints that a finding shows.
const MOST: usize = 3;

/// Calls inside each other that are looked into.
const DEPTH: u32 = 8;

/// What is known of one application.
#[derive(Default)]
struct Application<'a> {
    /// Where it signs a token, and for which endpoint.
    signs: Option<(ExpressionRef, &'a Endpoint)>,
    /// Its endpoints that change rows, those left out at which people sign in.
    changes: Vec<&'a Endpoint>,
    /// Those at which it is the client who says whose rows are changed.
    named: Vec<Named<'a>>,
    /// Something asks who calls.
    asks: bool,
    /// The same, where people come: other systems prove what they are.
    asks_people: bool,
}

/// One finding for each.
pub(super) fn findings(context: &Context<'_>, told: &FxHashSet<usize>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut applications: BTreeMap<&str, Application<'_>> = BTreeMap::new();
    for walked in context.walks {
        let endpoint = project.endpoints.get(walked.endpoint);
        let judged = matches!(
            endpoint.kind,
            EndpointKind::Http | EndpointKind::Query | EndpointKind::Mutation
        ) && functions::is_application(project, endpoint.module);
        let Some(class) = endpoint.class.filter(|_| judged) else {
            continue;
        };
        let known = applications
            .entry(beside::application(context, class))
            .or_default();
        let asks = !is_open(context, endpoint, class)
            || reads_who_calls(endpoint)
            || told.contains(&walked.endpoint);
        known.asks |= asks;
        known.asks_people |= asks && !anybody::is_of_others(endpoint);
        known.named.extend(anybody::named(context, walked));
        if known.signs.is_none() {
            let entered = context.flow.endpoint(walked.endpoint);
            let at = entered.and_then(|entered| signs(context, &entered.summary, DEPTH));
            known.signs = at.map(|at| (at, endpoint));
        }
        let changes = walked.walk.queries.iter().any(|reached| {
            let operation = project.calls.get(reached.query.call).operation;
            operation.is_write()
        });
        if changes && !is_of_outside(endpoint) {
            known.changes.push(endpoint);
        }
    }
    let people = applications.values().any(|one| one.asks_people);
    if people || says::somebody_else(context) {
        return Vec::new();
    }
    let asks = applications.values().any(|one| one.asks);
    applications
        .iter()
        .filter_map(|(folder, one)| match one.signs {
            Some(_) => finding(context, folder, one).filter(|_| !asks),
            None => anybody::finding(context, folder, &one.named),
        })
        .collect()
}

/// Whether a handler is handed what may say who calls.
fn reads_who_calls(endpoint: &Endpoint) -> bool {
    endpoint.parameters.iter().any(|given| {
        matches!(given, Given::Identity | Given::Request | Given::Unknown) || given.may_prove()
    })
}

/// Where a token is signed on the way.
fn signs(context: &Context<'_>, summary: &Summary, depth: u32) -> Option<ExpressionRef> {
    let depth = depth.checked_sub(1)?;
    summary.events.iter().find_map(|event| match &event.kind {
        EventKind::Unfollowed { at, .. } if is_sign(context.project, *at) => Some(*at),
        EventKind::Call { summary, .. } => signs(context, summary, depth),
        _ => None,
    })
}

fn finding(context: &Context<'_>, folder: &str, one: &Application<'_>) -> Option<Diagnostic> {
    let (at, signing) = one.signs?;
    let [first, ..] = one.changes.as_slice() else {
        return None;
    };
    let modules = &context.project.modules;
    let place = modules.at(at.module, modules.facts(at.module).span(at.id));
    let many = match one.changes.len() {
        1 => "an endpoint that changes rows is".to_owned(),
        many => format!("{many} endpoints that change rows are"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.at,
        format!("tokens are given out, and no endpoint asks for one: {many} open to everybody"),
    )
    .label(format!("nothing stands before `{}`", first.name))
    .related(place, format!("`{}` signs a token here", signing.name));
    for other in one.changes.iter().skip(1).take(MOST - 1) {
        found = found.related(other.at, format!("nor before `{}`", other.name));
    }
    Some(
        found
            .help("put a guard that verifies the token before all endpoints (`{ provide: APP_GUARD, useClass: ... }`), and mark those that are for everybody")
            .confidence(Confidence::Likely)
            .subject(format!("application:{folder} tokens")),
    )
}
