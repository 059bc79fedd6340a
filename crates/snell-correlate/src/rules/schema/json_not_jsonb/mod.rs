//! A column of the type `json`.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/json-not-jsonb",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A column keeps JSON as text",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_text, finding)
}

fn is_text(column: Column<'_>) -> bool {
    let native = column.field.native_type.as_ref();
    native.is_some_and(|native| native.name == "Json")
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "`json` rather than `jsonb`"),
        "parsed again at every read; no index, no `=`, no `@>`",
    )?
    .help("`@db.JsonB`, which is what `Json` means without a native type");
    Some(found.subject("schema:json"))
}
