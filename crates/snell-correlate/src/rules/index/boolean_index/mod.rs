//! An index on a flag alone.

use snell_prisma::ScalarType;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        advice::text,
        index_use::{self, CurrentIndex, Standing},
        tables::TableModel,
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/boolean-index",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "An index on a flag alone finds half of the table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    index_use::findings(context, finding)
}

fn finding(table: &TableModel<'_>, one: &CurrentIndex) -> Option<Diagnostic> {
    let index = &one.index;
    let [key] = index.keys.as_slice() else {
        return None;
    };
    let flag = &table.schema.datamodel[key.field?];
    let told = matches!(one.standing(), Standing::Redundant | Standing::Unused);
    if flag.scalar() != Some(ScalarType::Boolean) || flag.is_list() || !index.is_plain() || told {
        return None;
    }
    let model = table.model;
    Some(
        Diagnostic::at(
            &RULE.metadata,
            index.at,
            format!("`{}` on `{}` holds nothing but a flag", index.name, model.name),
        )
        .label("most rows share one of its two values, and those are read from the table")
        .related(table.schema.field_name(flag), "true or false")
        .help(format!(
            "where queries look for the rarer value, index what they sort by, for those rows alone: `CREATE INDEX CONCURRENTLY ON {} (\"{}\") WHERE \"{}\";` (or `WHERE NOT`)",
            text::table(model),
            sorted_by(table),
            flag.db_name
        ))
        .subject(wording::subject(model, &flag.name)),
    )
}

/// The column that an index of few rows may hold: the key.
fn sorted_by<'a>(table: &TableModel<'a>) -> &'a str {
    let key = table.model.primary_key();
    let field = key
        .and_then(|key| key.columns.first())
        .and_then(|column| column.field);
    field.map_or("id", |field| table.schema.datamodel[field].db_name.as_str())
}
