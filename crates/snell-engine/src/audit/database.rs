//! The migrations, and where the database that they build departs from the schema.

use std::collections::BTreeMap;

use snell_project::schema::History;
use snell_report::{
    audit::{Audit, Drift, Migration},
    trace::Spot,
};
use snell_source::FileId;
use snell_sql::{
    ast::StatementKind,
    drift::{self, DifferenceView, DriftKind},
};

use super::quoted;
use crate::{Analysis, facts};

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
        locks,
        down: down.iter().any(|name| {
            let files = &analysis.project.workspace.files;
            let wanted = format!("{folder}/{name}");
            files.iter().any(|file| file.path == wanted)
        }),
        failure: failure.map(|failure| failure.message.to_string()),
        findings: about.get(&file.file).cloned().unwrap_or_default(),
    }
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

/// The differences that a user must hear of, and what a schema cannot express.
pub(super) fn drift(analysis: &Analysis) -> Vec<Drift> {
    let documents = facts::drift(analysis);
    let rows = documents.into_iter().flat_map(|document| document.drift);
    rows.filter(|row| !row.difference.equivalent && !row.difference.informational)
        .map(|row| {
            let difference = row.difference;
            let table = difference.table.as_deref().unwrap_or_default();
            Drift {
                what: words(&difference),
                managed: !difference.unmanaged,
                made: match difference.unmanaged {
                    true => made(analysis, &difference),
                    false => None,
                },
                cure: row.cure.unwrap_or_else(|| missing_table(analysis, table)),
            }
        })
        .collect()
}

/// The statement that makes what a schema has no words for: a check by what it says, anything
/// else as the migration has it.
fn made(analysis: &Analysis, view: &DifferenceView) -> Option<String> {
    if let (Some(name), Some(table), Some(check)) = (&view.constraint, &view.table, &view.actual) {
        let (name, table) = (quoted(name), quoted(table));
        return Some(format!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} {check};"
        ));
    }
    let schemas = analysis.project.schemas.iter();
    let mut histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
    histories.find_map(|history| {
        let mut differences = history.drift.differences.iter();
        let difference = differences.find(|one| DifferenceView::from(*one) == *view)?;
        let text = analysis
            .sources
            .text(history.location(difference.actual_at?));
        let text = text.trim().trim_end_matches(';');
        let makes = text
            .get(..6)
            .is_some_and(|word| word.eq_ignore_ascii_case("create"));
        makes.then(|| format!("{text};"))
    })
}

/// What makes a table that no migration creates.
fn missing_table(analysis: &Analysis, table: &str) -> Vec<String> {
    let schemas = analysis.project.schemas.iter();
    let mut histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
    histories
        .find_map(|history| {
            let mut differences = history.drift.differences.iter();
            let missing = differences.find(|one| {
                one.kind == DriftKind::TableMissingInDb && one.table.as_deref() == Some(table)
            })?;
            drift::missing_table(missing, &history.drift.expected, &history.replay.catalog)
        })
        .map(|made| [made.create, made.foreign_keys].concat())
        .unwrap_or_default()
}

/// `index missing in the database: messages.messages_session_id_idx; schema: ..., migrations: ...`;
/// of what no schema can say, what it is: `check agents.agents_age_check: CHECK (...)`
fn words(difference: &DifferenceView) -> String {
    let kind = difference.kind.map(|kind| kind.to_string());
    let kind = kind.unwrap_or_default();
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
    let name = name.join(".");
    if let (Some(kind), true, Some(built)) = (
        kind.strip_suffix(" extra in db"),
        difference.unmanaged,
        &difference.actual,
    ) {
        return format!("{kind} `{name}`: `{built}`");
    }
    let kind = kind
        .replace(" extra in db", " in the database alone")
        .replace(" missing in db", " missing in the database");
    let mut text = format!("{kind}: `{name}`");
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
