//! The statements of all migrations, those that have run long ago included.

use snell_project::schema::History;
use snell_sql::{ast::Statement, catalog::Place};

/// The statements in the order in which they run, each with its place. What
/// blocks run under a condition is not among them.
pub(crate) fn all(history: &History) -> impl Iterator<Item = (Place, &Statement)> {
    let migrations = (0u32..).zip(&history.migrations);
    migrations.flat_map(|(migration, file)| {
        let statements = file.parse.statements.iter();
        statements.map(move |statement| {
            let place = Place {
                migration,
                span: statement.span,
            };
            (place, statement)
        })
    })
}
