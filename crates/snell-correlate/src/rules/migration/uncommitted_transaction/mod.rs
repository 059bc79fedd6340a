//! BEGIN without COMMIT: nothing of it stays.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Statement, StatementKind, Transaction};

use crate::{
    rule::{Context, Rule},
    support::migrations::histories,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/uncommitted-transaction",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration opens a transaction and never commits it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    histories(context)
        .flat_map(|(schema, history)| {
            let new = history.migrations.iter().filter(|migration| migration.is_new());
            new.filter_map(move |migration| {
                let opened = left_open(&migration.parse.statements)?;
                let name = &migration.name;
                Some(
                    Diagnostic::at(
                        &RULE.metadata,
                        Location::new(migration.file, opened.span),
                        format!("migration `{name}` begins a transaction and never commits it: nothing after this line stays"),
                    )
                    .label("no COMMIT follows")
                    .help("take it out: Prisma's file is a transaction already; or end it with COMMIT")
                    .note("Prisma takes the migration for done")
                    .subject(format!("schema:{} migration:{name}", schema.path)),
                )
            })
        })
        .collect()
}

/// The `BEGIN` of the transaction that is open at the end.
fn left_open(statements: &[Statement]) -> Option<&Statement> {
    statements
        .iter()
        .fold(None, |open, statement| match &statement.kind {
            StatementKind::Transaction(Transaction::Begin) => open.or(Some(statement)),
            StatementKind::Transaction(Transaction::Commit | Transaction::Rollback) => None,
            _ => open,
        })
}
