//! Fields, and properties of types that mirror them, that are not named as most are.

mod mirrors;

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::maintainability::naming::{self, Words},
    support::conventions::About,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/field-name-case",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Some fields are not named as the others are",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let words = Words {
        one: "field",
        many: "fields",
        cure: |departure, proposed| {
            format!(
                "rename it to `{proposed}`; `@map(\"{}\")` keeps its column, when nothing else says its name",
                departure.name
            )
        },
    };
    let mut found = naming::departures(context, &RULE.metadata, About::Fields, &words);
    found.extend(mirrors::findings(context));
    found
}
