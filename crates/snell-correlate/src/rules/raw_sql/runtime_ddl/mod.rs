//! The database changed by the application that runs on it.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{ast::StatementKind, catalog::Catalog};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/runtime-ddl",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The application changes the database structure while it runs",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let catalog = reading::catalog(context, reading);
        let Some(what) = changes(&statement.kind, catalog) else {
            continue;
        };
        findings.tell(reading, statement.span, format!("the application {what} while it runs"), |one| {
            one.label("no migration knows of it")
                .help("write a migration: `prisma migrate dev --create-only`")
                .note("every instance runs it, and it needs rights that an application should not have")
        });
    }
    findings.done()
}

/// What a statement does to the structure; temporary objects are nobody else's.
fn changes(kind: &StatementKind, catalog: &Catalog) -> Option<&'static str> {
    match kind {
        StatementKind::CreateTable(table) if !table.temporary => Some("creates a table"),
        StatementKind::CreateTableAs(table) if !table.temporary => Some("creates a table"),
        StatementKind::AlterTable(alter) => catalog.find(&alter.name).map(|_| "alters a table"),
        StatementKind::CreateIndex(index) => catalog.find(&index.table).map(|_| "creates an index"),
        StatementKind::CreateType(_) => Some("creates a type"),
        StatementKind::CreateFunction(_) => Some("creates a function"),
        StatementKind::CreateTrigger(_) => Some("creates a trigger"),
        StatementKind::CreateExtension(_) => Some("installs an extension"),
        StatementKind::Drop(drop) => drop
            .names
            .iter()
            .any(|target| catalog.find(&target.name).is_some())
            .then_some("drops what migrations made"),
        _ => None,
    }
}
