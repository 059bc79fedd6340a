//! Tables that have nothing but attributes of another table's rows: a name and a value each.

use snell_prisma::{Field, ForeignKey, Model, ScalarType};

use super::words;
use crate::support::tables::TableModel;

/// What the column of names is called.
const NAMES: [&str; 6] = [
    "key",
    "attribute",
    "property",
    "param",
    "parameter",
    "field",
];

/// A table of attributes of another one's rows.
pub(super) struct Attributes<'a> {
    /// What the attributes are of.
    pub(super) key: &'a ForeignKey,
    /// Which attribute it is.
    pub(super) name: &'a Field,
    /// What it is.
    pub(super) value: &'a Field,
}

/// The columns of a table that has nothing but attributes of another one.
pub(super) fn attributes(table: TableModel<'_>) -> Option<Attributes<'_>> {
    let (datamodel, model) = (&table.schema.datamodel, table.model);
    let mut keys = datamodel.foreign_keys_of(model.id).map(|(_, key)| key);
    let (key, None) = (keys.next()?, keys.next()) else {
        return None;
    };
    let texts = || {
        let fields = model
            .columns()
            .filter(|field| !key.columns.contains(&field.id));
        fields.filter(|field| !model.is_id(field.id) && !field.is_list())
    };
    let value = texts().find(|field| {
        let words = words::of(&field.name);
        let says = words.last().is_some_and(|last| last == "value");
        says && matches!(field.scalar(), Some(ScalarType::String | ScalarType::Json))
    })?;
    let name = texts().find(|field| {
        let words = words::of(&field.name);
        let last = words.last().map(String::as_str).unwrap_or_default();
        field.scalar() == Some(ScalarType::String)
            && (NAMES.contains(&last) || last == "name" && is_unique_with(model, key, field))
    })?;
    let others = texts().filter(|field| {
        let kept = field.scalar() == Some(ScalarType::DateTime);
        !kept && field.id != value.id && field.id != name.id
    });
    (others.count() <= 1).then_some(Attributes { key, name, value })
}

/// Whether each owner has one row of each name.
pub(super) fn is_unique_with(model: &Model, key: &ForeignKey, name: &Field) -> bool {
    model.unique_criteria().any(|unique| {
        unique.fields().is_some_and(|fields| {
            fields.len() == key.columns.len() + 1
                && fields.contains(&name.id)
                && key.columns.iter().all(|c| fields.contains(c))
        })
    })
}
