//! A key of sixteen bits.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/small-integer",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A key has room for 32,767 rows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_small_key, finding)
}

fn is_small_key(column: Column<'_>) -> bool {
    let (model, field) = (column.table.model, column.field);
    let native = field.native_type.as_ref();
    let counted = field
        .default
        .as_ref()
        .is_some_and(|default| default.value.is_function("autoincrement"));
    native.is_some_and(|native| native.name == "SmallInt")
        && (counted || model.is_id(field.id) || model.is_foreign_key(field.id))
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "a key of sixteen bits"),
        "32,767 is the last one: the next insert fails",
    )?
    .help("`Int` costs two bytes more, `Int @db.Integer` when it is spelled out");
    Some(found.subject("schema:small-integer"))
}
