//! Whether the policies of a table bind the role as which the application asks.

use snell_project::schema::SchemaId;
use snell_sql::catalog::Table;

use crate::{rule::Context, rules::isolation::rls_without_force};

/// Policies bind every role but the owner of the table, and the owner too where
/// they are forced.
pub(in crate::rules::isolation) fn binds_client(
    context: &Context<'_>,
    schema: SchemaId,
    table: &Table,
) -> bool {
    let history = context.project.schemas.get(schema).history.as_ref();
    table.force_row_security
        || history.is_some_and(|history| rls_without_force::has_other_role(context, history))
}
