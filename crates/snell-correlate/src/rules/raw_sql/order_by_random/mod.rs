//! Every row sorted to get a few at random.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Expr, ExprKind, FromItem, Part, QueryBody, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/order-by-random",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A raw query sorts its rows at random",
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
        let mut found: Vec<&Expr> = Vec::new();
        walk_statement(statement, &mut |part| {
            let Part::Query(query) = part else { return };
            let QueryBody::Select(select) = &query.body else {
                return;
            };
            // A few rows of a sub-query or a list may be shuffled.
            let table = select.from.iter().any(
                |item| matches!(item, FromItem::Table(name, _) if catalog.find_table(name).is_some()),
            );
            if let Some(first) = query.order_by.first()
                && table
                && matches!(&first.expr.kind, ExprKind::Call(call)
                    if call.name.name.text == "random" && call.arguments.is_empty())
            {
                found.push(&first.expr);
            }
        });
        for expr in found {
            findings.tell(reading, expr.span, "the query sorts every row at random", |one| {
                one.label("a number for each row, then a sort of all")
                    .help("take a sample, `TABLESAMPLE SYSTEM (1)`, or start at a random key: `WHERE id >= $1 ORDER BY id LIMIT n`")
            });
        }
    }
    findings.done()
}
