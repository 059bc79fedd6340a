//! Rows that calls of the client make, and the values that they give.

use smol_str::SmolStr;
use snell_extract::facts::Expression;
use snell_flow::{ArrayValue, Entry, Loop, ObjectValue, Value};
use snell_prisma::{Datamodel, Field, FieldId, Model};
use snell_project::{
    client::{CallTarget, ClientCall, Operation},
    module::ExpressionRef,
    ownership::Ownership,
    schema::{ModelRef, SchemaId},
};
use snell_source::Location;

use super::{
    Creation, Guard, SchemaSeeds, SeededField, Seeds,
    guards::{checked, owner_of},
    runs::Run,
    sql,
};
use crate::{rule::Context, support::queries::operation_at};

/// Rows inside rows are looked into this deep.
const DEPTH: u32 = 8;

/// Adds what a query of a seed does.
pub(super) fn add(context: &Context<'_>, seeds: &mut Seeds, run: &Run<'_>) {
    let call = context.project.calls.get(run.query.call);
    match &call.target {
        CallTarget::Models(models) => {
            for model in models {
                let own = &mut seeds.schemas[model.schema.0 as usize];
                let mut reader = Reader {
                    context,
                    schema: model.schema,
                    datamodel: &context.project.schemas.get(model.schema).datamodel,
                    run,
                    own,
                };
                reader.call(call, *model);
            }
        }
        // `prisma[name].deleteMany()`, `prisma[name].create(...)`
        CallTarget::AnyModel => {
            if call.operation.is_write() {
                seeds.schemas.iter_mut().for_each(|own| own.open = true);
            }
        }
        CallTarget::Client if call.operation.is_raw() => {
            let readings = context.readings.of(run.query.call);
            let schema = readings
                .first()
                .map(|reading| reading.schema)
                .or(call.schema);
            let Some(schema) = schema else { return };
            let own = &mut seeds.schemas[schema.0 as usize];
            let guard = checked(context, call, run);
            for reading in readings {
                sql::raw(context, own, schema, reading, guard);
            }
            own.open |= readings.is_empty();
        }
        CallTarget::Client | CallTarget::UnknownModel(_) => {}
    }
}

struct Reader<'r, 'a> {
    context: &'r Context<'a>,
    schema: SchemaId,
    datamodel: &'a Datamodel,
    run: &'r Run<'a>,
    own: &'r mut SchemaSeeds,
}

