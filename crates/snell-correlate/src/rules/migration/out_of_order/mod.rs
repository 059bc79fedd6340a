//! A new migration sorts before one that databases have run.

use snell_project::schema::{Age, History, MigrationFile, Schema};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use crate::{
    rule::{Context, Rule},
    support::migrations::histories,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/out-of-order",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A new migration comes before ones that have run, so databases differ in the order",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    histories(context)
        .flat_map(|(schema, history)| {
            let applied = history
                .migrations
                .iter()
                .filter(|migration| migration.age == Age::Applied);
            let last = applied.max_by_key(|migration| migration.name.as_str());
            let new = history
                .migrations
                .iter()
                .filter(|migration| migration.age == Age::New);
            new.filter_map(move |migration| {
                let last = last.filter(|last| last.name > migration.name)?;
                Some(finding(context, schema, history, migration, last))
            })
        })
        .collect()
}

fn finding(
    context: &Context<'_>,
    schema: &Schema,
    history: &History,
    migration: &MigrationFile,
    last: &MigrationFile,
) -> Diagnostic {
    let name = &migration.name;
    let tables = |migration: &MigrationFile| {
        snell_sql::names(&context.sources.file(migration.file).text).tables
    };
    let own = tables(migration);
    let mut after = history
        .migrations
        .iter()
        .filter(|other| other.age == Age::Applied && other.name > *name);
    let shared = after.find_map(|other| tables(other).intersection(&own).next().cloned());
    let finding = Diagnostic::at(
        &RULE.metadata,
        start(migration),
        format!(
            "migration `{name}` is new, and comes before `{}`, which databases have run",
            last.name
        ),
    )
    .label("runs after the others in old databases, and before them in new ones")
    .related(start(last), "has run")
    .help("give it a time after the last one: rename the folder");
    let finding = match shared {
        Some(table) => finding.note(format!("both name `{table}`")),
        None => finding.lowered(
            Severity::Medium,
            "it names no table that the later ones name",
        ),
    };
    finding.subject(format!("schema:{} migration:{name}", schema.path))
}

/// The first statement of a migration.
pub(super) fn start(migration: &MigrationFile) -> Location {
    let first = migration.parse.statements.first();
    let span = first.map_or_else(Span::default, |statement| statement.span);
    Location::new(migration.file, span)
}
