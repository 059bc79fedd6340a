//! One transaction locks several tables against everybody.

use std::collections::BTreeMap;

use snell_source::{Diagnostic, FileId, Preset, RuleMetadata, Severity};
use snell_sql::catalog::RelationId;

use crate::{
    rule::{Context, Rule},
    rules::migration::locks,
    support::migrations::{Change, changes},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/wide-lock-window",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration locks several tables in use against everybody, all until its end",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// The first statement that locks each table.
type Locks<'a> = BTreeMap<RelationId, (Change<'a>, String)>;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut migrations: BTreeMap<FileId, Locks<'_>> = BTreeMap::new();
    for change in changes(context) {
        for lived in locks::exclusive(change) {
            let locks = migrations.entry(change.migration.file).or_default();
            locks
                .entry(lived.relation.id)
                .or_insert((change, lived.relation.name.to_string()));
        }
    }
    migrations.into_values().filter_map(finding).collect()
}

/// Fewer tables are locked together by every change of a relation.
const FEW: usize = 3;
/// Tables that are shown.
const SHOWN: usize = 5;

fn finding(locks: Locks<'_>) -> Option<Diagnostic> {
    if locks.len() < FEW {
        return None;
    }
    let count = locks.len();
    let mut in_order: Vec<(Change<'_>, String)> = locks.into_values().collect();
    in_order.sort_by_key(|(change, _)| change.step.place.span.start);
    let (first, table) = in_order.first()?;
    let (last, others) = in_order.split_last()?;
    if !first.is_in_transaction_of(&last.0) {
        return None;
    }
    let mut finding = last
        .0
        .finding(
            &RULE.metadata,
            last.0.step.span,
            format!("this migration holds {count} tables locked against everybody when it gets here, `{table}` since its start"),
        )
        .label(format!("waits for `{}` with all others held", last.1));
    for (change, table) in others.iter().take(SHOWN) {
        finding = finding.related(change.at(change.step.span), format!("locks `{table}`"));
    }
    Some(
        finding
            .help("split it: one migration for each table that many queries use; a query that has two of them in another order makes a deadlock (40P01)")
            .subject(last.0.subject("locks")),
    )
}
