//! Columns that hold the key of another model's rows though no relation of the schema says so: the migrations make them
//! foreign keys, or, where a schema declares no relations and its migrations no foreign keys, their names and types do.

use rustc_hash::FxHashMap;
use snell_prisma::{Datamodel, Field, FieldId, Model, ModelId};
use snell_sql::catalog::{RelationId, Table, TableConstraint};

use super::roots::singular;
use crate::schema::{History, Schema};

/// One such column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BareKey {
    pub(super) column: FieldId,
    pub(super) target: ModelId,
}

/// A model's keys of other models: those of its relations, and its bare ones.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) datamodel: &'a Datamodel,
    pub(super) bare: &'a [BareKey],
}

impl Keys<'_> {
    /// The columns by which rows of one model name a row of another.
    pub(super) fn columns(self, from: &Model, to: ModelId) -> impl Iterator<Item = FieldId> {
        let sides = from.relation_fields().filter_map(Field::relation);
        let declared = sides.filter(move |side| side.holds_key && side.target == to);
        let bare = self.bare.iter();
        let bare = bare.filter(move |key| key.column.model == from.id && key.target == to);
        declared
            .filter_map(|side| side.fields.first().copied())
            .chain(bare.map(|key| key.column))
    }

    /// Whether each row of a model has one of another.
    pub(super) fn lead(self, from: &Model, to: ModelId) -> bool {
        let mut sides = from
            .relation_fields()
            .filter(|field| field.is_required())
            .filter_map(Field::relation);
        let mut bare = self.bare.iter();
        sides.any(|side| side.holds_key && side.target == to)
            || bare.any(|key| {
                key.column.model == from.id
                    && key.target == to
                    && self.datamodel[key.column].is_required()
            })
    }
}

/// Those of a schema, with those that policies name.
pub(super) fn of(schema: &Schema, secured: &[BareKey]) -> Vec<BareKey> {
    let mut found = undeclared(schema);
    for key in secured {
        if !found.iter().any(|known| known.column == key.column) {
            found.push(*key);
        }
    }
    found
}

fn undeclared(schema: &Schema) -> Vec<BareKey> {
    let datamodel = &schema.datamodel;
    let built = schema
        .history
        .as_ref()
        .map(|history| made(datamodel, history));
    let built = built.unwrap_or_default();
    let mut models = datamodel.models().iter();
    let declares = models.any(|model| {
        let mut sides = model.relation_fields().filter_map(Field::relation);
        sides.any(|side| side.holds_key)
    });
    match built.is_empty() && !declares {
        true => named(datamodel),
        false => built,
    }
}

/// Those that the migrations make foreign keys.
fn made(datamodel: &Datamodel, history: &History) -> Vec<BareKey> {
    let catalog = &history.replay.catalog;
    let models = datamodel.models().iter().filter(|model| !model.is_view);
    let tables: Vec<(&Model, RelationId, &Table)> = models
        .filter_map(|model| {
            let (relation, table) = history.table(&model.db_name)?;
            Some((model, relation.id, table))
        })
        .collect();
    let of_table: FxHashMap<RelationId, &Model> =
        tables.iter().map(|(model, id, _)| (*id, *model)).collect();
    let mut found = Vec::new();
    for (model, _, table) in &tables {
        for constraint in &table.constraints {
            let TableConstraint::ForeignKey(reference) = &constraint.kind else {
                continue;
            };
            let (Some(target), Some(other)) = (
                of_table.get(&reference.table),
                catalog.table(reference.table),
            ) else {
                continue;
            };
            let columns = table.names(&constraint.columns);
            let pairs = columns.zip(other.names(&reference.columns));
            found.extend(pairs.filter_map(|(own, theirs)| {
                let column = model.field_of_column(own)?;
                let key = target.field_of_column(theirs)?;
                (target.is_id(key.id) && is_loose(model, column)).then_some(BareKey {
                    column: column.id,
                    target: target.id,
                })
            }));
        }
    }
    found
}

/// Those that are called after a model and have the type of its key: `noteId`.
fn named(datamodel: &Datamodel) -> Vec<BareKey> {
    let mut keys: FxHashMap<String, (&Model, &Field)> = FxHashMap::default();
    for model in datamodel.models().iter().filter(|model| !model.is_view) {
        let key = model.columns().find(|field| model.is_id(field.id));
        if let Some(key) = key {
            keys.insert(format!("{}id", singular(&model.name)), (model, key));
        }
    }
    let models = datamodel.models().iter();
    let columns = models.flat_map(|model| model.columns().map(move |column| (model, column)));
    columns
        .filter_map(|(model, column)| {
            let (target, key) = keys.get(&singular(&column.name))?;
            let alike = column.scalar().is_some() && column.scalar() == key.scalar();
            (alike && is_loose(model, column)).then_some(BareKey {
                column: column.id,
                target: target.id,
            })
        })
        .collect()
}

/// Whether a column may be one: no relation goes by it, and it is not the key of its own rows.
pub(super) fn is_loose(model: &Model, column: &Field) -> bool {
    !column.is_list() && !model.is_foreign_key(column.id) && !model.is_id(column.id)
}
