//! The models, their foreign keys, and what goes with a row of an owner.

use std::collections::{BTreeSet, VecDeque};

use snell_correlate::{BuiltKey, built_table, is_explained};
use snell_prisma::{Datamodel, Field, FieldId, ForeignKey, Model, ModelId, ReferentialAction};
use snell_project::{
    ownership::{Chain, Ownership},
    schema::{ModelRef, Schema},
};
use snell_report::audit::{self, Owned, Removal};
use snell_sql::ast;

use super::spot;
use crate::Analysis;

/// All models, in the order of the schemas.
pub(super) fn models(analysis: &Analysis) -> Vec<audit::Model> {
    let models = analysis.project.schemas.models();
    models
        .map(|(reference, schema, model)| {
            let columns = || model.columns();
            audit::Model {
                name: model.name.to_string(),
                table: model.db_name.to_string(),
                spot: spot(analysis, schema.model_name(model)),
                columns: columns().count(),
                nullable: columns().filter(|field| field.is_optional()).count(),
                key: key(&schema.datamodel, model),
                ownership: ownership(analysis, schema, reference),
                documented: is_explained(&model.comments),
                kept: model.documentation().is_some(),
                documented_columns: columns()
                    .filter(|field| is_explained(&field.comments))
                    .count(),
                row_security: row_security(schema, model),
            }
        })
        .collect()
}

/// `id: Int`, `userId, roleId`
fn key(datamodel: &Datamodel, model: &Model) -> String {
    let Some(key) = model.primary_key() else {
        return "none".to_owned();
    };
    let columns: Vec<&str> = key
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let only = match key.columns.as_slice() {
        [only] => model.field(&only.name),
        _ => None,
    };
    match only {
        Some(field) => format!("{}: {}", columns[0], type_of(datamodel, field)),
        None => columns.join(", "),
    }
}

fn type_of(datamodel: &Datamodel, field: &Field) -> String {
    match (field.scalar(), field.enumeration()) {
        (Some(scalar), _) => scalar.as_str().to_owned(),
        (None, Some(id)) => datamodel[id].name.to_string(),
        (None, None) => "Unsupported".to_owned(),
    }
}

fn ownership(analysis: &Analysis, schema: &Schema, reference: ModelRef) -> Owned {
    match analysis.project.owners.of(reference) {
        Ownership::Root(_) => Owned::Owner,
        Ownership::Global if analysis.project.owners.graph(reference.schema).is_empty() => {
            Owned::NotAnalysed
        }
        Ownership::Global => Owned::Global,
        Ownership::Owned(chains) => chains
            .first()
            .map_or(Owned::Global, |chain| by_chain(&schema.datamodel, chain)),
    }
}

fn by_chain(datamodel: &Datamodel, chain: &Chain) -> Owned {
    let names = chain
        .relations
        .iter()
        .map(|field| datamodel[*field].name.as_str());
    match (chain.relations.len(), chain.key) {
        (0 | 1, Some(key)) => Owned::Directly(datamodel[key].name.to_string()),
        _ => Owned::Through(names.collect::<Vec<_>>().join(".")),
    }
}

fn row_security(schema: &Schema, model: &Model) -> bool {
    let Some(history) = &schema.history else {
        return false;
    };
    let mut tables = history.replay.catalog.tables();
    tables.any(|(relation, table)| relation.name == model.db_name && table.row_security)
}

/// Every foreign key, in the order of the schemas.
pub(super) fn relations(analysis: &Analysis) -> Vec<audit::Relation> {
    let mut found = Vec::new();
    for (_, schema, model) in analysis.project.schemas.models() {
        let datamodel = &schema.datamodel;
        for (_, key) in datamodel.foreign_keys_of(model.id) {
            let field = &datamodel[key.field];
            let names = key
                .columns
                .iter()
                .map(|column| datamodel[*column].name.to_string());
            found.push(audit::Relation {
                from: model.name.to_string(),
                columns: names.collect(),
                to: datamodel
                    .target(field)
                    .map_or_else(String::new, |target| target.name.to_string()),
                on_delete: key.on_delete.action.as_str().to_owned(),
                built: built(schema, model, key),
                explicit: key.on_delete.explicit.is_some(),
                required: key
                    .columns
                    .iter()
                    .all(|column| datamodel[*column].is_required()),
                indexed: model.indexes_covering(&key.columns).next().is_some(),
                spot: spot(analysis, schema.field_name(field)),
            });
        }
    }
    found
}

