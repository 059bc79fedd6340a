//! All columns, whatever they will be.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ExprKind, QueryBody, StatementKind, Target};

use super::{
    reading::{self, Findings},
    rows,
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/select-star",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A raw query returns all columns of a table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|one| rows::is_query(context, one)) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let targets: &[Target] = match &statement.kind {
            StatementKind::Query(query) => match &query.body {
                QueryBody::Select(select) => &select.targets,
                _ => &[],
            },
            StatementKind::Insert(insert) => &insert.returning,
            StatementKind::Update(update) => &update.returning,
            StatementKind::Delete(delete) => &delete.returning,
            _ => &[],
        };
        for target in targets {
            // A sub-select's or a CTE's columns are written in the same text.
            let from_table = reading
                .facts
                .columns
                .iter()
                .any(|column| column.span == target.expr.span && column.source.is_some());
            if matches!(target.expr.kind, ExprKind::Star(_)) && from_table {
                findings.tell(
                    reading,
                    target.expr.span,
                    "the query returns every column",
                    |one| {
                        one.label("and each one that a later migration adds")
                            .help("name the columns that the code uses")
                    },
                );
            }
        }
    }
    findings.done()
}
