//! Rows are changed while the structure is locked.

use crate::{
    rule::{Context, Rule},
    rules::migration::backfill,
    support::migrations::{Change, first_of_each},
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/data-and-schema-mixed",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration changes rows in the transaction that locks tables for their structure",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    first_of_each(context, finding)
}

/// The first statement of a migration that changes rows under a lock that an earlier one took.
fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let (lived, does) = backfill::changed_rows(change)?;
    let (locking, locked) = backfill::locked_before(change)?;
    let (table, locked) = (&lived.relation.name, &locked.relation.name);
    let started = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!("{does} rows of `{table}` in the transaction that has locked `{locked}`: nobody gets at it until all rows are done"),
        )
        .label("takes as long as there are rows")
        .related(locking.at(locking.step.span), format!("locks `{locked}` until the transaction ends"));
    Some(
        started
            .help("three migrations: what the new code needs, then the rows (in batches, by a script, when there are many), then what demands that all are done")
            .subject(change.subject(&format!("table:{table} mixed"))),
    )
}
