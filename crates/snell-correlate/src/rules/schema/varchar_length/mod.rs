//! Lengths of habit.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/varchar-length",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "Lengths that another database asked for",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// The longest text that MySQL could index, and round numbers near it.
const HABITS: [&str; 4] = ["191", "250", "255", "256"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_habit, finding)
}

fn is_habit(column: Column<'_>) -> bool {
    let native = column.field.native_type.as_ref();
    native.is_some_and(|native| {
        native.name == "VarChar"
            && native
                .arguments
                .first()
                .is_some_and(|n| HABITS.contains(&n.as_str()))
    })
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "as long as MySQL's indexes allow"),
        "PostgreSQL has no such limit: the number says nothing of the value",
    )?
    .help("a limit of the domain belongs into a check that can be changed; without one, `String` is `text`");
    Some(found.subject("schema:varchar-length"))
}
