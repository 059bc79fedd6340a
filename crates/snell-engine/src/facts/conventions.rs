//! `snell facts conventions`: what most parts of the project have in common.

use serde::Serialize;
use snell_correlate::conventions as infer;

use super::place::Place;
use crate::Analysis;

/// One convention of one schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConventionOf<'a> {
    /// The schema's path.
    pub schema: &'a str,
    /// What it is about.
    pub about: &'static str,
    /// What most have in common.
    pub is: String,
    /// How many have it.
    pub holds: usize,
    /// Of how many.
    pub of: usize,
    /// Whether the configuration declares it.
    pub declared: bool,
    /// Some that have it.
    pub shown: Vec<Place<'a>>,
    /// The others.
    pub departures: Vec<DepartureOf<'a>>,
}

/// A part that is not as most are.
#[derive(Debug, Serialize)]
pub struct DepartureOf<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// What it is called.
    pub name: String,
    /// What it has instead.
    pub is: String,
}

/// All conventions, in the order of the schemas.
#[must_use]
pub fn conventions(analysis: &Analysis) -> Vec<ConventionOf<'_>> {
    let found = analysis.within(infer);
    let mut documents = Vec::new();
    for own in found.iter() {
        let schema = analysis.project.schemas.get(own.schema);
        for pattern in &own.patterns {
            let shown = pattern.shown.iter();
            documents.push(ConventionOf {
                schema: schema.path.as_str(),
                about: pattern.about.as_str(),
                is: pattern.is.to_string(),
                holds: pattern.holds,
                of: pattern.of,
                declared: pattern.declared,
                shown: shown.map(|at| Place::of(analysis, *at)).collect(),
                departures: pattern
                    .departures
                    .iter()
                    .map(|departure| DepartureOf {
                        place: Place::of(analysis, departure.at),
                        name: departure.name.to_string(),
                        is: departure.is.to_string(),
                    })
                    .collect(),
            });
        }
    }
    documents
}
