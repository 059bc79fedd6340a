//! Two foreign keys to one table that share a column.

use snell_prisma::{ForeignKey, RelationMode};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

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
        name: "integrity/overlapping-foreign-keys",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A column belongs to two foreign keys to one table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter(|table| table.schema.datamodel.relation_mode() == RelationMode::ForeignKeys)
        .flat_map(of_model)
        .collect()
}

fn of_model(table: TableModel<'_>) -> Vec<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let keys: Vec<&ForeignKey> = datamodel
        .foreign_keys_of(model.id)
        .map(|(_, k)| k)
        .collect();
    let target = |key: &ForeignKey| datamodel.target(&datamodel[key.field]).map(|one| one.id);
    let mut found = Vec::new();
    for (n, second) in keys.iter().enumerate() {
        for first in &keys[..n] {
            // Over the same columns, they are one key said twice.
            let same = first.columns == second.columns;
            let shared = first
                .columns
                .iter()
                .find(|column| second.columns.contains(column));
            let Some(shared) = shared.filter(|_| !same && target(first) == target(second)) else {
                continue;
            };
            // Two rows of one tenant, and the column says which.
            let inside = |one: &ForeignKey, other: &ForeignKey| {
                let mut columns = one.columns.iter();
                columns.all(|column| other.columns.contains(column))
            };
            let of_tenant = keys.iter().any(|key| key.columns == [*shared]);
            if of_tenant && !inside(first, second) && !inside(second, first) {
                continue;
            }
            found.push(finding(table, first, second, *shared));
        }
    }
    found
}

fn finding(
    table: TableModel<'_>,
    first: &ForeignKey,
    second: &ForeignKey,
    shared: snell_prisma::FieldId,
) -> Diagnostic {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let column = &datamodel[shared].name;
    let columns = |key: &ForeignKey| wording::fields(datamodel, &key.columns);
    let (wide, narrow) = match first.columns.len() >= second.columns.len() {
        true => (first, second),
        false => (second, first),
    };
    let inside = narrow.columns.iter().all(|one| wide.columns.contains(one));
    let (wide_field, narrow_field) = (&datamodel[wide.field], &datamodel[narrow.field]);
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(narrow_field),
        format!(
            "`{}` and `{}` of `{}` both refer by `{column}`",
            wide_field.name, narrow_field.name, model.name
        ),
    )
    .label(format!("by ({})", columns(narrow)))
    .related(
        schema.field_name(wide_field),
        format!("by ({}), to the same model", columns(wide)),
    );
    let found = match inside {
        true => found.help(format!(
            "`{}` alone is enough: it holds for all of its columns",
            wide_field.name
        )),
        false => found.help("give each reference columns of its own, or say why both share one"),
    };
    found.subject(wording::subject(
        model,
        &format!("{} {}", columns(first), columns(second)),
    ))
}
