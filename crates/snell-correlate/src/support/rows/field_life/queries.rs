//! What the arguments of queries say of fields.

use snell_flow::{Entry, ObjectValue, Value};
use snell_prisma::{Datamodel, Field, Model};
use snell_project::{
    client::{CallTarget, ClientCall, Operation},
    schema::ModelRef,
};
use snell_source::Location;

use super::{FieldLife, FieldLives, Given};
use crate::rule::Context;

/// Objects inside objects are looked into this deep.
const DEPTH: u32 = 10;

/// A list of places in a field's life.
type Places = fn(&mut FieldLife) -> &mut Vec<Location>;

/// Reads every call of every client.
pub(super) fn read(context: &Context<'_>, lives: &mut FieldLives) {
    for (id, call) in context.project.calls.iter() {
        match &call.target {
            CallTarget::Models(models) => {
                let run = context.flow.runs(id).next();
                let arguments = run.map(|run| run.query.arguments.as_slice());
                for model in models {
                    let mut reader = Reader {
                        context,
                        datamodel: &context.project.schemas.get(model.schema).datamodel,
                        lives,
                        test: context.project.path_facts(call.module).test,
                    };
                    reader.call(*model, call, arguments);
                }
            }
            CallTarget::AnyModel => {
                let all: Vec<ModelRef> = context
                    .project
                    .schemas
                    .models()
                    .map(|(id, ..)| id)
                    .collect();
                for model in all {
                    let life = lives.models.entry(model).or_default();
                    life.calls += 1;
                    life.open |= call.operation.is_write();
                }
            }
            CallTarget::UnknownModel(_) | CallTarget::Client => {}
        }
    }
}

struct Reader<'r, 'a> {
    context: &'r Context<'a>,
    datamodel: &'a Datamodel,
    lives: &'r mut FieldLives,
    /// Rows that only tests make say nothing of the others.
    test: bool,
}

