//! An SQL file that makes tables as they were once.

use std::collections::BTreeMap;

use camino::Utf8Path;
use snell_project::{beside::Script, schema::History};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};
use snell_sql::{
    ast::{AlterActionKind, CreateTable, ObjectKind, StatementKind},
    catalog::{Relation, Table},
};

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
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut folders: BTreeMap<&Utf8Path, Vec<&Script>> = BTreeMap::new();
    for script in &context.project.beside.scripts {
        let path = &context.sources.file(script.file).path;
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        folders.entry(folder).or_default().push(script);
    }
    let folders = folders.into_values();
    folders
        .filter_map(|scripts| finding(&stale_scripts(context, &scripts)))
        .collect()
}

/// The stale ones among the scripts of a folder; none when they are for another database.
fn stale_scripts<'a>(context: &Context<'a>, scripts: &[&'a Script]) -> Vec<StaleScript<'a>> {
    let tables = || scripts.iter().flat_map(|script| created(script));
    let is_known = |name: &str| {
        histories(context).any(|(_, history)| {
            let mut tables = history.replay.catalog.tables();
            tables.any(|(relation, _)| relation.name == name) || gone(history, name).is_some()
        })
    };
    if !tables().all(|create| is_known(&create.name.name.text)) {
        return Vec::new();
    }
    // One table with fewer columns may be what another service copies of it.
    let is_whole = tables().nth(1).is_some();
    let readable =
        |script: &&&Script| script.parse.dialect.is_none() && script.parse.errors.is_empty();
    let stale = scripts.iter().filter(readable).map(|script| StaleScript {
        script,
        path: &context.sources.file(script.file).path,
        tables: created(script)
            // A table that comes in two versions is changed by the file itself.
            .filter(|create| !is_changed(script, create))
            .filter_map(|create| Some((create, stale_table(context, create, is_whole)?)))
            .collect(),
    });
    stale.filter(|found| !found.tables.is_empty()).collect()
}

/// The lasting tables that a script makes.
fn created(script: &Script) -> impl Iterator<Item = &CreateTable> {
    script
        .parse
        .statements
        .iter()
        .filter_map(|statement| match &statement.kind {
            StatementKind::CreateTable(create) if !create.temporary => Some(create),
            _ => None,
        })
}

/// A script, with its tables that are not so any more.
struct StaleScript<'a> {
    script: &'a Script,
    path: &'a Utf8Path,
    tables: Vec<(&'a CreateTable, Stale)>,
}

/// One finding for the scripts of a folder: they were written together.
fn finding(scripts: &[StaleScript<'_>]) -> Option<Diagnostic> {
    let (first, further) = scripts.split_first()?;
    let StaleScript {
        script,
        path,
        tables,
    } = first;
    let ((create, stale), others) = tables.split_first()?;
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
    for other in further.iter().take(SHOWN) {
        if let Some((create, stale)) = other.tables.first() {
            let at = Location::new(other.script.file, stale.span);
            finding = finding.related(
                at,
                format!("`{}`, too: {}", create.name.name.text, stale.why),
            );
        }
    }
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

/// Further scripts of a folder that are shown.
const SHOWN: usize = 7;

/// How a table of a script differs from that of the migrations.
struct Stale {
    span: Span,
    why: String,
    shown: Location,
    words: &'static str,
}

/// A table that every history which knows it has dropped, or knows without one of these columns.
fn stale_table(context: &Context<'_>, create: &CreateTable, is_whole: bool) -> Option<Stale> {
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
                // Without a difference some history has it as it stands here.
                Some(
                    without_column(history, relation, table, create)
                        .or_else(|| missing_column(history, table, create).filter(|_| is_whole))?,
                )
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

/// A column of the script that the table does not have.
fn without_column(
    history: &History,
    relation: &Relation,
    table: &Table,
    create: &CreateTable,
) -> Option<Stale> {
    let mut columns = create.columns.iter();
    let column = columns.find(|column| table.column(&column.name.text).is_none())?;
    Some(Stale {
        span: column.name.span,
        why: format!("the table has no `{}`", column.name.text),
        shown: history.part(relation.provenance.created, &relation.name),
        words: "the table that the migrations make",
    })
}

/// A column of the table that every row must have, and the script does not know.
fn missing_column(history: &History, table: &Table, create: &CreateTable) -> Option<Stale> {
    if !create.like.is_empty() || !create.inherits.is_empty() {
        return None;
    }
    let missing = table.columns.iter().find(|column| {
        let is_known = create
            .columns
            .iter()
            .any(|own| own.name.text == column.name);
        column.not_null && column.default.is_none() && column.identity.is_none() && !is_known
    })?;
    Some(Stale {
        span: create.name.span(),
        why: format!("each row of the table has a `{}`", missing.name),
        shown: history.part(missing.provenance.created, &missing.name),
        words: "the column that migrations add",
    })
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
                            AlterActionKind::AddColumn(..)
                                | AlterActionKind::DropColumn(_)
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
