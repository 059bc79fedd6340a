//! An index is dropped under a lock that everybody waits for.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Drop, DropTarget, ObjectKind, StatementKind},
    catalog::RelationKind,
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes, insert_after},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-index-blocking",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration drops an index of a table in use without CONCURRENTLY",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).filter_map(finding).collect()
}

/// One finding for what a statement drops.
fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let StatementKind::Drop(drop) = &change.step.statement.kind else {
        return None;
    };
    if drop.kind != ObjectKind::Index || drop.concurrently {
        return None;
    }
    let (target, table) = drop
        .names
        .iter()
        .find_map(|target| Some((target, table_of(change, target)?)))?;
    let index = &target.name.name.text;
    let mut finding = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!("dropping `{index}` waits for every query on `{table}`, and every later query waits for it"),
        )
        .label("ACCESS EXCLUSIVE on the table, for an instant once it is got");
    if let Some(text) = one_by_one(change, drop) {
        finding = finding.help(format!("in a migration with no other statement: `{text}`"));
    }
    Some(finding.subject(change.subject(&format!("index:{index}"))))
}

/// The table in use that an index is of; none when the migration made the index itself.
fn table_of(change: Change<'_>, target: &DropTarget) -> Option<String> {
    let index = change.step.before.find(&target.name)?;
    let RelationKind::Index(known) = &index.kind else {
        return None;
    };
    let table = change.step.before.relation(known.table)?;
    let is_old = !change.is_fresh(index) && !change.is_fresh(table);
    is_old.then(|| table.name.to_string())
}

/// The statement for one index, with the word in it.
fn one_by_one(change: Change<'_>, drop: &Drop) -> Option<String> {
    match drop.names.as_slice() {
        [_] => insert_after(change.text(), "INDEX", " CONCURRENTLY"),
        _ => None,
    }
}
