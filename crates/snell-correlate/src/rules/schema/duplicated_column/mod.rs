//! Columns that are copies.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{copies, twins};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/duplicated-column",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Columns are copies of those of another table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = twins::findings(context, &RULE.metadata);
    found.extend(copies::findings(context, &RULE.metadata));
    found
}
