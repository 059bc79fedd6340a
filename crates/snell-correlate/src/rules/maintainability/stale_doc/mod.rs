//! Comments that speak of what is not there any more.

mod calls;
mod tables;

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/stale-doc",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A comment speaks of a table that was dropped, or of another query than the one below it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = tables::findings(context);
    found.extend(calls::findings(context));
    found
}
