//! Statements that take every row of a table.

use snell_source::{Diagnostic, RuleMetadata};
use snell_sql::ast::{ObjectName, Part, StatementKind, walk_statement};

use super::reading::{self, Findings};
use crate::rule::Context;

/// One finding for each statement of which `target` names the table, when
/// that is one of the database's and is not filled anew by the same text.
pub(super) fn all(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    does: &str,
    target: impl Fn(&StatementKind) -> Option<&ObjectName>,
) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, rule);
    for reading in reading::all(context) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut found: Vec<&ObjectName> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Change(change) = part {
                found.extend(target(&change.kind));
            }
        });
        let catalog = reading::catalog(context, reading);
        for table in found {
            // Temporary tables and those that other code fills are not known here.
            let Some((relation, _)) = catalog.find_table(table) else {
                continue;
            };
            if reading::is_rebuilt(context, reading, relation.id) {
                continue;
            }
            let message = format!("the statement {does} every row of `{}`", relation.name);
            findings.tell(reading, table.span(), message, |finding| {
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