impl<'a> Reader<'_, 'a> {
    fn call(&mut self, call: &ClientCall, model: ModelRef) {
        let at = operation_at(self.context, call);
        let declared = &self.datamodel[model.model];
        let arguments = self.run.query.arguments.first().and_then(Value::as_object);
        let part = |key: &str| arguments.and_then(|arguments| arguments.entries.get(key));
        match call.operation {
            Operation::DeleteMany | Operation::Delete => {
                self.own.cleared.insert(model.model);
                self.own.clears.push(at);
            }
            Operation::Upsert => {
                self.rows(declared, part("create"), at, DEPTH);
                self.created(declared, at, Guard::Statement, None);
            }
            operation if operation.is_create() => {
                let data = part("data");
                self.rows(declared, data, at, DEPTH);
                let skips =
                    part("skipDuplicates").is_some_and(|entry| entry.value.truth() != Some(false));
                let (guard, key) = match data {
                    _ if skips => (Guard::Statement, None),
                    Some(data) => (
                        checked(self.context, call, self.run),
                        self.key(declared, &data.value),
                    ),
                    None => (Guard::Unknown, None),
                };
                self.created(declared, at, guard, key);
            }
            Operation::Update | Operation::UpdateMany => {
                if let Some(data) = part("data") {
                    self.update(declared, &data.value);
                }
            }
            _ => {}
        }
    }

    fn created(&mut self, model: &Model, at: Location, guard: Guard, key: Option<SmolStr>) {
        self.own.creations.push(Creation {
            model: model.id,
            at,
            guard,
            key,
        });
    }

    /// The unique key for which data gives constants.
    fn key(&self, model: &Model, data: &Value) -> Option<SmolStr> {
        let rows = self.elements(data, None);
        let row = rows.first()?.as_object()?;
        let keys = model.unique_criteria();
        let mut keys = keys.filter(|key| {
            key.columns.iter().all(|column| {
                let given = row.entries.get(&column.name);
                given.is_some_and(|entry| entry.value.constant_text().is_some())
            })
        });
        keys.next()
            .map(|key| crate::support::wording::columns(key).into())
    }

    /// The rows that data is of: one, or the elements of a list.
    fn rows(&mut self, model: &'a Model, data: Option<&Entry>, at: Location, depth: u32) {
        let Some(data) = data else {
            let seeded = self.own.model_mut(model.id);
            seeded.places.push(at);
            (seeded.many, seeded.open) = (true, true);
            return;
        };
        let elements = self.elements(&data.value, data.at);
        let looped = !self.run.loops.is_empty();
        let seeded = self.own.model_mut(model.id);
        if !seeded.places.contains(&at) {
            seeded.places.push(at);
        }
        // A list of constants that a loop goes through makes as many rows as it has.
        let whole = matches!(&data.value, Value::Object(_) | Value::Array(_));
        seeded.rows += elements.len().max(1);
        seeded.many |= looped && whole || elements.is_empty();
        seeded.open |= elements.is_empty();
        for element in elements {
            match element.as_object() {
                Some(object) => self.row(model, object, depth),
                None => {
                    let seeded = self.own.model_mut(model.id);
                    (seeded.many, seeded.open) = (true, true);
                }
            }
        }
    }

    /// The elements of data, as far as they are known; those of the list that the loop around goes
    /// through where data is its element.
    fn elements(&self, data: &Value, at: Option<ExpressionRef>) -> Vec<Value> {
        match data {
            Value::Object(_) => vec![data.clone()],
            Value::Array(array) => {
                let all = array.elements.iter().chain(&array.rest);
                all.flat_map(|element| self.elements(element, None))
                    .collect()
            }
            Value::OneOf(choices) => {
                let all = choices.iter().map(|choice| &choice.value);
                all.flat_map(|value| self.elements(value, None)).collect()
            }
            Value::Unknown => {
                let is_variable = at.is_some_and(|at| {
                    let facts = self.context.project.modules.facts(at.module);
                    matches!(facts.expression(at.id), Expression::Identifier { .. })
                });
                match self.list().filter(|_| is_variable) {
                    Some(list) => list.elements.clone(),
                    None => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// The list that the innermost loop goes through, when it is written out.
    fn list(&self) -> Option<&'a ArrayValue> {
        let around: &Loop = self.run.loops.last()?;
        match &around.iterable {
            Value::Array(list) if list.rest.is_none() => Some(list),
            _ => None,
        }
    }

    fn row(&mut self, model: &'a Model, object: &ObjectValue, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        self.own.model_mut(model.id).open |= !object.spreads.is_empty();
        for (name, entry) in &object.entries {
            let Some(field) = model.field(name) else {
                continue;
            };
            match self.datamodel.target(field) {
                Some(target) => self.related(model, field, target, entry, depth),
                None => self.value(model, field, entry),
            }
        }
        if object.spreads.is_empty() {
            self.left_out(model, object);
        }
    }

    /// Defaults, and what stays empty.
    fn left_out(&mut self, model: &'a Model, object: &ObjectValue) {
        for field in model.columns() {
            if object.entries.contains_key(&field.name) {
                continue;
            }
            let default = field.default.as_ref().map(|default| &default.value);
            let seeded = self
                .own
                .model_mut(model.id)
                .fields
                .entry(field.id)
                .or_default();
            match default {
                Some(snell_prisma::Value::EnumValue(name)) => {
                    seeded.values.insert(name.clone());
                }
                Some(snell_prisma::Value::List(values)) => {
                    for value in values {
                        if let snell_prisma::Value::EnumValue(name) = value {
                            seeded.values.insert(name.clone());
                        }
                    }
                }
                Some(snell_prisma::Value::Boolean(value)) => {
                    seeded
                        .values
                        .insert(if *value { "true" } else { "false" }.into());
                }
                None if field.is_optional() => seeded.null = true,
                _ => {}
            }
        }
    }

    fn update(&mut self, model: &'a Model, data: &Value) {
        for object in self.elements(data, None) {
            let Some(object) = object.as_object() else {
                continue;
            };
            for (name, entry) in &object.entries {
                let Some(field) = model.field(name) else {
                    continue;
                };
                match self.datamodel.target(field) {
                    Some(target) => self.related(model, field, target, entry, DEPTH),
                    None => self.value(model, field, entry),
                }
            }
        }
    }

    fn value(&mut self, model: &'a Model, field: &'a Field, entry: &Entry) {
        let at = self.context.project.modules.at(entry.module, entry.key);
        let values = self.values_of(entry);
        let whose = self.names_owner(model, field);
        let seeded = self.own.model_mut(model.id);
        let known: &mut SeededField = seeded.fields.entry(field.id).or_default();
        if !known.places.contains(&at) {
            known.places.push(at);
            known.given.extend(entry.at);
        }
        for value in &values {
            collect(value, known);
        }
        let is_set = !matches!(entry.value, Value::Null | Value::Undefined);
        if is_set {
            for (relation, key) in self.datamodel.foreign_keys_of(model.id) {
                if key.columns.contains(&field.id) {
                    seeded.relations.insert(relation.id);
                }
            }
        }
        if whose && is_set {
            for value in &values {
                seeded.add_owner(&owner_of(value));
            }
        }
    }

    /// What an entry holds: of a loop's element whose list is known, what each of it has.
    fn values_of(&self, entry: &Entry) -> Vec<Value> {
        let from_list = || {
            let at = entry.at?;
            let facts = self.context.project.modules.facts(at.module);
            let Expression::Member {
                object, property, ..
            } = facts.expression(at.id)
            else {
                return None;
            };
            let Expression::Identifier { .. } = facts.expression(*object) else {
                return None;
            };
            let elements = self.list()?.elements.iter();
            let values: Option<Vec<Value>> = elements
                .map(|element| {
                    let object = element.as_object()?;
                    Some(object.entries.get(&property.text)?.value.clone())
                })
                .collect();
            values.filter(|values| !values.is_empty())
        };
        match &entry.value {
            Value::Unknown => from_list().unwrap_or_else(|| vec![Value::Unknown]),
            Value::OneOf(choices) => choices.iter().map(|choice| choice.value.clone()).collect(),
            value => vec![value.clone()],
        }
    }

    /// Whether a field is the key of who owns the row.
    fn names_owner(&self, model: &Model, field: &Field) -> bool {
        let owners = self.context.project.owners.graph(self.schema);
        match owners.of(model.id) {
            Ownership::Owned(chains) => chains
                .iter()
                .any(|chain| chain.relations.len() <= 1 && chain.key == Some(field.id)),
            _ => false,
        }
    }

    /// `author: { connect: { id } }`, `posts: { create: [...] }`
    fn related(
        &mut self,
        model: &'a Model,
        field: &'a Field,
        target: &'a Model,
        entry: &Entry,
        depth: u32,
    ) {
        let Some(side) = field.relation() else { return };
        if let Some(relation) = side.relation {
            self.own.model_mut(model.id).relations.insert(relation);
            self.own.model_mut(target.id).relations.insert(relation);
        }
        let makes = |action: &str| {
            matches!(
                action,
                "create" | "createMany" | "connectOrCreate" | "upsert"
            )
        };
        let at = self.context.project.modules.at(entry.module, entry.key);
        for actions in self.elements(&entry.value, None) {
            let Some(actions) = actions.as_object() else {
                continue;
            };
            for (action, inner) in &actions.entries {
                if makes(action) {
                    self.owned_by_row_around(model, field, target);
                }
                match action.as_str() {
                    "create" => self.rows(target, Some(inner), at, depth),
                    "createMany" => {
                        for many in self.elements(&inner.value, None) {
                            let many = many.as_object();
                            let data = many.and_then(|many| many.entries.get("data"));
                            self.rows(target, data, at, depth);
                        }
                    }
                    "connectOrCreate" | "upsert" => {
                        for one in self.elements(&inner.value, None) {
                            let one = one.as_object();
                            let data = one.and_then(|one| one.entries.get("create"));
                            self.rows(target, data, at, depth);
                        }
                    }
                    "connect" => self.connected(model, side.fields.first().copied(), inner),
                    _ => {}
                }
            }
        }
    }

    /// Rows inside the row of their owner belong to that one.
    fn owned_by_row_around(&mut self, model: &Model, field: &Field, target: &'a Model) {
        let Some(key) = self.datamodel.foreign_key(field) else {
            return;
        };
        let names_owner = key.columns.iter().any(|column| {
            column.model == target.id && self.names_owner(target, &self.datamodel[*column])
        });
        if !names_owner {
            return;
        }
        let one = self.run.loops.is_empty();
        let seeded = self.own.model_mut(target.id);
        if one {
            seeded.add_owner(&Value::string(format!(
                "{}#{}",
                model.name, self.run.query.call.0
            )));
        } else {
            seeded.owners_open = true;
        }
    }

    /// The owner that `connect` names by a key.
    fn connected(&mut self, model: &'a Model, key: Option<FieldId>, inner: &Entry) {
        let Some(field) = key.map(|id| &self.datamodel[id]) else {
            return;
        };
        if !self.names_owner(model, field) {
            return;
        }
        for one in self.elements(&inner.value, None) {
            let value = one.as_object().and_then(|one| one.entries.values().next());
            let value = value.map_or(Value::Unknown, |entry| owner_of(&entry.value));
            self.own.model_mut(model.id).add_owner(&value);
        }
    }
}

/// The constants of a value; anything else leaves the field open.
fn collect(value: &Value, into: &mut SeededField) {
    match value {
        Value::Null | Value::Undefined => into.null = true,
        Value::Literal(_) => into.values.extend(value.constant_text()),
        Value::OneOf(choices) => choices
            .iter()
            .for_each(|choice| collect(&choice.value, into)),
        Value::Array(array) => {
            array
                .elements
                .iter()
                .for_each(|element| collect(element, into));
            into.open |= array.rest.is_some();
        }
        // `{ set: [...] }`
        Value::Object(object) => match object.entries.get("set") {
            Some(entry) => collect(&entry.value, into),
            None => into.open = true,
        },
        _ => into.open = true,
    }
}
