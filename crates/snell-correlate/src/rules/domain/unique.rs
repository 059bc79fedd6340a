//! Whether something keeps rows apart by some columns.

use snell_prisma::{FieldId, Model};
use snell_project::schema::Schema;

use crate::support::built;

/// Whether a unique key of the schema or the database lies inside these columns.
pub(super) fn is_kept(schema: &Schema, model: &Model, columns: &[FieldId]) -> bool {
    let names: Vec<&str> = columns
        .iter()
        .map(|column| schema.datamodel[*column].db_name.as_str())
        .collect();
    let declared = model.unique_criteria().any(|key| {
        key.fields()
            .is_some_and(|fields| fields.iter().all(|field| columns.contains(field)))
    });
    declared
        || built::table(schema, model)
            .is_some_and(|table| table.is_uncertain() || table.keeps_unique(&names))
}
