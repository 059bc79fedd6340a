//! The migrations, and where the database that they build departs from the schema.

use std::collections::BTreeMap;

use snell_project::schema::History;
use snell_report::{
    audit::{Audit, Drift, Migration},
    trace::Spot,
};
use snell_source::FileId;
use snell_sql::ast::StatementKind;

use crate::{Analysis, facts};

/// All migrations, in the order in which they run, with the ids of findings about them.
pub(super) fn migrations(analysis: &Analysis, audit: &Audit) -> Vec<Migration> {
    let mut about: BTreeMap<FileId, Vec<String>> = BTreeMap::new();
    for (finding, more) in audit.report.findings.iter().zip(&audit.findings) {
        let file = finding.diagnostic.primary().at.file;
        about.entry(file).or_default().push(more.id.clone());
    }
    let schemas = analysis.project.schemas.iter();
    let histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
    histories
        .flat_map(|history| {
            let numbered = (0u32..).zip(&history.migrations);
            numbered.map(|(number, _)| migration(analysis, history, number, &about))
        })
        .collect()
}

fn migration(
    analysis: &Analysis,
    history: &History,
    number: u32,
    about: &BTreeMap<FileId, Vec<String>>,
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
            )
        }),
        data: count(|kind| {
            matches!(
                kind,
                StatementKind::Insert(_) | StatementKind::Update(_) | StatementKind::Delete(_)
            )
        }),
        down: down.iter().any(|name| {
            let files = &analysis.project.workspace.files;
            let wanted = format!("{folder}/{name}");
            files.iter().any(|file| file.path == wanted)
        }),
        failure: failure.map(|failure| failure.message.to_string()),
        findings: about.get(&file.file).cloned().unwrap_or_default(),
    }
}

/// The differences that a user must hear of, and what a schema cannot express.
pub(super) fn drift(analysis: &Analysis) -> Vec<Drift> {
    let documents = facts::drift(analysis);
    let rows = documents.into_iter().flat_map(|document| document.drift);
    rows.filter(|row| !row.difference.equivalent && !row.difference.informational)
        .map(|row| {
            let difference = row.difference;
            Drift {
                what: words(&difference),
                managed: !difference.unmanaged,
                cure: row.cure.unwrap_or_default(),
            }
        })
        .collect()
}

/// `index missing in db: messages.messages_session_id_idx; schema: ..., migrations: ...`
fn words(difference: &snell_sql::drift::DifferenceView) -> String {
    let kind = difference.kind.map(|kind| kind.to_string());
    let parts = [
        &difference.table,
        &difference.column,
        &difference.index,
        &difference.constraint,
        &difference.enumeration,
        &difference.trigger,
        &difference.policy,
        &difference.view,
        &difference.function,
    ];
    let name: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let mut text = format!("{}: `{}`", kind.unwrap_or_default(), name.join("."));
    for (side, value) in [
        ("schema", &difference.expected),
        ("migrations", &difference.actual),
    ] {
        if let Some(value) = value {
            text.push_str(&format!("; {side}: `{value}`"));
        }
    }
    text
}
