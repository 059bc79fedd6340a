//! A proposed index as Prisma and as SQL have it.

use snell_prisma::Model;
use snell_project::schema::Schema;

use crate::support::asked::Sort;

/// The columns as `@@index` takes them. Prisma cannot say where NULLs go.
pub(crate) fn prisma(schema: &Schema, columns: &[Sort]) -> String {
    let columns = columns.iter().map(|sort| {
        let name = &schema.datamodel[sort.field].name;
        match sort.descending {
            true => format!("{name}(sort: Desc)"),
            false => name.to_string(),
        }
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// Whether Prisma can declare an index of these columns.
pub(crate) fn is_declarable(columns: &[Sort]) -> bool {
    columns
        .iter()
        .all(|sort| sort.nulls_first == sort.descending)
}

/// The columns as `CREATE INDEX` takes them.
pub(crate) fn sql(schema: &Schema, columns: &[Sort]) -> String {
    let columns = columns.iter().map(|sort| {
        let field = &schema.datamodel[sort.field];
        let direction = if sort.descending { " DESC" } else { "" };
        let nulls = match (sort.nulls_first == sort.descending, sort.nulls_first) {
            (true, _) => "",
            (false, true) => " NULLS FIRST",
            (false, false) => " NULLS LAST",
        };
        format!("\"{}\"{direction}{nulls}", field.db_name)
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// The statement that creates it while the table is in use.
pub(crate) fn statement(schema: &Schema, model: &Model, columns: &[Sort]) -> String {
    format!(
        "CREATE INDEX CONCURRENTLY ON {} ({});",
        table(model),
        sql(schema, columns)
    )
}

/// The table's name as SQL has it.
pub(crate) fn table(model: &Model) -> String {
    match &model.schema {
        Some(schema) => format!("\"{}\".\"{}\"", schema.name, model.db_name),
        None => format!("\"{}\"", model.db_name),
    }
}
