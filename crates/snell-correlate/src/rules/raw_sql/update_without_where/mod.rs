//! A update of every row.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Part, StatementKind, Update, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/update-without-where",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw update has no `WHERE`",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut found: Vec<&Update> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Change(change) = part
                && let StatementKind::Update(one) = &change.kind
                && one.condition.is_none()
                && one.from.is_empty()
            {
                found.push(one);
            }
        });
        let catalog = reading::catalog(context, reading);
        for one in found {
            // Temporary tables and those that other code fills are not known here.
            let Some((relation, _)) = catalog.find_table(&one.table) else {
                continue;
            };
            if reading::is_rebuilt(context, reading, relation.id) {
                continue;
            }
            let message = format!("the statement changes every row of `{}`", relation.name);
            findings.tell(reading, one.table.span(), message, |finding| {
                let finding = finding.label("no `WHERE`");
                let finding = match reading::origin(context, reading, relation.id, None) {
                    Some(at) => finding.related(at, "the table"),
                    None => finding,
                };
                finding.help("add a `WHERE`; say `WHERE true` when every row is meant")
            });
        }
    }
    findings.done()
}