impl<'a> Reader<'_, 'a> {
    fn call(&mut self, model: ModelRef, call: &ClientCall, arguments: Option<&[Value]>) {
        self.lives.models.entry(model).or_default().calls += 1;
        let operation = call.operation;
        let first = arguments.and_then(<[Value]>::first);
        let object = match first {
            Some(Value::Object(object)) if object.spreads.is_empty() => object,
            // A call that writes and whose arguments are not known may write anything.
            _ => {
                if operation.is_write() && !is_delete(operation) {
                    self.open(model);
                }
                return;
            }
        };
        for (key, entry) in &object.entries {
            match key.as_str() {
                "where" | "cursor" | "having" => self.filter(model, &entry.value, DEPTH),
                "orderBy" => self.keys(model, &entry.value, |life| &mut life.sorted, DEPTH),
                "data" => {
                    if operation.is_create() {
                        self.create(model, &entry.value);
                    }
                    self.data(model, &entry.value, DEPTH);
                }
                "create" => {
                    self.create(model, &entry.value);
                    self.data(model, &entry.value, DEPTH);
                }
                "update" => self.data(model, &entry.value, DEPTH),
                "select" | "include" => self.selection(model, &entry.value, DEPTH),
                "by" | "distinct" => self.listed(model, entry),
                "_sum" | "_avg" | "_min" | "_max" => {
                    self.keys(model, &entry.value, |life| &mut life.selected, 1);
                }
                _ => {}
            }
        }
    }

    fn open(&mut self, model: ModelRef) {
        self.lives.models.entry(model).or_default().open = true;
        for field in self.model(model).relation_fields() {
            if let Some(target) = self.target(model, field) {
                self.lives.models.entry(target).or_default().open = true;
            }
        }
    }

    fn create(&mut self, model: ModelRef, data: &Value) {
        if self.test {
            return;
        }
        let choices = data.choices();
        if choices
            .iter()
            .any(|one| matches!(one, Value::Object(_) | Value::Array(_)))
        {
            self.lives.models.entry(model).or_default().creates += 1;
        }
        for object in known(data) {
            self.lives.models.entry(model).or_default().rows += 1;
            for (name, entry) in &object.entries {
                if let Some(field) = self.model(model).field(name)
                    && field.is_column()
                {
                    let given = self.given(entry);
                    self.lives.field_mut(model, field.id).given.push(given);
                }
            }
        }
    }

    fn given(&self, entry: &Entry) -> Given {
        Given {
            value: entry.value.clone(),
            always: entry.always,
            at: self.context.project.modules.at(entry.module, entry.key),
        }
    }

    fn model(&self, model: ModelRef) -> &'a Model {
        &self.datamodel[model.model]
    }

    fn target(&self, of: ModelRef, field: &Field) -> Option<ModelRef> {
        Some(ModelRef {
            schema: of.schema,
            model: self.datamodel.target(field)?.id,
        })
    }

    fn tell(&mut self, model: ModelRef, field: &Field, entry: &Entry, places: Places) {
        let at = self.context.project.modules.at(entry.module, entry.key);
        let list = places(self.lives.field_mut(model, field.id));
        if !list.contains(&at) {
            list.push(at);
        }
    }

    /// The objects that a value may be; whatever else it may be makes the model's data open.
    fn objects<'v>(&mut self, model: ModelRef, value: &'v Value) -> Vec<&'v ObjectValue> {
        let mut found = Vec::new();
        for choice in value.choices() {
            match choice {
                Value::Object(object) => {
                    if !object.spreads.is_empty() {
                        self.open(model);
                    }
                    found.push(&**object);
                }
                Value::Array(array) => {
                    for element in array.elements.iter().chain(&array.rest) {
                        found.extend(self.objects(model, element));
                    }
                }
                Value::Undefined | Value::Null | Value::Literal(_) => {}
                _ => self.open(model),
            }
        }
        found
    }

    fn data(&mut self, model: ModelRef, value: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return self.open(model);
        };
        for object in self.objects(model, value) {
            for (name, entry) in &object.entries {
                let Some(field) = self.model(model).field(name) else {
                    continue;
                };
                match self.target(model, field) {
                    Some(target) => self.nested(target, &entry.value, depth),
                    None => {
                        self.tell(model, field, entry, |life| &mut life.written);
                        if !self.test {
                            let given = self.given(entry);
                            self.lives.field_mut(model, field.id).values.push(given);
                        }
                    }
                }
            }
        }
    }

    /// `create: {...}`, `update: { where, data }` and so on below a relation.
    fn nested(&mut self, model: ModelRef, value: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return self.open(model);
        };
        for object in self.objects(model, value) {
            for (action, entry) in &object.entries {
                match action.as_str() {
                    "create" => {
                        self.create(model, &entry.value);
                        self.data(model, &entry.value, depth);
                    }
                    "data" => self.data(model, &entry.value, depth),
                    "createMany" => {
                        for many in known(&entry.value) {
                            if let Some(rows) = many.entries.get("data") {
                                self.create(model, &rows.value);
                            }
                        }
                        self.nested(model, &entry.value, depth);
                    }
                    "connectOrCreate" | "upsert" | "updateMany" => {
                        self.nested(model, &entry.value, depth);
                    }
                    "update" => {
                        self.nested(model, &entry.value, depth);
                        self.data(model, &entry.value, depth);
                    }
                    "where" | "connect" | "disconnect" | "set" | "delete" | "deleteMany" => {
                        self.filter(model, &entry.value, depth);
                    }
                    _ => {}
                }
            }
        }
    }

    fn filter(&mut self, model: ModelRef, value: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        for object in known(value) {
            for (name, entry) in &object.entries {
                match name.as_str() {
                    "AND" | "OR" | "NOT" => self.filter(model, &entry.value, depth),
                    _ => self.condition(model, name, entry, depth),
                }
            }
        }
    }

    fn condition(&mut self, model: ModelRef, name: &str, entry: &Entry, depth: u32) {
        let Some(field) = self.model(model).field(name) else {
            // A compound key is named after its fields.
            if self.model(model).unique_criterion(name).is_some() {
                self.filter(model, &entry.value, depth);
            }
            return;
        };
        let Some(target) = self.target(model, field) else {
            return self.tell(model, field, entry, |life| &mut life.filtered);
        };
        self.filter(target, &entry.value, depth);
        for object in known(&entry.value) {
            for key in ["some", "every", "none", "is", "isNot"] {
                if let Some(inner) = object.entries.get(key) {
                    self.filter(target, &inner.value, depth);
                }
            }
        }
    }

    /// Keys that are fields, those of related rows included.
    fn keys(&mut self, model: ModelRef, value: &Value, places: Places, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        for object in known(value) {
            for (name, entry) in &object.entries {
                let Some(field) = self.model(model).field(name) else {
                    continue;
                };
                match self.target(model, field) {
                    Some(target) => self.keys(target, &entry.value, places, depth),
                    None => self.tell(model, field, entry, places),
                }
            }
        }
    }

    fn selection(&mut self, model: ModelRef, value: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        for object in known(value) {
            for (name, entry) in &object.entries {
                let Some(field) = self.model(model).field(name) else {
                    continue;
                };
                let Some(target) = self.target(model, field) else {
                    if entry.value.truth() != Some(false) {
                        self.tell(model, field, entry, |life| &mut life.selected);
                    }
                    continue;
                };
                for inner in known(&entry.value) {
                    for (key, part) in &inner.entries {
                        match key.as_str() {
                            "select" | "include" => self.selection(target, &part.value, depth),
                            "where" => self.filter(target, &part.value, depth),
                            "orderBy" => {
                                self.keys(target, &part.value, |life| &mut life.sorted, depth);
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }

    /// `by: ['status']`
    fn listed(&mut self, model: ModelRef, entry: &Entry) {
        let mut names = Vec::new();
        entry
            .value
            .visit(&mut |value| names.extend(value.as_string().cloned()));
        for name in names {
            if let Some(field) = self.model(model).field(&name) {
                self.tell(model, field, entry, |life| &mut life.selected);
            }
        }
    }
}

fn is_delete(operation: Operation) -> bool {
    matches!(operation, Operation::Delete | Operation::DeleteMany)
}

/// The objects that a value may be, elements of lists included.
fn known(value: &Value) -> Vec<&ObjectValue> {
    let mut found = Vec::new();
    for choice in value.choices() {
        match choice {
            Value::Object(object) => found.push(&**object),
            Value::Array(array) => {
                for element in array.elements.iter().chain(&array.rest) {
                    found.extend(known(element));
                }
            }
            _ => {}
        }
    }
    found
}
