//! An insert that leaves out a required column.

use snell_flow::raw::Reading;
use snell_prisma::{Field, Value};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Insert, Part, StatementKind, walk_statement},
    catalog::{Column, RelationKind, Table},
};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/insert-missing-required",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw insert leaves out a column that must have a value",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut inserts: Vec<&Insert> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Change(change) = part
                && let StatementKind::Insert(insert) = &change.kind
            {
                inserts.push(insert);
            }
        });
        for insert in inserts
            .into_iter()
            .filter(|insert| !insert.columns.is_empty())
        {
            of_insert(context, reading, insert, &mut findings);
        }
    }
    findings.done()
}

fn of_insert(
    context: &Context<'_>,
    reading: &Reading,
    insert: &Insert,
    findings: &mut Findings<'_, '_>,
) {
    let catalog = reading::catalog(context, reading);
    let Some(relation) = catalog.find(&insert.table) else {
        return;
    };
    let RelationKind::Table(table) = &relation.kind else {
        return;
    };
    let filled = table
        .triggers
        .iter()
        .any(|trigger| trigger.timing == "before" && trigger.events.iter().any(|e| e == "insert"));
    if filled || relation.uncertain {
        return;
    }
    let missing: Vec<&Column> = required(table)
        .filter(|column| insert.columns.iter().all(|name| name.text != column.name))
        .collect();
    let Some(first) = missing.first() else { return };
    let names: Vec<String> = missing
        .iter()
        .map(|column| format!("`{}`", column.name))
        .collect();
    let message = format!(
        "the insert into `{}` leaves out {}, which must have a value",
        relation.name,
        names.join(", ")
    );
    let schema = reading::schema(context, reading);
    let model = schema.datamodel.models_of_table(&relation.name).next();
    let field = model.and_then(|model| model.field_of_column(&first.name));
    findings.tell(reading, insert.table.span(), message, |mut one| {
        one = one.label("every row is refused (23502)");
        if let Some(at) = reading::origin(context, reading, relation.id, Some(first.number)) {
            one = one.related(at, "required, and the database has no default for it");
        }
        if let Some(why) = field.and_then(set_by_client) {
            one = one.note(why);
        }
        let kept = field.filter(|field| field.updated_at.is_some());
        one.help(match (kept, missing.len()) {
            (Some(_), 1) => format!("add `{}` with `now()`", reading::quoted(&first.name)),
            (None, 1) => "add the column, or give it a default in the database".to_owned(),
            _ => "add all of these columns, or give them defaults in the database".to_owned(),
        })
    });
}

/// Columns that an insert must name.
fn required(table: &Table) -> impl Iterator<Item = &Column> {
    table.columns.iter().filter(|column| {
        column.not_null
            && !column.uncertain
            && column.default.is_none()
            && column.identity.is_none()
            && column.generated.is_none()
            && column.sequence.is_none()
    })
}

/// What Prisma's client does for a field, and nobody does in SQL.
fn set_by_client(field: &Field) -> Option<String> {
    if field.updated_at.is_some() {
        return Some(format!(
            "`@updatedAt` of `{}` is set by Prisma's client, not by the database",
            field.name
        ));
    }
    match &field.default.as_ref()?.value {
        Value::Function { name, .. }
            if matches!(name.as_str(), "cuid" | "uuid" | "nanoid" | "ulid") =>
        {
            Some(format!(
                "`@default({name}())` of `{}` is made by Prisma's client, not by the database",
                field.name
            ))
        }
        _ => None,
    }
}
