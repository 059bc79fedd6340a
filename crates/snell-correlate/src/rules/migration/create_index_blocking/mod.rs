//! An index is built while nobody can write the table.

use snell_source::{Diagnostic, FileId, Preset, RuleMetadata, Severity};
use std::collections::BTreeMap;

use snell_sql::{
    ast::{CreateIndex, StatementKind},
    catalog::RelationId,
};

use crate::{
    rule::{Context, Rule},
    rules::migration::uniqueness,
    support::migrations::{Change, Lived, changes, insert_after},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/create-index-blocking",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration builds an index without CONCURRENTLY on a table in use",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// An index that is built on a table in use.
type Build<'a> = (Change<'a>, Lived<'a>, &'a CreateIndex);

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut tables: BTreeMap<(FileId, RelationId), Vec<Build<'_>>> = BTreeMap::new();
    for change in changes(context) {
        let StatementKind::CreateIndex(create) = &change.step.statement.kind else {
            continue;
        };
        let Some(lived) = change.lived(&create.table) else {
            continue;
        };
        if create.concurrently
            || is_there(change, create)
            || change.is_emptied_before(lived.relation)
        {
            continue;
        }
        // What may fail for its rows is the greater fault.
        if create.unique && uniqueness::may_repeat(change, lived, create) {
            continue;
        }
        tables
            .entry((change.migration.file, lived.relation.id))
            .or_default()
            .push((change, lived, create));
    }
    tables
        .into_values()
        .filter_map(|builds| finding(&builds))
        .collect()
}

/// Whether `IF NOT EXISTS` finds the index.
fn is_there(change: Change<'_>, create: &CreateIndex) -> bool {
    let named = create
        .name
        .as_ref()
        .and_then(|name| change.step.before.find(name));
    create.if_not_exists && named.is_some()
}

/// One finding for all that a migration builds on a table.
fn finding(builds: &[Build<'_>]) -> Option<Diagnostic> {
    let ((change, lived, create), others) = builds.split_first()?;
    let table = &lived.relation.name;
    let what = match others.len() {
        0 => "an index".to_owned(),
        more => format!("{} indexes", more + 1),
    };
    let mut finding = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!("nobody can write `{table}` while this migration builds {what} on it"),
        )
        .label("built without CONCURRENTLY");
    for (other, _, _) in others.iter().take(SHOWN) {
        finding = finding.related(other.at(other.step.span), "and this one");
    }
    if let Some(text) = insert_after(change.text(), "INDEX", " CONCURRENTLY") {
        finding = finding.help(format!(
            "give each a migration with no other statement, which Prisma then runs outside of a transaction: `{text}`"
        ));
    }
    let name = create
        .name
        .as_ref()
        .map_or("index", |name| name.name.text.as_str());
    Some(
        finding
            .note("a table of some thousand rows is done in an instant")
            .subject(change.subject(&format!("table:{table} index:{name}"))),
    )
}

/// Further indexes that are shown.
const SHOWN: usize = 4;
