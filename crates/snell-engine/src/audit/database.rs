//! The migrations, and where the database that they build departs from the schema.

use std::collections::BTreeMap;

use snell_project::schema::History;
use snell_report::{
    audit::{Audit, Migration},
    trace::Spot,
};
use snell_source::FileId;
use snell_sql::ast::{AlterActionKind, StatementKind};

use crate::Analysis;

/// All migrations, in the order in which they run, with the ids of findings about them.
pub(super) fn migrations(analysis: &Analysis, audit: &Audit) -> Vec<Migration> {
    let mut about: BTreeMap<FileId, Vec<String>> = BTreeMap::new();
    for (finding, more) in audit.report.findings.iter().zip(&audit.findings) {
        for part in finding.parts() {
            let own = about.entry(part.primary().at.file).or_default();
            if !own.contains(&more.id) {
                own.push(more.id.clone());
            }
        }
    }
    let schemas = analysis.project.schemas.iter();
    let histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
    histories
        .flat_map(|history| {
            let numbered = (0u32..).zip(&history.migrations);
            numbered.map(|(number, _)| migration(analysis, history, number, (audit, &about)))
        })
        .collect()
}

fn migration(
    analysis: &Analysis,
    history: &History,
    number: u32,
    (audit, about): (&Audit, &BTreeMap<FileId, Vec<String>>),
) -> Migration {
    let file = &history.migrations[number as usize];
    let path = analysis.sources.file(file.file).path.as_str();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let steps = || {
        let steps = history.replay.steps.iter();
        steps.filter(move |step| step.place.migration == number)
    };
    let count = |wanted: fn(&StatementKind) -> bool| {
        steps().filter(|step| wanted(&step.statement.kind)).count()
    };
    let failure = history
        .replay
        .failures
        .iter()
        .find(|failure| failure.statement.migration == number);
    let locks = audit
        .report
        .findings
        .iter()
        .filter(|finding| {
            finding.diagnostic.primary().at.file == file.file
                && is_about_locks(finding.diagnostic.rule.name)
        })
        .count();
    let irreversible = audit.report.findings.iter().any(|finding| {
        let mut parts = finding.parts().iter();
        finding.diagnostic.rule.name == "migration/irreversible"
            && parts.any(|part| part.primary().at.file == file.file)
    });
    let down = ["down.sql", "rollback.sql", "migration.down.sql"];
    Migration {
        name: file.name.clone(),
        spot: Spot {
            file: path.to_owned(),
            line: 1,
        },
        statements: steps().count(),
        destructive: count(|kind| {
            matches!(
                kind,
                StatementKind::Drop(_) | StatementKind::Truncate(_) | StatementKind::Delete(_)
            ) || actions(kind).any(|action| matches!(action, AlterActionKind::DropColumn(_)))
        }),
        irreversible,
        altering: count(|kind| actions(kind).any(is_altering)),
        data: count(|kind| {
            matches!(
                kind,
                StatementKind::Insert(_) | StatementKind::Update(_) | StatementKind::Delete(_)
            )
        }),
        locks,
        down: down.iter().any(|name| {
            let files = &analysis.project.workspace.files;
            let wanted = format!("{folder}/{name}");
            files.iter().any(|file| file.path == wanted)
        }),
        after_failure: history
            .replay
            .failures
            .iter()
            .any(|failure| failure.certain && failure.statement.migration < number),
        failure: failure.map(|failure| failure.message.to_string()),
        findings: about.get(&file.file).cloned().unwrap_or_default(),
    }
}

/// What a statement does to a table.
fn actions(kind: &StatementKind) -> impl Iterator<Item = &AlterActionKind> {
    let alter = match kind {
        StatementKind::AlterTable(alter) => Some(alter),
        _ => None,
    };
    let actions = alter.into_iter().flat_map(|alter| &alter.actions);
    actions.map(|action| &action.kind)
}

/// Whether what was there is something else afterwards, and nothing is lost.
fn is_altering(action: &AlterActionKind) -> bool {
    matches!(
        action,
        AlterActionKind::AlterColumn(..)
            | AlterActionKind::DropConstraint(_)
            | AlterActionKind::RenameTo(_)
            | AlterActionKind::RenameColumn(..)
            | AlterActionKind::SetSchema(_)
    )
}

/// Whether a rule is about a lock that a statement takes, or how long it is held.
fn is_about_locks(rule: &str) -> bool {
    const LOCKS: [&str; 22] = [
        "add-check-without-not-valid",
        "add-column-volatile-default",
        "add-exclusion-constraint",
        "add-foreign-key-without-not-valid",
        "add-generated-column",
        "add-primary-key",
        "add-required-column",
        "add-serial-column",
        "add-unique-constraint",
        "attach-partition",
        "change-column-type",
        "create-index-blocking",
        "create-trigger",
        "drop-foreign-key",
        "drop-index-blocking",
        "refresh-matview-blocking",
        "reindex-blocking",
        "set-not-null",
        "statement-after-access-exclusive",
        "table-rewrite",
        "vacuum-full",
        "wide-lock-window",
    ];
    rule.strip_prefix("migration/")
        .is_some_and(|name| LOCKS.contains(&name))
}
