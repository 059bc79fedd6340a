//! What a finding touches in this project: the endpoints that come to its places.

use std::collections::{BTreeMap, BTreeSet};

use snell_source::Sources;

use super::Audit;
use crate::{Finding, render::place::Place};

/// Endpoints that are named; more are counted.
const SHOWN: usize = 2;

/// The places of an audit, by file and line.
pub(super) struct Touched<'a> {
    /// The endpoints that come to a query.
    endpoints: BTreeMap<(&'a str, u32), BTreeSet<&'a str>>,
}

impl<'a> Touched<'a> {
    pub(super) fn of(audit: &'a Audit) -> Self {
        let mut touched = Touched {
            endpoints: BTreeMap::new(),
        };
        for query in &audit.queries {
            let at = (query.spot.file.as_str(), query.spot.line);
            let ways = query.ways.iter().map(|way| way.endpoint.as_str());
            touched.endpoints.entry(at).or_default().extend(ways);
        }
        touched
    }

    /// `GET /messages/:id` and 2 more endpoints come here
    ///
    /// The first place alone counts: the others show why it is a finding.
    pub(super) fn words(&self, finding: &Finding, sources: &Sources) -> Option<String> {
        let place = Place::of(sources, finding.diagnostic.primary().at);
        let at = (place.file, place.line);
        let mut parts = Vec::new();
        if let Some(endpoints) = self.endpoints.get(&at).filter(|all| !all.is_empty()) {
            let named: Vec<String> = endpoints
                .iter()
                .take(SHOWN)
                .map(|endpoint| format!("`{endpoint}`"))
                .collect();
            parts.push(match endpoints.len() {
                1 => format!("{} comes here", named[0]),
                n if n <= SHOWN => format!("{} come here", named.join(" and ")),
                n if n == SHOWN + 1 => {
                    format!("{} and 1 more endpoint come here", named.join(", "))
                }
                n => format!(
                    "{} and {} more endpoints come here",
                    named.join(", "),
                    n - SHOWN
                ),
            });
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
