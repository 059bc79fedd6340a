//! An index is built anew while nobody can write its table.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{ObjectKind, RebuildKind, StatementKind},
    catalog::{Relation, RelationKind},
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes, insert_after},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/reindex-blocking",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration runs REINDEX without CONCURRENTLY on a table in use",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).filter_map(finding).collect()
}

fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let StatementKind::Rebuild(rebuild) = &change.step.statement.kind else {
        return None;
    };
    let RebuildKind::Reindex(kind) = rebuild.kind else {
        return None;
    };
    if rebuild.concurrently {
        return None;
    }
    let whose = match kind {
        ObjectKind::Index | ObjectKind::Table => {
            let named = change.step.before.find(rebuild.names.first()?)?;
            format!("`{}`", lived_table(change, named)?.name)
        }
        ObjectKind::Schema => format!(
            "the tables of schema `{}`",
            rebuild.names.first()?.name.text
        ),
        _ => "the tables of the database".to_owned(),
    };
    let message = format!(
        "nobody can write {whose} while its indexes are built anew, and reads that plan with them wait"
    );
    let after = match kind {
        ObjectKind::Index => "INDEX",
        ObjectKind::Table => "TABLE",
        ObjectKind::Schema => "SCHEMA",
        _ => "",
    };
    let finding = change
        .finding(&RULE.metadata, change.step.span, message)
        .label("built anew without CONCURRENTLY");
    let finding = match insert_after(change.text(), after, " CONCURRENTLY") {
        Some(text) => finding.help(format!(
            "give it a migration with no other statement, which Prisma then runs outside of a transaction: `{text}`"
        )),
        None => finding.help("name the index, and give it a migration of its own: REINDEX INDEX CONCURRENTLY"),
    };
    Some(finding.subject(change.subject(&format!("reindex:{whose}"))))
}

/// The table of an index, or the table itself, if it was there before.
fn lived_table<'a>(change: Change<'a>, named: &'a Relation) -> Option<&'a Relation> {
    let table = match &named.kind {
        RelationKind::Index(index) => change.step.before.relation(index.table)?,
        _ => named,
    };
    (!change.is_fresh(table) && !change.is_fresh(named)).then_some(table)
}
