//! A suppression that names a rule which does not exist.

use snell_source::{Diagnostic, Edit, Fix, Location, Preset, RuleMetadata, Severity, closest_rule};

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

/// Of a comment that names no rule at all.
pub(crate) fn nameless(at: Location) -> Diagnostic {
    Diagnostic::at(&RULE.metadata, at, "this `snell-ignore` names no rule")
        .label("silences nothing")
        .help("write `snell-ignore category/rule: why`")
        .subject("suppression:")
}

pub(crate) fn finding(at: Location, pattern: &str) -> Diagnostic {
    let found = Diagnostic::at(&RULE.metadata, at, format!("no rule `{pattern}`"))
        .label("silences nothing");
    let names = rules::all().iter().map(|rule| rule.metadata.name);
    let found = match closest_rule(pattern, names) {
        Some(near) => {
            let title = format!("Name `{near}`");
            let help = format!("did you mean `{near}`?");
            let replacement = near;
            found
                .help(help)
                .fix(Fix::suggested(title, vec![Edit { at, replacement }]))
        }
        None => found.help("`snell rules` lists all rules"),
    };
    found.subject(format!("suppression:{pattern}"))
}
