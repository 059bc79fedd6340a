//! Roles and permissions that are noted at endpoints, and the guards that read them.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_flow::scope::asks_for_role;
use snell_project::endpoint::{Endpoint, Noted};

use crate::{
    functions,
    rule::Context,
    rules::isolation::{exposure::Fault, survey::survey},
    support::rights::asks_for_right,
};

/// What is noted at an endpoint, and no guard before it reads.
pub(in crate::rules::isolation) struct Missing {
    /// The position of the endpoint in the project's.
    pub(in crate::rules::isolation) endpoint: usize,
    /// The position of the note among those of the endpoint.
    pub(in crate::rules::isolation) noted: usize,
    /// The guard that reads it before others; those of the same class say most.
    pub(in crate::rules::isolation) reader: SmolStr,
    /// What it has in common with other endpoints: the class before which one guard is missing.
    pub(in crate::rules::isolation) cause: String,
}

/// All notes that no guard reads where guards read such notes before other endpoints, in the order of endpoints.
pub(in crate::rules::isolation) struct AllMissing(pub(in crate::rules::isolation) Vec<Missing>);

impl AllMissing {
    /// Looked for once. What is for administrators is told as that, with the guard that is missing.
    pub(in crate::rules::isolation) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| AllMissing(missing(context)))
    }

    /// What is missing before an endpoint.
    pub(in crate::rules::isolation) fn at(&self, endpoint: usize) -> Option<&Missing> {
        self.0.iter().find(|missing| missing.endpoint == endpoint)
    }
}

fn missing(context: &Context<'_>) -> Vec<Missing> {
    let endpoints = &context.project.endpoints;
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
        let noted = endpoint.access.noted.iter().enumerate();
        for (n, noted) in noted.filter(|(_, noted)| judged && noted.reader.is_none()) {
            let mut others: Vec<_> = read_at(context, &noted.key).collect();
            others.sort_by_key(|(other, _)| other.class != endpoint.class);
            let restricts = noted.restricts || others.iter().any(|(_, other)| other.restricts);
            let reader = others.iter().find_map(|(_, other)| other.reader.clone());
            if restricts
                && let Some(reader) = reader
                && !endpoints.is_read_anywhere(&noted.key)
                && !asks_itself(context, endpoint)
            {
                let whole = match endpoint.class {
                    Some(class) => format!("{class:?}"),
                    None => endpoint.name.to_string(),
                };
                found.push(Missing {
                    endpoint: position,
                    noted: n,
                    cause: format!("no {reader} before {whole}"),
                    reader,
                });
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

/// The endpoints at which something of this key is noted and before which a guard reads it.
pub(in crate::rules::isolation) fn read_at<'a>(
    context: &Context<'a>,
    key: &'a str,
) -> impl Iterator<Item = (&'a Endpoint, &'a Noted)> + use<'a> {
    let project = context.project;
    let endpoints = project.endpoints.iter().filter(move |endpoint| {
        endpoint.kind.is_request() && functions::is_application(project, endpoint.module)
    });
    endpoints.filter_map(move |endpoint| {
        let mut noted = endpoint.access.noted.iter();
        let noted = noted.find(|noted| noted.key == key && noted.reader.is_some())?;
        Some((endpoint, noted))
    })
}

/// What is noted at an endpoint for a guard that stands before others and not before it, and that guard's name.
pub(in crate::rules::isolation) fn unread<'a>(
    context: &Context<'a>,
    endpoint: &'a Endpoint,
) -> Option<(&'a Noted, &'a str)> {
    let unread = endpoint.access.noted.iter();
    let mut unread = unread.filter(|noted| noted.reader.is_none() && noted.restricts);
    unread.find_map(|noted| {
        let reader = read_at(context, &noted.key).find_map(|(_, other)| other.reader.as_deref())?;
        Some((noted, reader))
    })
}
