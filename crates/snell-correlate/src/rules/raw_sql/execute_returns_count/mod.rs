//! Rows that are asked for by a method that counts them.

use snell_project::client::Operation;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{FromItem, QueryBody, StatementKind};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/execute-returns-count",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "`$executeRaw` is given a text with rows, and gives back how many",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let operation = reading.operation(context.project);
        let executes = matches!(
            operation,
            Operation::ExecuteRaw | Operation::ExecuteRawUnsafe
        );
        let Some(statement) = reading.statement().filter(|_| executes) else {
            continue;
        };
        let returning = match &statement.kind {
            StatementKind::Insert(insert) => insert.returning.first(),
            StatementKind::Update(update) => update.returning.first(),
            StatementKind::Delete(delete) => delete.returning.first(),
            StatementKind::Merge(merge) => merge.returning.first(),
            // Locks are what `SELECT ... FOR UPDATE` is run for.
            StatementKind::Query(query) if !query.locks => match &query.body {
                // `SELECT lock()` and its like are run for what they do.
                QueryBody::Select(select)
                    if matches!(
                        select.from.first(),
                        Some(FromItem::Table(..) | FromItem::Join(_))
                    ) =>
                {
                    select.targets.first()
                }
                _ => None,
            },
            _ => None,
        };
        if let Some(first) = returning {
            let name = operation.as_str();
            let message = format!("`{name}` gives back how many rows there are, not the rows");
            let instead = name.replace("execute", "query");
            findings.tell(reading, first.expr.span, message, |one| {
                one.label("asked for, and thrown away")
                    .help(format!("use `{instead}`, or leave the columns out"))
            });
        }
    }
    findings.done()
}