/// What the deletion does in the database that the migrations build, where the schema says
/// something else. Two ways to refuse it are the same here.
fn built(schema: &Schema, model: &Model, key: &ForeignKey) -> Option<String> {
    let table = built_table(schema, model).filter(|table| !table.is_uncertain())?;
    let of_key = |column: &FieldId| schema.datamodel[*column].db_name.clone();
    let columns: Vec<_> = key.columns.iter().map(of_key).collect();
    let same = |own: &BuiltKey<'_>| {
        own.columns.len() == columns.len() && own.columns.iter().all(|one| columns.contains(one))
    };
    let word = |action: ast::ReferentialAction| match action {
        ast::ReferentialAction::Cascade => ReferentialAction::Cascade,
        ast::ReferentialAction::Restrict => ReferentialAction::Restrict,
        ast::ReferentialAction::NoAction => ReferentialAction::NoAction,
        ast::ReferentialAction::SetNull => ReferentialAction::SetNull,
        ast::ReferentialAction::SetDefault => ReferentialAction::SetDefault,
    };
    let refuses = |action: ReferentialAction| {
        matches!(
            action,
            ReferentialAction::Restrict | ReferentialAction::NoAction
        )
    };
    let mut keys = table.foreign_keys().filter(same);
    let built = word(keys.next()?.on_delete);
    let says = key.on_delete.action;
    let is_same = built == says || refuses(built) && refuses(says);
    (!is_same).then(|| built.as_str().to_owned())
}

/// What goes with a row of each owner.
pub(super) fn removals(analysis: &Analysis) -> Vec<Removal> {
    let mut found = Vec::new();
    for (id, schema) in analysis.project.schemas.iter() {
        for root in analysis.project.owners.graph(id).roots() {
            found.push(removal(&schema.datamodel, root.model));
        }
    }
    found
}

fn removal(datamodel: &Datamodel, owner: ModelId) -> Removal {
    let mut seen = BTreeSet::from([owner]);
    let mut work = VecDeque::from([owner]);
    let mut removal = Removal {
        model: datamodel[owner].name.to_string(),
        removed: Vec::new(),
        detached: Vec::new(),
        restricted: Vec::new(),
    };
    while let Some(gone) = work.pop_front() {
        for (holder, key) in keys_to(datamodel, gone) {
            let name = datamodel[holder].name.to_string();
            match key.on_delete.action {
                ReferentialAction::Cascade => {
                    if seen.insert(holder) {
                        removal.removed.push(name);
                        work.push_back(holder);
                    }
                }
                ReferentialAction::SetNull | ReferentialAction::SetDefault => {
                    add(&mut removal.detached, name);
                }
                ReferentialAction::Restrict | ReferentialAction::NoAction => {
                    add(&mut removal.restricted, name);
                }
            }
        }
    }
    // What goes along does not stay behind.
    let removed = removal.removed.clone();
    removal.detached.retain(|name| !removed.contains(name));
    removal
}

fn add(list: &mut Vec<String>, name: String) {
    if !list.contains(&name) {
        list.push(name);
    }
}

/// The foreign keys that refer to a model, with the models that hold them.
fn keys_to(datamodel: &Datamodel, model: ModelId) -> impl Iterator<Item = (ModelId, &ForeignKey)> {
    datamodel
        .relations()
        .iter()
        .filter_map(|relation| relation.foreign_key.as_ref())
        .filter_map(move |key| {
            let field = &datamodel[key.field];
            let target = datamodel.target(field)?;
            (target.id == model).then_some((key.field.model, key))
        })
}
