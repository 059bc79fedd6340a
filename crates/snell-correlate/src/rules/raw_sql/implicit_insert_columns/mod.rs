//! Values by the order of a table's columns, whatever it is.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Insert, Part, StatementKind, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/implicit-insert-columns",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A raw insert does not say which columns it fills",
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
        let mut inserts: Vec<&Insert> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Change(change) = part
                && let StatementKind::Insert(insert) = &change.kind
                && insert.columns.is_empty()
                && insert.source.is_some()
            {
                inserts.push(insert);
            }
        });
        for insert in inserts {
            let Some((_, table)) = catalog.find_table(&insert.table) else {
                continue;
            };
            let columns: Vec<String> = table
                .columns
                .iter()
                .filter(|column| column.generated.is_none())
                .map(|column| reading::quoted(&column.name))
                .collect();
            let message = format!(
                "the insert into `{}` does not say which columns it fills",
                insert.table
            );
            findings.tell(reading, insert.table.span(), message, |one| {
                let one = one.label("by the order of the table's columns, as migrations left it");
                // As many columns as fit into a line.
                match columns.len() <= 6 {
                    true => one.help(format!("name them: `({})`", columns.join(", "))),
                    false => one.help("name the columns"),
                }
            });
        }
    }
    findings.done()
}
