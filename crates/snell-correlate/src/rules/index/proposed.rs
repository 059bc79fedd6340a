//! What findings say of a proposed index.

use snell_prisma::Model;
use snell_project::{client::Operation, schema::Schema};
use snell_source::{Diagnostic, DiagnosticBuilder, RuleMetadata, Severity};

use super::fixes;
use crate::{
    rule::Context,
    support::{
        advice::{Proposal, text},
        asked::Use,
        callers::Callers,
        growth::Growth,
        indexes::TableIndex,
        wording,
    },
};

/// Places that a finding names beside its own.
const MOST_PLACES: usize = 4;

/// A finding at the query that needs the index most.
pub(super) fn finding(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    proposal: &Proposal,
    message: String,
    label: &str,
) -> Option<DiagnosticBuilder> {
    let schema = context.project.schemas.get(proposal.model.schema);
    let model = context.project.schemas.model(proposal.model);
    let places = proposal.places();
    let (first, rest) = places.split_first()?;
    let mut found = Diagnostic::at(rule, first.at, message).label(label);
    for place in rest.iter().take(MOST_PLACES) {
        found = found.related(place.at, "served by the same index");
    }
    if rest.len() > MOST_PLACES {
        found = found.note(format!(
            "{} more places are served by the same index",
            rest.len() - MOST_PLACES
        ));
    }
    let grows = match proposal.grown.growth {
        Growth::AppendOnly => "grows with use, and nothing takes its rows away one by one",
        _ => "grows with use",
    };
    found = found.related(schema.model_name(model), grows);
    if let Some(made_at) = proposal.grown.made_at {
        found = found.related(made_at, "the application adds rows here");
    }
    let callers = Callers::shared(context);
    let mut calls = places.iter().filter_map(|place| place.call);
    let asked_by_people = calls.any(|call| callers.is_requested_by_people(call));
    if !asked_by_people {
        let why = "no request of a user is known to run it";
        found = found.lowered(Severity::Low, why);
    }
    if only_deleted(context, &places) {
        let why = "only the deletion of what they belong to asks for them";
        found = found.lowered(Severity::Low, why);
    }
    Some(with_help(context, found, (schema, model), proposal))
}

/// Whether all places that ask take away whatever they find.
fn only_deleted(context: &Context<'_>, places: &[Use]) -> bool {
    places.iter().all(|place| {
        let call = place.call.map(|call| context.project.calls.get(call));
        call.is_some_and(|call| call.operation == Operation::DeleteMany)
    })
}

/// A finding at an index that a proposal takes the place of, with its queries; `fault` is what
/// the index does, after its name and its model's.
pub(super) fn at_index(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    (proposal, index): (&Proposal, &TableIndex),
    fault: &str,
    label: impl Into<String>,
) -> Diagnostic {
    let schema = context.project.schemas.get(proposal.model.schema);
    let model = context.project.schemas.model(proposal.model);
    let places = proposal.places();
    let message = format!("`{}` on `{}` {fault}", index.name, model.name);
    let mut found = Diagnostic::at(rule, index.at, message).label(label);
    for place in places.iter().take(MOST_PLACES) {
        found = found.related(place.at, "asks for the rows");
    }
    if places.len() > MOST_PLACES {
        found = found.note(format!("{} more places ask", places.len() - MOST_PLACES));
    }
    if let Some(made_at) = proposal.grown.made_at {
        found = found.related(made_at, "the application adds rows here");
    }
    let columns: Vec<_> = index.fields().collect();
    let columns = wording::fields(&schema.datamodel, &columns);
    with_help(context, found, (schema, model), proposal).subject(wording::subject(model, &columns))
}

/// The index to declare, how to build it, and what goes then.
pub(super) fn with_help(
    context: &Context<'_>,
    found: DiagnosticBuilder,
    (schema, model): (&Schema, &Model),
    proposal: &Proposal,
) -> DiagnosticBuilder {
    let columns = &proposal.columns;
    let mut found = match text::is_declarable(columns) {
        true => found.help(format!(
            "add `@@index([{}])` to `{}`",
            text::prisma(schema, columns),
            model.name
        )),
        // Prisma compares columns and directions, and warns of other places of NULLs alone:
        // https://github.com/prisma/prisma-engines/pull/3849
        false => found.help(format!(
            "declare `@@index([{}])` in `{}`, and write where NULLs stand into the SQL of its migration, which Prisma cannot say and does not compare; or sort by a column that is never NULL",
            text::prisma(schema, columns),
            model.name
        )),
    };
    found = found.help(format!(
        "on a table in use: `{}`, alone in its migration",
        text::statement(schema, model, columns)
    ));
    let replaced = proposal.replaces.iter();
    let replaced: Vec<String> = replaced
        .map(|one| format!("`{}`", one.index.name))
        .collect();
    if !replaced.is_empty() {
        found = found.help(format!(
            "{} can go then: the new index does what {} for",
            wording::and(&replaced),
            if replaced.len() == 1 {
                "it is"
            } else {
                "they are"
            }
        ));
    }
    match fixes::create(context, schema, model, columns) {
        Some(fix) => found.fix(fix),
        None => found,
    }
}

/// The columns that the first query of a proposal fixes, as a sentence has them.
pub(super) fn fixed(schema: &Schema, proposal: &Proposal) -> String {
    let Some(first) = proposal.serves.first() else {
        return String::new();
    };
    let names = proposal
        .columns
        .iter()
        .filter(|sort| first.ask.fixes(sort.field));
    let names: Vec<String> = names
        .map(|sort| format!("`{}`", schema.datamodel[sort.field].name))
        .collect();
    wording::and(&names)
}

/// The subject of a finding about a proposal.
pub(super) fn subject(context: &Context<'_>, proposal: &Proposal) -> String {
    let schema = context.project.schemas.get(proposal.model.schema);
    let model = context.project.schemas.model(proposal.model);
    wording::subject(model, &text::prisma(schema, &proposal.columns))
}
