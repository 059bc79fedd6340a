//! Two lists of the same values that no longer agree.

mod copies;
mod database;
mod examples;
mod texts;
mod twins;

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::value_sets::value_sets,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/enum-mirror-drift",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A copy of an enum lacks a value, or has one that the enum does not know",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let sets = value_sets(context);
    let mut found = copies::find(context, &sets);
    found.extend(twins::find(&sets));
    found.extend(texts::find(context, &sets));
    found.extend(database::find(context));
    found.extend(examples::find(context));
    found
}

/// Values in words: the first ones, each quoted.
fn quoted(values: &[&str]) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = values
        .iter()
        .take(SHOWN)
        .map(|value| format!("`{value}`"))
        .collect();
    if values.len() > SHOWN {
        names.push(format!("{} more", values.len() - SHOWN));
    }
    crate::support::wording::and(&names)
}
