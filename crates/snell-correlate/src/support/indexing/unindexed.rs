//! Foreign keys that no index leads with.

use snell_prisma::{Algorithm, FieldId, ForeignKey, Index, Model};
use snell_project::schema::Schema;

use crate::support::built;

/// The foreign keys of a model that no index leads with, those over the same columns once.
pub(crate) fn foreign_keys<'a>(schema: &'a Schema, model: &Model) -> Vec<&'a ForeignKey> {
    let mut missing: Vec<&ForeignKey> = Vec::new();
    for (_, key) in schema.datamodel.foreign_keys_of(model.id) {
        let complete = !key.columns.is_empty()
            && key.columns.len() == key.references.len()
            && !missing.iter().any(|known| known.columns == key.columns);
        if complete
            && !model.all_indexes.iter().any(|index| leads(index, key))
            && !is_built(schema, model, &key.columns)
            && !is_found_by_one(schema, model, key)
        {
            missing.push(key);
        }
    }
    missing
}

/// Whether the migrations built an index that the schema does not tell of.
fn is_built(schema: &Schema, model: &Model, columns: &[FieldId]) -> bool {
    let name = |field: &FieldId| schema.datamodel[*field].db_name.as_str();
    let columns: Vec<&str> = columns.iter().map(name).collect();
    built::table(schema, model)
        .is_some_and(|table| table.indexes().any(|index| index.leads(&columns)))
}

/// Whether an index finds the rows by one column of a longer key that says by itself which row is referenced:
/// `[ownerId, tenantId]` references `[id, tenantId]`, and `id` is a key alone.
fn is_found_by_one(schema: &Schema, model: &Model, key: &ForeignKey) -> bool {
    let Some(target) = schema.datamodel.target(&schema.datamodel[key.field]) else {
        return false;
    };
    let pairs = key.columns.iter().zip(&key.references);
    let mut telling = pairs.filter(|(_, id)| target.is_id(**id) || target.is_unique(**id));
    key.columns.len() > 1
        && telling.any(|(column, _)| {
            let declared = model.all_indexes.iter().any(|index| {
                let sorted = matches!(index.algorithm, None | Some(Algorithm::BTree));
                let first = index.columns.first().and_then(|first| first.field);
                sorted && index.condition.is_none() && first == Some(*column)
            });
            declared || is_built(schema, model, &[*column])
        })
}

/// Whether the index finds rows by the whole foreign key.
fn leads(index: &Index, key: &ForeignKey) -> bool {
    let finds_equals = match index.algorithm {
        None | Some(Algorithm::BTree) => true,
        Some(Algorithm::Hash) => key.columns.len() == 1,
        Some(_) => false,
    };
    finds_equals
        && index.condition.is_none()
        && (index.covers_prefix(&key.columns) || starts_within(index, key) && holds_all(index, key))
}

/// Whether the index is sorted by a column of the key first: what it holds of the
/// others, it compares without reading the rows.
pub(crate) fn starts_within(index: &Index, key: &ForeignKey) -> bool {
    let first = index.columns.first().and_then(|column| column.field);
    first.is_some_and(|field| key.columns.contains(&field))
}

/// Whether the index holds all columns of the key, wherever.
pub(crate) fn holds_all(index: &Index, key: &ForeignKey) -> bool {
    key.columns.iter().all(|field| {
        let mut columns = index.columns.iter();
        columns.any(|column| column.field == Some(*field))
    })
}
