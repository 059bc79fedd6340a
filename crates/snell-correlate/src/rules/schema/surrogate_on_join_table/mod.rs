//! An id beside a key.

use snell_prisma::{Field, Index, Value};
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::{
        asked::Asked,
        field_life::{FieldLives, field_lives},
        tables::TableModel,
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/surrogate-on-join-table",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Rows have an id that nothing asks for, and a key that is one already",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let asked = Asked::shared(context);
    let lives = field_lives(context);
    together::schemas(context)
        .iter()
        .filter_map(|tables| {
            let numbered = tables.iter().filter_map(|table| {
                let (id, key) = (surrogate(*table)?, natural(*table)?);
                let unused = is_unused(&asked, &lives, *table, id);
                (unused && lives.owned(table.model).is_none()).then_some((*table, id, key))
            });
            finding(&numbered.collect::<Vec<_>>())
        })
        .collect()
}

/// The id, when the database or the client makes it and no table refers to it.
fn surrogate(table: TableModel<'_>) -> Option<&Field> {
    let id = table
        .model
        .columns()
        .find(|field| table.model.is_id(field.id))?;
    let made = matches!(
        &id.default.as_ref()?.value,
        Value::Function { name, .. } if !matches!(name.as_str(), "now")
    );
    let mut relations = table.schema.datamodel.relations().iter();
    let referred = relations.any(|relation| {
        relation
            .foreign_key
            .as_ref()
            .is_some_and(|key| key.references.contains(&id.id))
            || relation
                .join_table
                .as_ref()
                .is_some_and(|join| join.a == table.model.id || join.b == table.model.id)
    });
    (made && !referred).then_some(id)
}

/// A unique key of required foreign keys alone: those of a table between two others, or the one
/// of a row that each row of another table has once.
fn natural(table: TableModel<'_>) -> Option<&Index> {
    let model = table.model;
    let mut uniques = model.uniques().filter(|unique| unique.condition.is_none());
    uniques.find(|unique| {
        unique.fields().is_some_and(|fields| {
            fields.iter().all(|field| {
                model.is_foreign_key(*field) && table.schema.datamodel[*field].is_required()
            })
        })
    })
}

fn is_unused(asked: &Asked, lives: &FieldLives, table: TableModel<'_>, id: &Field) -> bool {
    let model = ModelRef {
        schema: table.id,
        model: table.model.id,
    };
    let life = lives.field(FieldRef {
        schema: table.id,
        field: id.id,
    });
    lives.model(model).calls > 0
        && !asked.is_partly_unknown(model)
        && life.filtered.is_empty()
        && life.sorted.is_empty()
        && !asked
            .of_model(model)
            .any(|(ask, _)| ask.columns().contains(&id.id))
}

fn finding(numbered: &[(TableModel<'_>, &Field, &Index)]) -> Option<Diagnostic> {
    let (table, id, key) = numbered.first()?;
    let TableModel { schema, model, .. } = table;
    let places: Vec<(Location, String)> = numbered
        .iter()
        .map(|(table, id, _)| {
            (
                table.schema.field_name(id),
                format!("{}.{}", table.model.name, id.name),
            )
        })
        .collect();
    let columns = wording::columns(key);
    let (what, cure) = match key.columns.len() {
        1 => (
            "each has one row at most",
            format!("make `{columns}` the `@id`"),
        ),
        _ => (
            "is what a row is",
            format!("make it the key: `@@id([{columns}])`"),
        ),
    };
    let found = together::finding(
        &RULE.metadata,
        &places,
        match numbered.len() {
            1 => format!("no query asks for `{}.{}`", model.name, id.name),
            many => format!("{many} tables have an id that no query asks for, beside a key"),
        },
        "a column, an index and a sequence that only number rows",
    )?
    .related(schema.location(model.place(key.span)), what)
    .confidence(Confidence::Likely)
    .note("without it one index less is written with each row; where every table has an `id` by convention, that is a reason to keep it")
    .help(cure);
    Some(found.subject("schema:surrogate-keys"))
}
