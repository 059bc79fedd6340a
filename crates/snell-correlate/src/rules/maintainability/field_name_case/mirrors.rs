//! Properties of DTOs and answers that are called as the column, where others are called as the field.

use std::collections::BTreeMap;

use snell_project::schema::{ModelRef, SchemaId};
use snell_source::{Confidence, Diagnostic, Location};

use super::RULE;
use crate::{
    rule::Context,
    support::contracts::{bindings, members},
};

/// Properties that are shown.
const SHOWN: usize = 4;
/// Fewer properties have no convention.
const FEWEST: usize = 10;

/// What the mirrors of a schema's models call its fields.
#[derive(Default)]
struct Called {
    as_field: usize,
    as_column: Vec<(Location, String, String)>,
}

/// One finding for each schema whose mirrors mix both.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut schemas: BTreeMap<SchemaId, Called> = BTreeMap::new();
    for binding in bindings(context).iter() {
        let model: ModelRef = binding.model;
        let declared = context.project.schemas.model(model);
        for name in members::names(context, binding.mirror).unwrap_or_default() {
            let differs = |field: &&snell_prisma::Field| field.name != field.db_name;
            let called = schemas.entry(model.schema).or_default();
            if declared.field(&name).as_ref().is_some_and(differs) {
                called.as_field += 1;
            } else if let Some(field) = declared.field_of_column(&name).filter(differs) {
                let Some(property) = members::property(context, binding.mirror, &name) else {
                    continue;
                };
                let at = context.project.modules.at(property.module, property.at);
                let known = called.as_column.iter().any(|(other, ..)| *other == at);
                if !known {
                    called
                        .as_column
                        .push((at, name.to_string(), field.name.to_string()));
                }
            }
        }
    }
    let found = schemas
        .into_iter()
        .filter_map(|(id, called)| finding(context.project.schemas.get(id).path.as_str(), &called));
    found.collect()
}

fn finding(path: &str, called: &Called) -> Option<Diagnostic> {
    let all = called.as_field + called.as_column.len();
    if all < FEWEST || called.as_field <= called.as_column.len() {
        return None;
    }
    let ((at, name, field), others) = called.as_column.split_first()?;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        *at,
        format!("{} of {all} properties of types that mirror models are called as the column, the others as the field", called.as_column.len()),
    )
    .label(format!("`{name}` is the column of `{field}`"));
    for (at, name, field) in others.iter().take(SHOWN) {
        finding = finding.related(*at, format!("`{name}` is the column of `{field}`"));
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help(format!("`{field}`, as the client calls it: one name from the database's client to the front end"))
            .subject(format!("schema:{path} names:mirrors")),
    )
}
