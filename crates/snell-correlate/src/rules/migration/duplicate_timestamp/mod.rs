//! Two migrations of one second: their order is that of their names.

use std::collections::BTreeMap;

use snell_project::schema::{History, MigrationFile, Schema};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/duplicate-timestamp",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Two migrations carry the same time, so their names decide their order",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| Some((schema, schema.history.as_ref()?)))
        .flat_map(|(schema, history)| of_history(context, schema, history))
        .collect()
}

fn of_history(context: &Context<'_>, schema: &Schema, history: &History) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<&str, &MigrationFile> = BTreeMap::new();
    let mut findings = Vec::new();
    for migration in &history.migrations {
        let Some(time) = time(&migration.name) else {
            continue;
        };
        match seen.get(time) {
            Some(first) => findings.push(finding(context, schema, first, migration)),
            None => {
                seen.insert(time, migration);
            }
        }
    }
    findings
}

/// The fourteen digits that a migration's name begins with.
fn time(name: &str) -> Option<&str> {
    let end = name.bytes().take_while(u8::is_ascii_digit).count();
    (end == 14).then(|| &name[..end])
}

fn finding(
    context: &Context<'_>,
    schema: &Schema,
    first: &MigrationFile,
    second: &MigrationFile,
) -> Diagnostic {
    let tables = |migration: &MigrationFile| {
        let text = &context.sources.file(migration.file).text;
        snell_sql::names(text).tables
    };
    let shared = tables(first).intersection(&tables(second)).next().cloned();
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        start(second),
        format!(
            "migration `{}` carries the same time as `{}`",
            second.name, first.name
        ),
    )
    .label("runs second, because its name comes later in the alphabet")
    .related(start(first), "runs first")
    .help("give the second one a later time, as long as no database has run it");
    finding = match shared {
        Some(table) => finding.note(format!("both name `{table}`")),
        None => finding.lowered(Severity::Low, "they name no table in common"),
    };
    finding.subject(format!("schema:{} migration:{}", schema.path, second.name))
}

/// The first statement of a migration.
fn start(migration: &MigrationFile) -> Location {
    let statement = migration.parse.statements.first();
    let span = statement.map_or_else(Span::default, |statement| statement.span);
    Location::new(migration.file, span)
}
