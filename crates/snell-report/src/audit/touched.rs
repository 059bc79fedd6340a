//! What a finding touches in this project: the endpoints that come to its places, and how the
//! tables grow that it is about.

use std::collections::{BTreeMap, BTreeSet};

use snell_source::Sources;

use super::{Audit, Model};
use crate::{Finding, render::place::Place};

/// Endpoints that are named; more are counted.
const SHOWN: usize = 2;

/// The places of an audit, by file and line.
pub(super) struct Touched<'a> {
    /// The endpoints that come to a query.
    endpoints: BTreeMap<(&'a str, u32), BTreeSet<&'a str>>,
    /// The model of a query.
    asked: BTreeMap<(&'a str, u32), &'a str>,
    /// The models of a file, by the line at which they begin.
    declared: BTreeMap<&'a str, BTreeMap<u32, &'a Model>>,
    /// How the rows of each model come to be, in the words of part 6.
    growth: BTreeMap<&'a str, &'a str>,
}

impl<'a> Touched<'a> {
    pub(super) fn of(audit: &'a Audit) -> Self {
        let mut touched = Touched {
            endpoints: BTreeMap::new(),
            asked: BTreeMap::new(),
            declared: BTreeMap::new(),
            growth: BTreeMap::new(),
        };
        for query in &audit.queries {
            let at = (query.spot.file.as_str(), query.spot.line);
            let ways = query.ways.iter().map(|way| way.endpoint.as_str());
            touched.endpoints.entry(at).or_default().extend(ways);
            if let Some(model) = &query.model {
                touched.asked.insert(at, model);
            }
        }
        for model in &audit.models {
            let own = touched.declared.entry(&model.spot.file).or_default();
            own.insert(model.spot.line, model);
        }
        for life in &audit.lives {
            touched.growth.insert(&life.model, &life.growth);
        }
        touched
    }

    /// `GET /messages/:id` and 2 more endpoints come here; `Message` grows with use (append-only)
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
        let model = self.asked.get(&at).copied();
        if let Some(model) = model.or_else(|| self.declaring(at))
            && let Some(growth @ ("append-only" | "by action")) = self.growth.get(model).copied()
        {
            parts.push(format!("`{model}` grows with use ({growth})"));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// The model whose declaration has a line.
    fn declaring(&self, (file, line): (&str, u32)) -> Option<&'a str> {
        let models = self.declared.get(file)?;
        let (_, model) = models.range(..=line).next_back()?;
        Some(&model.name)
    }
}
