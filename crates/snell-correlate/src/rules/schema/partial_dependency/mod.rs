//! A column that depends on a part of the key.

use snell_prisma::{Datamodel, Field, ForeignKey, Model};
use snell_project::names::plain;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/partial-dependency",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A column of a table between two others is of one of them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words for what is fixed when a row is made, whatever becomes of it later.
const SNAPSHOTS: [&str; 8] = [
    "price", "amount", "cost", "rate", "tax", "discount", "version", "snapshot",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context).flat_map(findings).collect()
}

fn findings(table: TableModel<'_>) -> Vec<Diagnostic> {
    let (datamodel, model) = (&table.schema.datamodel, table.model);
    let Some(whole) = model.primary_key().and_then(|key| key.fields()) else {
        return Vec::new();
    };
    let parts = datamodel.foreign_keys_of(model.id).map(|(_, key)| key);
    let parts = parts.filter(|key| {
        key.columns.len() < whole.len() && key.columns.iter().all(|c| whole.contains(c))
    });
    let mut found = Vec::new();
    for part in parts {
        let own = model.columns().filter(|field| !whole.contains(&field.id));
        for field in own.filter(|field| !model.is_foreign_key(field.id)) {
            if let Some(original) = original(datamodel, part, field) {
                found.push(finding(table, part, field, original));
            }
        }
    }
    found
}

/// The column of the referenced table that a column repeats: `productName` of `Product.name`.
fn original<'a>(datamodel: &'a Datamodel, part: &ForeignKey, field: &Field) -> Option<&'a Field> {
    let parent: &Model = datamodel.target(&datamodel[part.field])?;
    let name = plain(&field.name);
    if SNAPSHOTS.iter().any(|word| name.contains(word)) {
        return None;
    }
    let relation = plain(&datamodel[part.field].name);
    let prefixes = [plain(&parent.name), relation];
    let rest = prefixes.iter().find_map(|prefix| {
        let rest = name.strip_prefix(prefix.as_str())?;
        (!rest.is_empty()).then_some(rest)
    })?;
    let mut columns = parent.columns();
    columns.find(|column| {
        plain(&column.name) == rest && column.ty == field.ty && !parent.is_id(column.id)
    })
}

fn finding(
    table: TableModel<'_>,
    part: &ForeignKey,
    field: &Field,
    original: &Field,
) -> Diagnostic {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let parent = &datamodel[original.id.model];
    Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!(
            "`{}.{}` depends on `{}` alone, which is a part of the key",
            model.name, field.name, datamodel[part.columns[0]].name
        ),
    )
    .label("the same in every row of it")
    .related(schema.field_name(original), format!("`{}` has it", parent.name))
    .confidence(Confidence::Likely)
    .note("reading it from there takes one join; keeping it takes a write of many rows at each change")
    .help(format!(
        "read `{}.{}` instead; where the value at the time is meant, say so in a comment",
        datamodel[part.field].name, original.name
    ))
    .subject(wording::subject(model, &field.name))
}
