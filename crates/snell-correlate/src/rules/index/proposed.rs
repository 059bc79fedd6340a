//! What findings say of a proposed index.

use snell_project::schema::Schema;
use snell_source::{Diagnostic, DiagnosticBuilder, RuleMetadata, Severity};

use super::advisor::{Advice, Lack, Proposal};
use crate::{
    rule::Context,
    support::{asked::Sort, callers::Callers, growth::Growth, wording},
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
    let mut places = proposal.serves.iter().flat_map(|one| &one.uses);
    let first = places.next()?;
    let mut found = Diagnostic::at(rule, first.at, message).label(label);
    let rest: Vec<_> = places.collect();
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
    let mut calls = proposal
        .serves
        .iter()
        .flat_map(|one| &one.uses)
        .filter_map(|place| place.call);
    let asked_by_people = calls.any(|call| callers.is_requested_by_people(call));
    if !asked_by_people {
        let why = "no request of a user is known to run it";
        found = found.lowered(Severity::Low, why);
    }
    let found = found
        .help(format!(
            "add `@@index([{}])` to `{}`",
            prisma(schema, &proposal.columns),
            model.name
        ))
        .help(format!(
            "on a table in use: `CREATE INDEX CONCURRENTLY ON {} ({});`, alone in its migration",
            table(model),
            sql(schema, &proposal.columns)
        ));
    Some(found)
}

fn table(model: &snell_prisma::Model) -> String {
    match &model.schema {
        Some(schema) => format!("\"{}\".\"{}\"", schema.name, model.db_name),
        None => format!("\"{}\"", model.db_name),
    }
}

/// The columns as `@@index` takes them. Prisma cannot say where NULLs go.
pub(super) fn prisma(schema: &Schema, columns: &[Sort]) -> String {
    let columns = columns.iter().map(|sort| {
        let name = &schema.datamodel[sort.field].name;
        match sort.descending {
            true => format!("{name}(sort: Desc)"),
            false => name.to_string(),
        }
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// The columns as `CREATE INDEX` takes them.
pub(super) fn sql(schema: &Schema, columns: &[Sort]) -> String {
    let columns = columns.iter().map(|sort| {
        let field = &schema.datamodel[sort.field];
        let direction = if sort.descending { " DESC" } else { "" };
        let nulls = match (sort.nulls_first == sort.descending, sort.nulls_first) {
            (true, _) => "",
            (false, true) => " NULLS FIRST",
            (false, false) => " NULLS LAST",
        };
        format!("\"{}\"{direction}{nulls}", field.db_name)
    });
    columns.collect::<Vec<_>>().join(", ")
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
    wording::subject(model, &prisma(schema, &proposal.columns))
}

/// The proposals that a rule tells: those whose first query lacks this.
pub(super) fn lacking(advice: &Advice, lack: Lack) -> impl Iterator<Item = &Proposal> {
    let proposals = advice.proposals.iter();
    proposals.filter(move |proposal| proposal.serves.first().is_some_and(|one| one.lack == lack))
}
