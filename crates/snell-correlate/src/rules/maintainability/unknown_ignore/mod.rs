//! A suppression that names a rule which does not exist.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity, closest};

use crate::{rule::Rule, rules};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/unknown-ignore",
        severity: Severity::Low,
        preset: Preset::Recommended,
        summary: "A suppression names a rule that does not exist",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    // Found while findings are silenced, not by looking at the project.
    check: |_| Vec::new(),
};

pub(crate) fn finding(at: Location, pattern: &str) -> Diagnostic {
    let found = Diagnostic::at(&RULE.metadata, at, format!("no rule `{pattern}`"))
        .label("silences nothing");
    let names = rules::all().iter().map(|rule| rule.metadata.name);
    let found = match closest(pattern, names) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.help("`snell rules` lists all rules"),
    };
    found.subject(format!("suppression:{pattern}"))
}
