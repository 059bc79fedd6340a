//! A foreign key of several columns of which some may be null alone.

use snell_prisma::{Field, ForeignKey, RelationMode};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        built,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/nullable-composite-fk",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A foreign key of several columns is not checked when one of them is NULL",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter(|table| table.schema.datamodel.relation_mode() == RelationMode::ForeignKeys)
        .flat_map(|table| {
            let keys = table.schema.datamodel.foreign_keys_of(table.model.id);
            keys.filter_map(move |(_, key)| finding(table, key))
        })
        .collect()
}

fn finding(table: TableModel<'_>, key: &ForeignKey) -> Option<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let columns: Vec<&Field> = key.columns.iter().map(|id| &datamodel[*id]).collect();
    let nullable: Vec<&&Field> = columns.iter().filter(|field| field.is_optional()).collect();
    // One nullable column among required ones is how a row says that it refers to nothing.
    let [first, second, ..] = nullable.as_slice() else {
        return None;
    };
    let names: Vec<&str> = columns.iter().map(|field| field.db_name.as_str()).collect();
    if built::table(schema, model).is_some_and(|table| table.keeps_together(&names)) {
        return None;
    }
    let relation = &datamodel[key.field];
    let target = datamodel.target(relation)?;
    let columns = wording::fields(datamodel, &key.columns);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(relation),
        format!(
            "`{}` of `{}` is not checked when one of its columns is NULL",
            relation.name, model.name
        ),
    )
    .label(format!(
        "a row with `{}` and without `{}` may refer to a `{}` that is not there",
        first.name, second.name, target.name
    ));
    for field in nullable {
        found = found.related(schema.field_type(field), "may be NULL alone");
    }
    let all: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let found = found.help(format!(
        "in a migration of your own: CHECK (num_nulls({}) IN (0, {})), or a foreign key with MATCH FULL",
        all.join(", "),
        all.len()
    ));
    Some(found.subject(wording::subject(model, &columns)))
}
