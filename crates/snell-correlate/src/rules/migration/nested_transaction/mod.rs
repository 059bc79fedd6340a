//! BEGIN inside of a transaction, or COMMIT outside of one.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Statement, StatementKind, Transaction};

use crate::{
    rule::{Context, Rule},
    support::migrations::histories,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/nested-transaction",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration nests BEGIN, or commits what no BEGIN opened",
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
                let (statement, outer) = misplaced(&migration.parse.statements)?;
                let at = |statement: &Statement| Location::new(migration.file, statement.span);
                let name = &migration.name;
                let finding = match outer {
                    Some(outer) => Diagnostic::at(
                        &RULE.metadata,
                        at(statement),
                        "BEGIN inside of a transaction opens no other: the next COMMIT ends them all",
                    )
                    .label("only warned of")
                    .related(at(outer), "opened here"),
                    None => Diagnostic::at(
                        &RULE.metadata,
                        at(statement),
                        "this ends the transaction that the file is: what comes before it stays when the rest fails",
                    )
                    .label("no BEGIN before it"),
                };
                Some(
                    finding
                        .help("leave transactions to Prisma, which runs the file as one; split what must be committed apart into two migrations")
                        .subject(format!("schema:{} migration:{name}", schema.path)),
                )
            })
        })
        .collect()
}

/// The first `BEGIN` in an open transaction, with the one that opened it; or the first `COMMIT`
/// of none.
fn misplaced(statements: &[Statement]) -> Option<(&Statement, Option<&Statement>)> {
    let mut open: Option<&Statement> = None;
    for statement in statements {
        match (&statement.kind, open) {
            (StatementKind::Transaction(Transaction::Begin), Some(outer)) => {
                return Some((statement, Some(outer)));
            }
            (StatementKind::Transaction(Transaction::Begin), None) => open = Some(statement),
            (StatementKind::Transaction(Transaction::Commit | Transaction::Rollback), None) => {
                return Some((statement, None));
            }
            (StatementKind::Transaction(Transaction::Commit | Transaction::Rollback), _) => {
                open = None;
            }
            _ => {}
        }
    }
    None
}
