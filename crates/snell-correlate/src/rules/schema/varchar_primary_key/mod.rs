//! Keys of UUIDs that are text.

use snell_prisma::ScalarType;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/varchar-primary-key",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "Keys are text although they are UUIDs",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_text, finding)
}

/// A UUID that the client makes, in a column of text.
fn is_text(column: Column<'_>) -> bool {
    let (model, field) = (column.table.model, column.field);
    let native = field.native_type.as_ref();
    model.is_id(field.id)
        && field.scalar() == Some(ScalarType::String)
        && native.is_none_or(|native| native.name != "Uuid")
        && field
            .default
            .as_ref()
            .is_some_and(|default| default.value.is_function("uuid"))
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let names = together::names(columns);
    let keys = columns.iter().map(|column| {
        let relations = column.table.schema.datamodel.relations().iter();
        let keys = relations.filter_map(|relation| relation.foreign_key.as_ref());
        keys.filter(|key| key.references == [column.field.id])
            .count()
    });
    let keys: usize = keys.sum();
    let mut found = together::finding(
        &RULE.metadata,
        &together::places(columns, Column::at_name),
        format!("{} UUIDs in columns of text", together::are(&names, "keys")),
        "37 bytes instead of 16, in the table and in each index",
    )?
    .help("`@db.Uuid` stores the sixteen bytes, and refuses what is no UUID");
    if keys > 0 {
        let s = if keys == 1 { "" } else { "s" };
        found = found.note(format!("{keys} foreign key{s} repeat them"));
    }
    Some(found.subject("schema:uuid-as-text"))
}
