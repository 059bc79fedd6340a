//! Models whose vectors do not fit the column, or one another.

use snell_project::client::CallId;
use snell_source::{Confidence, Diagnostic, Location};

use super::RULE;
use crate::{
    rule::Context,
    rules::{
        raw_sql::reading,
        vector::embeddings::{self, Column, Use},
    },
};

/// All that is wrong between calls of models and the columns that they lead to.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let uses = embeddings::uses(context);
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut told = Vec::new();
    for one in &uses {
        let (Some(given), Some(length)) = (one.source.dimensions, one.length) else {
            continue;
        };
        if given != length && !told.contains(&(one.source.at, one.column)) {
            told.push((one.source.at, one.column));
            found.push(misfit(context, one, given, length));
        }
    }
    for (n, one) in uses.iter().enumerate() {
        let other = uses[..n]
            .iter()
            .find(|other| other.column == one.column && other.source.model != one.source.model);
        if let Some(other) = other
            && !told.contains(&(one.source.at, one.column))
            && !told.contains(&(other.source.at, other.column))
        {
            told.push((one.source.at, one.column));
            found.push(two_models(context, other, one));
        }
    }
    found
}

fn misfit(context: &Context<'_>, one: &Use, given: u32, length: u32) -> Diagnostic {
    let source = &one.source;
    let at = source.asked_at.unwrap_or(source.model_at);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "`{}` gives vectors of {given} dimensions, and the column has {length}",
            source.model
        ),
    )
    .label(match one.writes {
        true => "storing one fails (22000), when the first row comes",
        false => "comparing with one fails (22000), when a row is there",
    })
    .related(query_at(context, one.call), "the vector gets here");
    if let Some(column) = declared(context, one.call, one.column) {
        found = found.related(column, format!("{length} dimensions"));
    }
    found
        .confidence(Confidence::Likely)
        .help("ask the model for as many dimensions as the column has, or change the column in a migration that makes all embeddings anew")
        .subject(format!("embedding:{} {given} {length}", source.model))
}

fn two_models(context: &Context<'_>, first: &Use, second: &Use) -> Diagnostic {
    let does = |one: &Use| match one.writes {
        true => "fills the column",
        false => "searches in it",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        second.source.model_at,
        format!(
            "`{}` and `{}` make vectors for one column",
            first.source.model, second.source.model
        ),
    )
    .label(format!(
        "{}: distances to the others mean nothing",
        does(second)
    ))
    .related(first.source.model_at, format!("this model {}", does(first)))
    .related(query_at(context, second.call), "the vector gets here");
    if let Some(column) = declared(context, second.call, second.column) {
        found = found.related(column, "vectors of two models in one column");
    }
    found
        .confidence(Confidence::Likely)
        .help("use one model for a column, named in one constant; to change it, make all embeddings anew")
        .subject(format!(
            "embedding:{} {}",
            first.source.model, second.source.model
        ))
}

fn query_at(context: &Context<'_>, call: CallId) -> Location {
    let call = context.project.calls.get(call);
    context.project.modules.at(call.module, call.name.span)
}

fn declared(context: &Context<'_>, call: CallId, column: Column) -> Option<Location> {
    let reading = context.readings.of(call).first()?;
    reading::origin(context, reading, column.table, Some(column.number))
}
