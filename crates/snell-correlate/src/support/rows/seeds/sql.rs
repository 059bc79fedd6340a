//! Rows that SQL makes: raw queries of seeds, and SQL files.

use snell_flow::raw::Reading;
use snell_prisma::{Datamodel, Model};
use snell_project::schema::SchemaId;
use snell_source::{Location, Span};
use snell_sql::ast::{
    Expr, ExprKind, Insert, ObjectName, Part, QueryBody, StatementKind, walk_statement,
};

use super::{Creation, Guard, SchemaSeeds, Seeds};
use crate::rule::Context;

/// Adds what the statements of SQL files that are seeds make.
pub(super) fn scripts(context: &Context<'_>, seeds: &mut Seeds) {
    for script in &context.project.beside.seeds {
        let path = &context.sources.file(script.file).path;
        let Some(schema) = context.project.schemas.nearest(path.as_str()) else {
            continue;
        };
        let datamodel = &context.project.schemas.get(schema).datamodel;
        let own = &mut seeds.schemas[schema.0 as usize];
        own.scripts.push(script.file);
        for statement in &script.parse.statements {
            let at = |span: Span| Location::new(script.file, span);
            add(datamodel, own, &statement.kind, at, None);
            walk_statement(statement, &mut |part| {
                if let Part::Change(change) = part
                    && !std::ptr::eq(change, statement)
                {
                    add(datamodel, own, &change.kind, at, None);
                }
            });
        }
    }
}

/// Adds what a raw query of a seed does.
pub(super) fn raw(
    context: &Context<'_>,
    own: &mut SchemaSeeds,
    schema: SchemaId,
    reading: &Reading,
    guard: Guard,
) {
    let datamodel = &context.project.schemas.get(schema).datamodel;
    let Some(statement) = reading.statement() else {
        // A text that is put together at run time: it may well empty all tables.
        own.open = true;
        return;
    };
    let at = |span: Span| reading.place(context.project, span);
    add(datamodel, own, &statement.kind, at, Some(guard));
    walk_statement(statement, &mut |part| {
        if let Part::Change(change) = part
            && !std::ptr::eq(change, statement)
        {
            add(datamodel, own, &change.kind, at, Some(guard));
        }
    });
    if matches!(
        &statement.kind,
        StatementKind::Do(_) | StatementKind::Other(_)
    ) {
        own.open = true;
    }
}

fn add(
    datamodel: &Datamodel,
    own: &mut SchemaSeeds,
    statement: &StatementKind,
    at: impl Fn(Span) -> Location,
    guard: Option<Guard>,
) {
    let mut clear = |table: &ObjectName| {
        own.clears.push(at(table.span()));
        if let Some(model) = model(datamodel, table) {
            own.cleared.insert(model.id);
        }
    };
    match statement {
        StatementKind::Truncate(tables) => tables.iter().for_each(clear),
        StatementKind::Delete(delete) => clear(&delete.table),
        StatementKind::Insert(insert) => {
            let place = at(insert.table.span());
            rows(datamodel, own, insert, place, &at, guard);
        }
        _ => {}
    }
}

/// The rows of an insert.
fn rows(
    datamodel: &Datamodel,
    own: &mut SchemaSeeds,
    insert: &Insert,
    place: Location,
    at: &impl Fn(Span) -> Location,
    guard: Option<Guard>,
) {
    let Some(model) = model(datamodel, &insert.table) else {
        return;
    };
    let body = insert.source.as_ref().map(|query| &query.body);
    let written: &[Vec<Expr>] = match body {
        Some(QueryBody::Values(rows)) => rows,
        _ => &[],
    };
    let seeded = own.model_mut(model.id);
    seeded.places.push(place);
    seeded.rows += written.len();
    seeded.many |= written.is_empty();
    seeded.open |= written.is_empty() || insert.columns.is_empty();
    for row in written {
        for (column, value) in insert.columns.iter().zip(row) {
            let Some(field) = model.field_of_column(&column.text) else {
                continue;
            };
            let filled = seeded.fields.entry(field.id).or_default();
            filled.places.push(at(value.span));
            match constant(value) {
                Some(Some(text)) => {
                    filled.values.insert(text);
                }
                Some(None) => filled.null = true,
                None => filled.open = true,
            }
            for (relation, key) in datamodel.foreign_keys_of(model.id) {
                if key.columns.contains(&field.id) && constant(value) != Some(None) {
                    seeded.relations.insert(relation.id);
                }
            }
        }
    }
    let keys = model.unique_criteria().find(|key| {
        key.columns.iter().all(|column| {
            let field = column.field.map(|id| &model.fields[id.index()]);
            field.is_some_and(|field| insert.columns.iter().any(|own| own.text == field.db_name))
        })
    });
    let guard = match guard {
        _ if insert.conflict.is_some() => Guard::Statement,
        // `INSERT ... SELECT ... WHERE NOT EXISTS`
        _ if written.is_empty() => Guard::Unknown,
        Some(guard) => guard,
        None => Guard::None,
    };
    own.creations.push(Creation {
        model: model.id,
        at: place,
        guard,
        key: keys.map(|key| crate::support::wording::columns(key).into()),
    });
}

/// A constant as text; nothing for NULL.
fn constant(value: &Expr) -> Option<Option<smol_str::SmolStr>> {
    match &value.kind {
        ExprKind::Null => Some(None),
        ExprKind::Bool(value) => Some(Some(if *value { "true" } else { "false" }.into())),
        ExprKind::Integer(text) | ExprKind::Decimal(text) | ExprKind::String(text) => {
            Some(Some(text.clone()))
        }
        ExprKind::Cast(value, _) => constant(value),
        _ => None,
    }
}

fn model<'d>(datamodel: &'d Datamodel, table: &ObjectName) -> Option<&'d Model> {
    datamodel.models_of_table(&table.name.text).next()
}
