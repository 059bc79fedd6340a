//! `deleteMany` without a condition.

use snell_project::client::Operation;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::without_where::{self, Words};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/delete-many-without-where",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "All rows of a table are deleted",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

const WORDS: Words = Words {
    operation: Operation::DeleteMany,
    does: "deletes",
    label: "no `where`: the table is empty afterwards",
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    without_where::check(context, &RULE.metadata, &WORDS)
}
