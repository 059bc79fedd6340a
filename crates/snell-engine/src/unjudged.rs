//! What the rules about whose rows are reached could say nothing of: no
//! endpoint was found, or a guard may have looked at anything.

use std::collections::BTreeMap;

use snell_project::{Project, endpoint::Endpoint};
use snell_report::{Counts, Notice, NoticeKind};

/// A guard before fewer endpoints than this is not worth a word.
const MANY: usize = 10;

/// Notices for the whole run.
pub(crate) fn notices(project: &Project, counts: &Counts) -> Vec<Notice> {
    let requests: Vec<&Endpoint> = project
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.kind.is_request())
        .filter(|endpoint| !project.path_facts(endpoint.module).test)
        .collect();
    if requests.is_empty() {
        let message = format!(
            "no endpoint was found, so nothing is said of whose rows {} queries reach: controllers and resolvers of NestJS, routes and actions of Next.js and procedures of tRPC are known",
            counts.owned_queries
        );
        return (counts.owned_queries > MANY)
            .then(|| notice(message))
            .into_iter()
            .collect();
    }
    let mut silenced: BTreeMap<&str, usize> = BTreeMap::new();
    for endpoint in requests {
        if let [only] = endpoint.access.unknown.as_slice() {
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
                "{name} may look at anything that is asked for: whose rows {endpoints} endpoints reach was not judged"
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
