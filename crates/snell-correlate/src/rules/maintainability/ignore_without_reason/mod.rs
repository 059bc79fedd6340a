//! A suppression without a reason.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::rule::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/ignore-without-reason",
        severity: Severity::Low,
        preset: Preset::Recommended,
        summary: "A suppression gives no reason",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    // Found while findings are silenced, not by looking at the project.
    check: |_| Vec::new(),
};

pub(crate) fn finding(at: Location) -> Diagnostic {
    Diagnostic::at(&RULE.metadata, at, "this `snell-ignore` does not say why")
        .label("no reason after the rule's name")
        .help("write it behind a colon: `snell-ignore <rule>: <reason>`")
        .subject("suppression")
}
