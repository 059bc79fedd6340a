//! `snell facts contracts`: which types of the code mirror which models, and how that is known.

use serde::Serialize;

use super::place::Place;
use crate::Analysis;

/// One mirror; the position is that of its name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// `class`, `interface`, `alias`, `zod`, `inline`
    pub kind: &'static str,
    /// What it is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The model that it mirrors.
    pub model: String,
    /// Where the model is declared.
    pub declared: Place<'a>,
    /// How that is known.
    pub evidence: &'static str,
    /// What shows it.
    pub because: Place<'a>,
    /// Its properties, each with the field that it stands for.
    pub properties: Option<Vec<Property>>,
}

/// A property.
#[derive(Debug, Serialize)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// The model's field.
    pub field: Option<String>,
}

/// All mirrors, in the order of files and places.
#[must_use]
pub fn contracts(analysis: &Analysis) -> Vec<Contract<'_>> {
    contracts_of(analysis, analysis.within(snell_correlate::contracts))
}

/// The same of mirrors that were found already.
pub(crate) fn contracts_of(
    analysis: &Analysis,
    found: Vec<snell_correlate::Contract>,
) -> Vec<Contract<'_>> {
    let mut found: Vec<Contract<'_>> = found
        .into_iter()
        .map(|one| Contract {
            place: Place::of(analysis, one.at),
            kind: one.kind,
            name: one.name,
            model: one.model,
            declared: Place::of(analysis, one.declared),
            evidence: one.evidence,
            because: Place::of(analysis, one.because),
            properties: one.properties.map(|properties| {
                let properties = properties.into_iter();
                let properties = properties.map(|property| Property {
                    name: property.name,
                    field: property.field,
                });
                properties.collect()
            }),
        })
        .collect();
    found.sort_by(|a, b| a.place.cmp(&b.place));
    found
}
