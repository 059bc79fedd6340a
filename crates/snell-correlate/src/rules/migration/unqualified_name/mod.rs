//! Names without a schema in a database that has several.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ObjectName, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, first_of_each},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/unqualified-name",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A migration names a table without its schema in a database with several schemas",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    first_of_each(context, |change| {
        has_several(change).then(|| finding(change)).flatten()
    })
}

/// Whether the migrations before come to tables in more than one schema.
fn has_several(change: Change<'_>) -> bool {
    let catalog = &change.history.replay.catalog;
    let mut tables = catalog.tables().filter(|(relation, _)| {
        relation.provenance.created.migration < change.step.place.migration
    });
    let Some((first, _)) = tables.next() else {
        return false;
    };
    tables.any(|(relation, _)| relation.schema != first.schema)
}

/// One for each migration: its first such name.
fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let name: &ObjectName = match &change.step.statement.kind {
        StatementKind::CreateTable(create) if !create.temporary => &create.name,
        StatementKind::AlterTable(alter) => &alter.name,
        StatementKind::CreateIndex(create) => &create.table,
        StatementKind::Update(update) => &update.table,
        StatementKind::Delete(delete) => &delete.table,
        StatementKind::Insert(insert) => &insert.table,
        _ => return None,
    };
    if name.schema.is_some() {
        return None;
    }
    let own = &name.name.text;
    Some(
        change
            .finding(
                &RULE.metadata,
                name.span(),
                format!(
                    "which `{own}` this is depends on the search_path of who runs the migration"
                ),
            )
            .label("no schema")
            .help(format!(
                "write the schema, as `\"public\".\"{own}\"`, wherever the database has several"
            ))
            .subject(change.subject("unqualified")),
    )
}
