//! Two ways from a table to another one: directly, and through a third.

use snell_prisma::{Datamodel, FieldId, ForeignKey, ModelId};
use snell_project::schema::FieldRef;

use crate::{
    rule::Context,
    support::{field_life::field_lives, tables::TableModel},
};

/// A table refers to `target`, and to `middle`, whose rows have exactly one `target`.
#[derive(Debug)]
pub(super) struct Detour<'a> {
    /// From the table to the target.
    pub direct: &'a ForeignKey,
    /// From the table to the middle.
    pub through: &'a ForeignKey,
    /// From the middle to the target.
    pub further: &'a ForeignKey,
    /// The table between.
    pub middle: ModelId,
    /// Where both ways end.
    pub target: ModelId,
}

/// The detours of a table, those left out that a composite key ties to the direct way.
pub(super) fn detours(table: TableModel<'_>) -> Vec<Detour<'_>> {
    let datamodel = &table.schema.datamodel;
    let keys = || {
        datamodel
            .foreign_keys_of(table.model.id)
            .map(|(_, key)| key)
    };
    let mut found = Vec::new();
    for direct in keys().filter(|key| key.columns.len() == 1) {
        let Some(target) = target(datamodel, direct) else {
            continue;
        };
        // A sender and a receiver: which of them is meant cannot be told.
        if keys()
            .filter(|key| self::target(datamodel, key) == Some(target))
            .count()
            > 1
        {
            continue;
        }
        for through in keys().filter(|key| key.field != direct.field) {
            let Some(middle) = self::target(datamodel, through) else {
                continue;
            };
            // One key for both columns: the database keeps them equal.
            if through.columns.contains(&direct.columns[0])
                || middle == table.model.id
                || middle == target
            {
                continue;
            }
            let further = datamodel.foreign_keys_of(middle).map(|(_, key)| key);
            let mut further = further.filter(|key| {
                self::target(datamodel, key) == Some(target)
                    && key.columns.len() == 1
                    && !is_optional(datamodel, key)
                    && key.references == direct.references
            });
            // Of two ways from the middle, neither is meant for sure.
            if let (Some(further), None) = (further.next(), further.next()) {
                found.push(Detour {
                    direct,
                    through,
                    further,
                    middle,
                    target,
                });
            }
        }
    }
    found
}

/// How many places of the application filter by the direct key.
pub(super) fn filters(context: &Context<'_>, table: TableModel<'_>, detour: &Detour<'_>) -> String {
    let column = FieldRef {
        schema: table.id,
        field: detour.direct.columns[0],
    };
    match field_lives(context).field(column).filtered.len() {
        0 => "no query filters by it".to_owned(),
        1 => "one query filters by it".to_owned(),
        many => format!("{many} queries filter by it"),
    }
}

/// The keys that tie both ways: on the middle, and on the table itself.
pub(super) fn tie(table: TableModel<'_>, detour: &Detour<'_>) -> String {
    let datamodel = &table.schema.datamodel;
    let name = |field: FieldId| datamodel[field].name.as_str();
    let key = detour
        .through
        .references
        .first()
        .map_or("id", |field| name(*field));
    format!(
        "`@@unique([{key}, {further}])` on `{middle}`, and `fields: [{through}, {direct}], references: [{key}, {further}]` here",
        further = name(detour.further.columns[0]),
        middle = datamodel[detour.middle].name,
        through = name(detour.through.columns[0]),
        direct = name(detour.direct.columns[0]),
    )
}

/// Whether rows may be without it.
pub(super) fn is_optional(datamodel: &Datamodel, key: &ForeignKey) -> bool {
    key.columns
        .iter()
        .any(|column| datamodel[*column].is_optional())
}

fn target(datamodel: &Datamodel, key: &ForeignKey) -> Option<ModelId> {
    datamodel
        .target(&datamodel[key.field])
        .map(|target| target.id)
}
