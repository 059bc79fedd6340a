//! A column that two tables of a query have.

use rustc_hash::FxHashSet;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/ambiguous-column",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw query names a column that several of its tables have",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    // A statement that names the column several times fails once.
    let mut told = FxHashSet::default();
    for reading in reading::all(context) {
        for found in reading::errors(context, reading) {
            let error = &found.error;
            let query = reading::failing(context, reading);
            if error.sqlstate != "42702" || !told.insert((query, error.message.clone())) {
                continue;
            }
            findings.tell(reading, error.span, error.message.clone(), |one| {
                one.label("several tables of the query have it (42702)")
                    .help("write the table's name or alias before it")
            });
        }
    }
    findings.done()
}
