//! What the rules about whose rows are reached could say nothing of: no
//! endpoint was found, or a guard may have looked at anything.

use std::collections::BTreeMap;

use snell_flow::scope::EndpointPaths;
use snell_project::{Project, endpoint::Endpoint, ownership::Ownership};
use snell_report::{Counts, Notice, NoticeKind};

/// A guard before fewer endpoints than this is not worth a word.
const MANY: usize = 10;

/// Notices for the whole run.
pub(crate) fn notices(project: &Project, ways: &[EndpointPaths], counts: &Counts) -> Vec<Notice> {
    let is_request = |endpoint: &Endpoint| {
        endpoint.kind.is_request() && !project.path_facts(endpoint.module).test
    };
    if !project.endpoints.iter().any(is_request) {
        let message = format!(
            "no endpoint was found, so nothing is said of whose rows {} queries reach: controllers and resolvers of NestJS, routes and actions of Next.js and procedures of tRPC are known",
            counts.owned_queries
        );
        return (counts.owned_queries > MANY)
            .then(|| notice(message))
            .into_iter()
            .collect();
    }
    if counts.blind && counts.owned_queries > 0 {
        let message = format!(
            "no endpoint was found to reach a query, so nothing is said of whose rows {} queries reach: what stands between could not be followed (a container that hands out what is not known here, a bus, another service)",
            counts.owned_queries
        );
        return vec![notice(message)];
    }
    let is_owned = |call| {
        let model = project.calls.get(call).model();
        model.is_some_and(|model| matches!(project.owners.of(model), Ownership::Owned(_)))
    };
    let mut silenced: BTreeMap<&str, usize> = BTreeMap::new();
    for way in ways {
        let endpoint = project.endpoints.get(way.endpoint);
        // One that reaches nobody's rows leaves nothing to judge.
        if is_request(endpoint)
            && let [only] = endpoint.access.unknown.as_slice()
            && way.queries.iter().any(|(call, _)| is_owned(*call))
        {
            *silenced.entry(only).or_default() += 1;
        }
    }
    silenced
        .into_iter()
        .filter(|(_, endpoints)| *endpoints > MANY)
        .map(|(name, endpoints)| {
            // `the action itself` is no name.
            let name = match name.contains(' ') {
                true => name.to_owned(),
                false => format!("`{name}`"),
            };
            notice(format!(
                "{name} cannot be followed and may check anything: whose rows the {endpoints} endpoints behind it reach was not judged"
            ))
        })
        .collect()
}

fn notice(message: String) -> Notice {
    Notice {
        kind: NoticeKind::NotJudged,
        path: None,
        message,
    }
}
