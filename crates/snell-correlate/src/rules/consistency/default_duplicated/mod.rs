//! A default in the code that repeats the schema's.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::defaults::given;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/default-duplicated",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "The code repeats the default that the schema gives a column",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = given(context);
    let repeated = all.iter().filter(|given| given.same);
    repeated
        .map(|given| {
            let column = given.column();
            given
                .finding(
                    &RULE.metadata,
                    format!("{} repeats the schema's default of `{column}`", given.code),
                    "the two can drift apart",
                )
                .help(format!(
                    "leave `{}` out where nothing is said: the database gives its default",
                    given.field.name
                ))
                .subject(given.subject())
        })
        .collect()
}
