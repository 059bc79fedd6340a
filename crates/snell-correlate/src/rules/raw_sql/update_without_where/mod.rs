//! An update of every row.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use super::unconditional;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/update-without-where",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw update has no `WHERE`",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    unconditional::all(
        context,
        &RULE.metadata,
        "changes",
        |statement| match statement {
            StatementKind::Update(one) if one.condition.is_none() && one.from.is_empty() => {
                Some(&one.table)
            }
            _ => None,
        },
    )
}
