//! An SQL file that makes tables as they were once.

use snell_project::{beside::Script, schema::History};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::{AlterActionKind, CreateTable, ObjectKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::histories,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/legacy-sql",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "An SQL file beside the migrations makes a table that migrations have dropped or changed",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let scripts = context.project.beside.scripts.iter();
    scripts
        .filter(|script| script.parse.dialect.is_none() && script.parse.errors.is_empty())
        .filter_map(|script| finding(context, script))
        .collect()
}

/// One finding for a file: the first table that is not so any more.
fn finding(context: &Context<'_>, script: &Script) -> Option<Diagnostic> {
    let creates = script
        .parse
        .statements
        .iter()
        .filter_map(|statement| match &statement.kind {
            StatementKind::CreateTable(create) if !create.temporary => Some(create),
            _ => None,
        });
    // A table that comes in two versions is changed by the file itself.
    let stale = creates.filter(|create| !is_changed(script, create));
    let all: Vec<(&CreateTable, Stale)> = stale
        .filter_map(|create| Some((create, stale_table(context, create)?)))
        .collect();
    let ((create, stale), others) = all.split_first()?;
    let path = &context.sources.file(script.file).path;
    let table = &create.name.name.text;
    let at = Location::new(script.file, stale.span);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{}` makes `{table}` as it was once: {}", path.file_name().unwrap_or(path.as_str()), stale.why),
    )
    .label("not so in the database that the migrations build")
    .related(stale.shown, stale.words)
    .help("delete the file, or say in its first line that it is history; who sets up a database from it gets another one");
    if !others.is_empty() {
        finding = finding.note(format!(
            "{} more tables of this file are stale",
            others.len()
        ));
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .subject(format!("script:{path} table:{table}")),
    )
}

/// How a table of a script differs from that of the migrations.
struct Stale {
    span: Span,
    why: String,
    shown: Location,
    words: &'static str,
}

/// A table that every history which knows it has dropped, or knows without one of these columns.
fn stale_table(context: &Context<'_>, create: &CreateTable) -> Option<Stale> {
    let name = &create.name.name.text;
    let mut found = None;
    for (_, history) in histories(context) {
        let catalog = &history.replay.catalog;
        let table = catalog
            .tables()
            .find(|(relation, _)| relation.name == *name);
        let stale = match table {
            Some((relation, _))
                if relation.uncertain || history.replay.unsettled.relation(name) =>
            {
                return None;
            }
            Some((relation, table)) => {
                let column = create
                    .columns
                    .iter()
                    .find(|column| table.column(&column.name.text).is_none());
                // Some history has it as it stands here.
                let column = column?;
                Some(Stale {
                    span: column.name.span,
                    why: format!("the table has no `{}`", column.name.text),
                    shown: history.part(relation.provenance.created, name),
                    words: "the table that the migrations make",
                })
            }
            None => gone(history, name).map(|shown| Stale {
                span: create.name.span(),
                why: "a migration has dropped or renamed the table".to_owned(),
                shown,
                words: "here",
            }),
        };
        found = found.or(stale);
    }
    found
}

/// Where migrations drop or rename a table for the last time.
fn gone(history: &History, name: &str) -> Option<Location> {
    history.migrations.iter().rev().find_map(|migration| {
        let statements = migration.parse.statements.iter().rev();
        statements.into_iter().find_map(|statement| {
            let is_it = match &statement.kind {
                StatementKind::Drop(drop) => {
                    drop.kind == ObjectKind::Table
                        && drop
                            .names
                            .iter()
                            .any(|target| target.name.name.text == name)
                }
                StatementKind::AlterTable(alter) => {
                    alter.name.name.text == name
                        && alter
                            .actions
                            .iter()
                            .any(|action| matches!(action.kind, AlterActionKind::RenameTo(_)))
                }
                _ => false,
            };
            is_it.then(|| Location::new(migration.file, statement.span))
        })
    })
}

/// Whether the script itself changes a table after it has made it.
fn is_changed(script: &Script, create: &CreateTable) -> bool {
    let own = &create.name.name.text;
    script
        .parse
        .statements
        .iter()
        .any(|statement| match &statement.kind {
            StatementKind::AlterTable(alter) => {
                alter.name.name.text == *own
                    && alter.actions.iter().any(|action| {
                        matches!(
                            action.kind,
                            AlterActionKind::DropColumn(_)
                                | AlterActionKind::RenameColumn(..)
                                | AlterActionKind::RenameTo(_)
                        )
                    })
            }
            StatementKind::Drop(drop) => {
                statement.span.start > create.name.span().start
                    && drop
                        .names
                        .iter()
                        .any(|target| target.name.name.text == *own)
            }
            _ => false,
        })
}
