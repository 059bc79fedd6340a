//! A list that may be NULL.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/missing-array-default",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A list without a default is NULL where nothing is given",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, may_be_null, finding)
}

/// A list whose column the database makes NULL when an insert leaves it out.
fn may_be_null(column: Column<'_>) -> bool {
    let (table, field) = (column.table, column.field);
    let built = crate::support::built::table(table.schema, table.model);
    field.is_list()
        && field.default.is_none()
        && !built.is_some_and(|built| built.is_not_null(&field.db_name))
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("lists", "NULL where no list is given"),
        "read as `[]`; found by neither `isEmpty` nor `NOT has`",
    )?
    .help(
        "add `@default([])`, and fill what is NULL: `UPDATE ... SET ... = '{}' WHERE ... IS NULL`",
    );
    Some(found.subject("schema:array-default"))
}
