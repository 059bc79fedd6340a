//! A primary key that means something.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/natural-primary-key",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A primary key is something that can change",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Last words of names that mean something to people.
const MEANT: [&str; 12] = [
    "email", "mail", "name", "username", "handle", "slug", "phone", "url", "domain", "title",
    "address", "path",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_meant, finding)
}

fn is_meant(column: Column<'_>) -> bool {
    let (model, field) = (column.table.model, column.field);
    let words = super::words::of(&field.name);
    let last = words.last().map(String::as_str).unwrap_or_default();
    model.is_id(field.id)
        && field.default.is_none()
        && !model.is_foreign_key(field.id)
        && MEANT.contains(&last)
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_name,
        ("columns", "a primary key that people may want to change"),
        "every foreign key holds a copy of it",
    )?
    .help("give rows an `id` of their own, and keep this column `@unique`");
    Some(found.subject("schema:natural-key"))
}
