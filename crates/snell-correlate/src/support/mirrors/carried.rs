//! Which columns take what a client sends, property by property.
//!
//! This is what binds a DTO to a model: not its name, but that its value is written there.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::Expression;
use snell_flow::{Fact, Facts, ObjectValue, Opaque, Root, Step, Value, scope::Reached};
use snell_prisma::Model;
use snell_project::{
    client::{CallId, Operation},
    endpoint::Endpoint,
    schema::{FieldRef, ModelRef},
};

use crate::support::{
    declared::{self, Declared},
    queries::objects,
};
use crate::{functions, rule::Context};

/// A column that is given a value of the client's as it is.
#[derive(Debug)]
pub(crate) struct Carried {
    /// The position of the endpoint in the project's.
    pub endpoint: usize,
    /// The write.
    pub call: CallId,
    /// The column's model.
    pub model: ModelRef,
    /// The column.
    pub column: FieldRef,
    /// What the client sent, down to the property.
    pub value: Opaque,
    /// Whether a new row is made of it on every way to the write.
    pub creates: bool,
    /// Whether something was asked of the value before it is written.
    pub asked: bool,
}

impl Carried {
    /// What the value is declared as.
    pub(crate) fn declared<'a>(&self, context: &Context<'a>) -> Option<Declared<'a>> {
        declared::value(context, Some(self.endpoint(context)), &self.value)
    }

    /// The endpoint.
    pub(crate) fn endpoint<'a>(&self, context: &Context<'a>) -> &'a Endpoint {
        context.project.endpoints.get(self.endpoint)
    }

    /// What the client calls the value: the way to it, with dots.
    pub(crate) fn name(&self) -> String {
        let key = match &self.value.root {
            Root::ClientInput(_, Some(key)) => Some(key.as_str()),
            _ => None,
        };
        let steps = self.value.path.iter().filter_map(|step| match step {
            Step::Property(name) => Some(name.as_str()),
            _ => None,
        });
        let names: Vec<&str> = key.into_iter().chain(steps).collect();
        names.join(".")
    }
}

/// All of them, in the order of endpoints; found when the first rule asks.
pub(crate) fn carried(context: &Context<'_>) -> Arc<Vec<Carried>> {
    context.shared.get_or_init(|| find(context))
}

fn find(context: &Context<'_>) -> Vec<Carried> {
    let mut finder = Finder {
        context,
        found: Vec::new(),
    };
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if endpoint.kind.is_request() && functions::is_application(context.project, endpoint.module)
        {
            for reached in &entered.walk.queries {
                finder.query(entered.endpoint, reached);
            }
        }
    }
    finder.found
}

struct Finder<'c, 'a> {
    context: &'c Context<'a>,
    found: Vec<Carried>,
}

/// The write that is looked at.
struct Write<'f> {
    endpoint: usize,
    call: CallId,
    model: ModelRef,
    creates: bool,
    facts: &'f Facts,
}

impl Finder<'_, '_> {
    fn query(&mut self, endpoint: usize, reached: &Reached<'_>) {
        let call = self.context.project.calls.get(reached.query.call);
        let arguments = reached.query.arguments.first().and_then(Value::as_object);
        let (Some(model), Some(arguments)) = (call.model(), arguments) else {
            return;
        };
        let is_upsert = call.operation == Operation::Upsert;
        for (key, creates) in [
            ("data", call.operation.is_create()),
            ("create", is_upsert),
            ("update", false),
        ] {
            let Some(entry) = arguments.entries.get(key) else {
                continue;
            };
            let write = Write {
                endpoint,
                call: reached.query.call,
                model,
                creates,
                facts: &reached.facts,
            };
            self.data(&write, &entry.value);
        }
    }

    fn data(&mut self, write: &Write<'_>, data: &Value) {
        match data {
            Value::Array(array) => {
                for element in array.elements.iter().chain(&array.rest) {
                    self.data(write, element);
                }
            }
            Value::Opaque(whole) => self.whole(write, whole, None),
            data => {
                for object in objects(data) {
                    self.object(write, object);
                }
            }
        }
    }

    fn object(&mut self, write: &Write<'_>, object: &ObjectValue) {
        let model = self.context.project.schemas.model(write.model);
        for (name, entry) in &object.entries {
            if let Value::Opaque(value) = &entry.value {
                self.column(write, model, name, value, entry.always);
            }
        }
        for spread in &object.spreads {
            if let Value::Opaque(whole) = spread {
                self.whole(write, whole, Some(object));
            }
        }
    }

    /// An object of the client's that is written whole: its properties are columns.
    fn whole(&mut self, write: &Write<'_>, whole: &Opaque, beside: Option<&ObjectValue>) {
        let model = self.context.project.schemas.model(write.model);
        let without: Vec<&SmolStr> = whole
            .path
            .iter()
            .filter_map(|step| match step {
                Step::Without(names) => Some(names.iter()),
                _ => None,
            })
            .flatten()
            .collect();
        for field in model.columns() {
            let is_held = beside.is_some_and(|object| object.entries.contains_key(&field.name));
            if is_held || without.contains(&&field.name) {
                continue;
            }
            let mut value = whole.clone();
            value.path.push(Step::Property(field.name.clone()));
            self.column(write, model, &field.name, &value, true);
        }
    }

    fn column(
        &mut self,
        write: &Write<'_>,
        model: &Model,
        name: &str,
        value: &Opaque,
        always: bool,
    ) {
        let is_plain = value
            .path
            .iter()
            .all(|step| matches!(step, Step::Property(_) | Step::Without(_)));
        let is_sent = matches!(value.root, Root::ClientInput(..));
        let Some(field) = model.field(name).filter(|field| field.is_column()) else {
            return;
        };
        if !is_sent || !is_plain {
            return;
        }
        self.found.push(Carried {
            endpoint: write.endpoint,
            call: write.call,
            model: write.model,
            column: FieldRef {
                schema: write.model.schema,
                field: field.id,
            },
            value: value.clone(),
            creates: write.creates && always,
            asked: write
                .facts
                .iter()
                .any(|fact| asks(self.context, fact, value)),
        });
    }
}

/// Whether a fact is about the value, or about what a call made of it: `isNil(value)`.
fn asks(context: &Context<'_>, fact: &Fact, value: &Opaque) -> bool {
    let is_it = |one: &Value| {
        let mut found = false;
        one.visit(&mut |part| {
            if let Value::Opaque(own) = part {
                found |= **own == *value || is_made_of(context, own, value);
            }
        });
        found
    };
    match fact {
        Fact::Truthy(one) | Fact::Falsy(one) => is_it(one),
        Fact::Equal(one, other) | Fact::Differ(one, other) | Fact::Member(one, other) => {
            is_it(one) || is_it(other)
        }
        Fact::OneOf(groups) => {
            let mut facts = groups.iter().flat_map(|group| group.iter());
            facts.any(|one| asks(context, one, value))
        }
    }
}

/// Whether the result of a call that is not followed may be of the value: one of its arguments has
/// its name.
fn is_made_of(context: &Context<'_>, result: &Opaque, value: &Opaque) -> bool {
    let (Root::Result(call), Some(Step::Property(name))) = (&result.root, value.path.last()) else {
        return false;
    };
    let facts = context.project.modules.facts(call.module);
    let Expression::Call { arguments, .. } = facts.expression(facts.unwrap_casts(call.id)) else {
        return false;
    };
    arguments.iter().any(
        |argument| match facts.expression(facts.unwrap_casts(argument.value)) {
            Expression::Identifier { name: own, .. } => own == name,
            Expression::Member { property, .. } => property.text == *name,
            _ => false,
        },
    )
}
