//! Relations: which fields belong together, and the foreign key or join table they mean.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::names;
use crate::ast::Attribute;
use crate::datamodel::{
    Action, Cardinality, Datamodel, Field, FieldId, FieldType, ForeignKey, JoinTable, Model,
    ModelId, Provider, ReferentialAction, Relation, RelationField, RelationId,
};

/// Pairs the relation fields of the schema and makes their relations.
pub(super) fn resolve(datamodel: &mut Datamodel) {
    resolve_columns(datamodel);
    for (first, second) in pairs(datamodel) {
        let relation = relation(datamodel, first, second);
        let id = relation.id;
        connect(datamodel, first, second, id);
        if let Some(second) = second {
            connect(datamodel, second, Some(first), id);
        }
        datamodel.relations.push(relation);
    }
}

fn connect(datamodel: &mut Datamodel, field: FieldId, opposite: Option<FieldId>, id: RelationId) {
    if let Some(relation) = relation_mut(datamodel, field) {
        relation.relation = Some(id);
        relation.opposite = opposite;
    }
}

fn relation_mut(datamodel: &mut Datamodel, field: FieldId) -> Option<&mut RelationField> {
    let field = datamodel
        .models
        .get_mut(field.model.index())?
        .fields
        .get_mut(field.index())?;
    match &mut field.ty {
        FieldType::Relation(relation) => Some(relation),
        _ => None,
    }
}

/// Fills `fields` and `references` with the fields that exist.
fn resolve_columns(datamodel: &mut Datamodel) {
    let mut found = Vec::new();
    for model in &datamodel.models {
        for field in &model.fields {
            let (Some(relation), Some(attribute)) = (field.relation(), field.attribute("relation"))
            else {
                continue;
            };
            let fields = named_fields(model, attribute, "fields");
            let references = named_fields(&datamodel[relation.target], attribute, "references");
            found.push((field.id, fields, references));
        }
    }
    for (id, fields, references) in found {
        if let Some(relation) = relation_mut(datamodel, id) {
            relation.fields = fields;
            relation.references = references;
        }
    }
}

fn named_fields(model: &Model, attribute: &Attribute, argument: &str) -> Vec<FieldId> {
    let elements = attribute
        .named(argument)
        .map(|a| a.value.elements())
        .unwrap_or_default();
    elements
        .iter()
        .filter_map(|e| model.field(e.as_constant()?))
        .map(|f| f.id)
        .collect()
}

/// The relation fields that lead from a model to another under one name.
type Ends = BTreeMap<(ModelId, ModelId, Option<SmolStr>), Vec<FieldId>>;

/// Each relation's two fields, in the order of the first; a field without an opposite stands alone.
fn pairs(datamodel: &Datamodel) -> Vec<(FieldId, Option<FieldId>)> {
    let mut ends = Ends::new();
    let mut order = Vec::new();
    for field in datamodel.models.iter().flat_map(|m| &m.fields) {
        if let Some(relation) = field.relation() {
            ends.entry(key(field, relation)).or_default().push(field.id);
            order.push(field);
        }
    }
    let mut paired = BTreeMap::new();
    let mut pairs = Vec::new();
    for field in order {
        if paired.contains_key(&field.id) {
            continue;
        }
        let Some(relation) = field.relation() else {
            continue;
        };
        let (from, to, name) = key(field, relation);
        let candidates = ends.get(&(to, from, name)).map_or(&[][..], Vec::as_slice);
        let opposite = candidates
            .iter()
            .copied()
            .find(|id| *id != field.id && !paired.contains_key(id));
        paired.insert(field.id, ());
        if let Some(opposite) = opposite {
            paired.insert(opposite, ());
        }
        pairs.push((field.id, opposite));
    }
    pairs
}

fn key(field: &Field, relation: &RelationField) -> (ModelId, ModelId, Option<SmolStr>) {
    let name = relation.name.as_ref().map(|n| n.name.clone());
    (field.id.model, relation.target, name)
}

fn relation(datamodel: &Datamodel, first: FieldId, second: Option<FieldId>) -> Relation {
    let is_list = |id: FieldId| datamodel[id].is_list();
    let holds_key = |id: FieldId| datamodel[id].relation().is_some_and(|r| r.holds_key);
    let many = second.is_some_and(|s| is_list(first) && is_list(s));
    let cardinality = match second {
        _ if many => Cardinality::ManyToMany,
        Some(second) if !is_list(first) && !is_list(second) => Cardinality::OneToOne,
        _ => Cardinality::OneToMany,
    };
    let (from, to) = match second {
        None => (first, None),
        Some(second) if many => {
            let sort_key = |id: FieldId| (&datamodel[id.model].name, &datamodel[id].name);
            if sort_key(first) <= sort_key(second) {
                (first, Some(second))
            } else {
                (second, Some(first))
            }
        }
        Some(second) if holds_key(first) || (!holds_key(second) && !is_list(first)) => {
            (first, Some(second))
        }
        Some(second) => (second, Some(first)),
    };
    let name = name_of(datamodel, first);
    let join_table = match to {
        Some(to) if many && datamodel.provider() != Provider::MongoDb => Some(JoinTable {
            db_name: SmolStr::new(format!("_{}", name.0)),
            a: from.model,
            b: to.model,
        }),
        _ => None,
    };
    Relation {
        id: RelationId::new(datamodel.relations.len()),
        name: name.0,
        is_named: name.1,
        cardinality,
        from,
        to,
        foreign_key: (!many).then(|| foreign_key(datamodel, from)).flatten(),
        join_table,
    }
}

/// The relation's name and whether the schema gives it; else `AToB`, the models' names sorted.
fn name_of(datamodel: &Datamodel, field: FieldId) -> (SmolStr, bool) {
    let field = &datamodel[field];
    let Some(relation) = field.relation() else {
        return (SmolStr::default(), false);
    };
    if let Some(name) = &relation.name {
        return (name.name.clone(), true);
    }
    let one = &datamodel[field.id.model].name;
    let other = &datamodel[relation.target].name;
    let (a, b) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    (SmolStr::new(format!("{a}To{b}")), false)
}

fn foreign_key(datamodel: &Datamodel, from: FieldId) -> Option<ForeignKey> {
    let field = &datamodel[from];
    let relation = field.relation().filter(|r| r.holds_key)?;
    let provider = datamodel.provider();
    let columns: Vec<&str> = relation
        .fields
        .iter()
        .map(|f| datamodel[*f].db_name.as_str())
        .collect();
    let is_required =
        !field.is_optional() || relation.fields.iter().any(|f| datamodel[*f].is_required());
    let default_on_delete = match (is_required, provider) {
        (false, _) => ReferentialAction::SetNull,
        (true, Provider::SqlServer) => ReferentialAction::NoAction,
        (true, _) => ReferentialAction::Restrict,
    };
    let implicit = |action| Action {
        action,
        explicit: None,
    };
    let table = &datamodel[from.model].db_name;
    Some(ForeignKey {
        field: from,
        columns: relation.fields.clone(),
        references: relation.references.clone(),
        on_delete: relation.on_delete.unwrap_or(implicit(default_on_delete)),
        on_update: relation
            .on_update
            .unwrap_or(implicit(ReferentialAction::Cascade)),
        map: relation.map.clone(),
        db_name: relation.map.as_ref().map_or_else(
            || names::foreign_key(provider, table, &columns),
            |m| m.name.clone(),
        ),
    })
}
