//! Columns that are named and typed like the key of another table, though no
//! relation uses them.

use snell_prisma::{Field, Model};
use snell_project::schema::Schema;

/// Such a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unlinked<'a> {
    /// The column.
    pub column: &'a Field,
    /// The model that its name says.
    pub target: &'a Model,
    /// That model's key.
    pub key: &'a Field,
}

/// The columns of a schema's tables, in source order.
pub(crate) fn columns(schema: &Schema) -> impl Iterator<Item = Unlinked<'_>> {
    let datamodel = &schema.datamodel;
    let tables = datamodel.models().iter().filter(|model| !model.is_view);
    tables.flat_map(move |model| {
        model.columns().filter_map(move |column| {
            if column.is_list() || model.is_id(column.id) || model.is_foreign_key(column.id) {
                return None;
            }
            let name = named(&column.name)?;
            // `commentableId` beside `commentableType` leads to several tables.
            let kinds = [format!("{name}type"), format!("{name}kind")];
            if model
                .fields
                .iter()
                .any(|field| kinds.contains(&plain(&field.name)))
            {
                return None;
            }
            let mut targets = datamodel.models().iter();
            let target = targets.find(|other| {
                other.id != model.id && !other.is_view && plain(&other.name) == name
            })?;
            let key = match target.primary_key()?.columns.as_slice() {
                [only] => &datamodel[only.field?],
                _ => return None,
            };
            let alike = column.scalar().is_some() && column.scalar() == key.scalar();
            alike.then_some(Unlinked {
                column,
                target,
                key,
            })
        })
    })
}

/// `user` of `userId` and `user_id`.
fn named(column: &str) -> Option<String> {
    let base = column
        .strip_suffix("Id")
        .or_else(|| column.strip_suffix("ID"))
        .or_else(|| column.strip_suffix("_id"))?;
    let name = plain(base);
    (!name.is_empty()).then_some(name)
}

/// A name without case and underscores.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| *c != '_');
    letters.flat_map(char::to_lowercase).collect()
}
