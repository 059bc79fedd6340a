//! The endpoints that are judged, and what stands before them.

use rustc_hash::FxHashMap;
use snell_project::{
    endpoint::{Access, Endpoint, Given},
    module::ClassRef,
};

use crate::{
    rule::Context,
    rules::isolation::{doors, evidence::Entry, rights},
};

/// So many others are handed who is signed in before the name of an endpoint (`public`, `token`) says
/// nothing of whether anybody has to be.
const FEW: usize = 3;

/// The endpoints that a client waits for, those of tests left out.
pub(in crate::rules::isolation) fn entries<'a>(context: &Context<'a>) -> Vec<Entry<'a>> {
    let project = context.project;
    let walks = context.walks.iter();
    // Of each class, what stands before the endpoints that are handed who is signed in.
    let mut known: FxHashMap<ClassRef, Vec<&Access>> = FxHashMap::default();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        if let Some(class) = endpoint.class
            && endpoint.parameters.contains(&Given::Identity)
        {
            known.entry(class).or_default().push(&endpoint.access);
        }
    }
    let beside = |endpoint: &Endpoint| {
        let known = endpoint.class.and_then(|class| known.get(&class));
        let alike = known.map_or(0, |known| {
            let alike = known.iter().filter(|access| **access == &endpoint.access);
            alike.count()
        });
        alike >= FEW || alike > 0 && !doors::is_of_outside(endpoint)
    };
    // What stands before every endpoint at which somebody signs in limits nobody to a part of them.
    let common = rights::common(project);
    let is_limited = |endpoint: &Endpoint| {
        !endpoint
            .access
            .restricted
            .iter()
            .all(|one| common.contains(one))
    };
    walks
        .filter_map(|entered| {
            let endpoint = project.endpoints.get(entered.endpoint);
            let test = project.path_facts(endpoint.module).test;
            (endpoint.kind.is_request() && !test).then_some(Entry {
                position: entered.endpoint,
                project,
                endpoint,
                walk: &entered.walk,
                beside: beside(endpoint),
                limited: endpoint.is_limited() && is_limited(endpoint),
            })
        })
        .collect()
}
