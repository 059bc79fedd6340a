//! A suppression that silences nothing.

use snell_source::{Diagnostic, Fix, Location, Preset, RuleMetadata, Severity};

use crate::rule::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/unused-ignore",
        severity: Severity::Low,
        preset: Preset::Recommended,
        summary: "A suppression silences nothing",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    // Found while findings are silenced, not by looking at the project.
    check: |_| Vec::new(),
};

/// `names` are the rules that the comment names, `removal` takes it away.
pub(crate) fn finding(at: Location, names: &str, removal: Option<Fix>) -> Diagnostic {
    let mut found = Diagnostic::at(&RULE.metadata, at, "this `snell-ignore` silences nothing")
        .label("no finding of these rules touches what it covers")
        .help("remove the comment");
    if let Some(removal) = removal {
        found = found.fix(removal);
    }
    found.subject(format!("suppression:{names}"))
}
