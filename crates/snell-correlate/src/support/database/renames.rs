//! What became of tables that migrations gave another name.

use snell_project::schema::Schema;
use snell_sql::ast::{AlterActionKind, StatementKind};

/// The first name of a table for which `was` holds and that migrations renamed, and the one that it
/// has after all of them.
pub(crate) fn renamed_to(schema: &Schema, was: impl Fn(&str) -> bool) -> Option<(String, String)> {
    let history = schema.history.as_ref()?;
    let statements = history.migrations.iter();
    let statements = statements.flat_map(|migration| &migration.parse.statements);
    let mut found: Option<(String, String)> = None;
    for statement in statements {
        let StatementKind::AlterTable(alter) = &statement.kind else {
            continue;
        };
        let old = alter.name.name.text.as_str();
        for action in &alter.actions {
            let AlterActionKind::RenameTo(new) = &action.kind else {
                continue;
            };
            match &mut found {
                Some((_, now)) if now == old => *now = new.text.to_string(),
                None if was(old) => found = Some((old.to_owned(), new.text.to_string())),
                _ => {}
            }
        }
    }
    // Renamed away and back is where it was.
    found.filter(|(first, now)| first != now)
}
