//! An operator or function over types that it does not take.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    parameter_type_mismatch::about,
    reading::{self, Findings},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/operator-type-mismatch",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A raw query applies an operator or function to types that it does not take",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        for found in reading::errors(context, reading) {
            let error = &found.error;
            let Some(whole) = about(reading, error.sqlstate, error.span) else {
                continue;
            };
            if !reading.parameters_in(whole).is_empty() {
                continue;
            }
            // A function that nothing here makes may still be on the server.
            let catalog = reading::catalog(context, reading);
            if error
                .name
                .as_ref()
                .is_some_and(|name| !catalog.has_function(name))
            {
                continue;
            }
            findings.tell(reading, error.span, error.message.clone(), |one| {
                one.label(format!("PostgreSQL: {}", error.sqlstate))
                    .help("cast one side to the type of the other, or store both in one type")
            });
        }
    }
    findings.done()
}
