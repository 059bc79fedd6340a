//! A reference to one of several tables.

use snell_prisma::{Field, Model, ScalarType};
use snell_project::{names::plain, schema::FieldRef};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::words;
use crate::{
    rule::{Context, Rule},
    support::{
        tables::{self, TableModel},
        value_sets, wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/polymorphic-reference",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A column refers to one of several tables, and the database checks none",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

/// Last words of the column that says which table is meant.
const KINDS: [&str; 5] = ["type", "kind", "model", "entity", "table"];

/// What such references are called when no list of the tables is known.
const CALLED: [&str; 10] = [
    "entity",
    "resource",
    "target",
    "subject",
    "object",
    "record",
    "parent",
    "reference",
    "referenced",
    "related",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            let ids = table
                .model
                .columns()
                .filter(move |field| is_free_id(table.model, field));
            ids.filter_map(move |id| finding(context, table, id))
        })
        .collect()
}

/// A scalar that is called an id and that no foreign key holds.
fn is_free_id(model: &Model, field: &Field) -> bool {
    let words = words::of(&field.name);
    matches!(
        field.scalar(),
        Some(ScalarType::String | ScalarType::Int | ScalarType::BigInt)
    ) && words.len() > 1
        && words.last().is_some_and(|last| last == "id")
        && !model.is_foreign_key(field.id)
        && !field.is_list()
}

fn finding(context: &Context<'_>, table: TableModel<'_>, id: &Field) -> Option<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    // A log outlives what it speaks of: it may not refer to it.
    if words::is_record(&model.name) {
        return None;
    }
    let mut stem = words::of(&id.name);
    stem.pop();
    let kind = model.columns().find(|field| {
        let words = words::of(&field.name);
        let [before @ .., last] = words.as_slice() else {
            return false;
        };
        let scalar = field.scalar() == Some(ScalarType::String) || field.enumeration().is_some();
        scalar && before == stem.as_slice() && KINDS.contains(&last.as_str())
    })?;
    let meant = meant(context, table, kind);
    let called = stem.last().is_some_and(|last| {
        CALLED.contains(&last.as_str()) || last.len() > 5 && last.ends_with("able")
    });
    if meant.len() < 2 && !called {
        return None;
    }
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(id),
        format!("`{}.{}` refers to one of several tables", model.name, id.name),
    )
    .label("no foreign key: it may name a row that never was, or is gone")
    .related(schema.field_name(kind), "says which table is meant")
    .help("a nullable foreign key for each table and a check that one of them is set, or a table of its own for each kind");
    for other in &meant {
        found = found.related(schema.model_name(other), "one of them");
    }
    if meant.len() < 2 {
        found = found.confidence(Confidence::Possible);
    }
    Some(found.subject(wording::subject(model, &id.name)))
}

/// The models whose names the kinds are, as far as an enum, a check or a comment lists them.
fn meant<'a>(context: &Context<'_>, table: TableModel<'a>, kind: &Field) -> Vec<&'a Model> {
    let column = FieldRef {
        schema: table.id,
        field: kind.id,
    };
    let sets = value_sets::value_sets(context);
    let lists = sets
        .authorities
        .iter()
        .filter(|set| set.fields.contains(&column));
    let kinds: Vec<_> = lists
        .flat_map(|set| &set.members)
        .map(|member| plain(&member.name))
        .collect();
    let models = table.schema.datamodel.models().iter();
    models
        .filter(|other| other.id != table.model.id && kinds.contains(&plain(&other.name)))
        .collect()
}
