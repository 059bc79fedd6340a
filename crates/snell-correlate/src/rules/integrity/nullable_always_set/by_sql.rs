//! A column that the client does not know, and that every statement which makes a row fills.

use snell_flow::raw::Reading;
use snell_prisma::{Field, Model};
use snell_project::{
    client::Operation,
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, Location};
use snell_sql::ast::{Expr, ExprKind, Insert, QueryBody, StatementKind};

use super::SHOWN;
use crate::{
    functions,
    rule::Context,
    support::{certain, field_life::field_lives, queries, wording},
};

/// A finding, when the application makes rows by SQL alone, each with a value for the column, and
/// no statement takes it away.
pub(super) fn finding(
    context: &Context<'_>,
    (id, schema, model): (ModelRef, &Schema, &Model),
    field: &Field,
) -> Option<Diagnostic> {
    let by_client = field_lives(context).model(id);
    if !field.is_optional() || by_client.rows > 0 || by_client.open {
        return None;
    }
    // A change of the text may take its vector away, until a new one is made.
    let changes = |query: &queries::ModelQuery<'_>| {
        matches!(
            query.call.operation,
            Operation::Update | Operation::UpdateMany | Operation::Upsert
        )
    };
    if field.vector().is_some() && queries::of_model(context, id).iter().any(changes) {
        return None;
    }
    let mut places: Vec<Location> = Vec::new();
    for reading in context
        .readings
        .iter()
        .filter(|one| one.schema == id.schema)
    {
        let (Some(call), Some(statement)) = (reading.call, reading.statement()) else {
            continue;
        };
        let module = context.project.calls.get(call).module;
        if !functions::is_application(context.project, module) {
            continue;
        }
        match &statement.kind {
            StatementKind::Insert(insert) if insert.table.name.text == model.db_name => {
                if !gives(context, reading, insert, field) {
                    return None;
                }
                places.push(reading.method(context.project));
            }
            // What is set later may be anything.
            StatementKind::Update(update) if update.table.name.text == model.db_name => {
                let mut columns = update.assignments.iter().flat_map(|one| &one.columns);
                if columns.any(|name| name.text == field.db_name) {
                    return None;
                }
            }
            _ => {}
        }
    }
    if places.is_empty() {
        return None;
    }
    let name = format!("{}.{}", model.name, field.name);
    let mut finding = Diagnostic::at(
        &super::RULE.metadata,
        schema.field_type(field),
        format!("`{name}` may be NULL, and every statement that makes a row gives it a value"),
    )
    .label("a row without one is found by no search, and nothing makes such a row");
    for at in places.iter().take(SHOWN) {
        finding = finding.related(*at, "makes rows, each with one");
    }
    if field.vector().is_some() {
        // `vector/embedding-stale` names NULL as one of its two cures.
        finding = finding.note(
            "where a change of the text is to take its vector away until a new one is made, NULL says so: keep it then",
        );
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help(format!(
                "ALTER TABLE \"{}\" ALTER COLUMN \"{}\" SET NOT NULL, after the rows without one are filled or gone; required, it takes `create` from the client, which nothing calls here",
                model.db_name, field.db_name
            ))
            .subject(wording::subject(model, &field.name)),
    )
}

/// Whether each row of a statement has a value for the column that is surely there.
fn gives(context: &Context<'_>, reading: &Reading, insert: &Insert, field: &Field) -> bool {
    let mut columns = insert.columns.iter();
    let Some(place) = columns.position(|name| name.text == field.db_name) else {
        return false;
    };
    let Some(query) = &insert.source else {
        return false;
    };
    let QueryBody::Values(rows) = &query.body else {
        return false;
    };
    !rows.is_empty()
        && rows.iter().all(|row| {
            row.get(place)
                .is_some_and(|value| is_set(context, reading, value))
        })
}

fn is_set(context: &Context<'_>, reading: &Reading, value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Cast(inner, _) => is_set(context, reading, inner),
        ExprKind::Parameter(number) => {
            let parameter = reading.text.parameters.get(*number as usize - 1);
            parameter.is_some_and(|one| certain::is_set(context, &one.value))
        }
        _ => false,
    }
}
