//! A delete of every row.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use super::unconditional;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/delete-without-where",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw delete has no `WHERE`",
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
        "deletes",
        |statement| match statement {
            StatementKind::Delete(one) if one.condition.is_none() && one.using.is_empty() => {
                Some(&one.table)
            }
            _ => None,
        },
    )
}
