//! What the application's queries store in string columns.

use rustc_hash::FxHashSet;
use snell_flow::{EventKind, ObjectValue, Query, Summary, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    client::CallId,
    endpoint::Endpoint,
    schema::{FieldRef, ModelRef},
};

use crate::{
    rule::Context,
    support::{
        closed_set::{self, ClosedSet},
        declared::{self, Declared},
        queries,
    },
};

/// What closed sets the values of each field come from: of parameters, and of
/// properties of what the client sends. A field into which some query puts a
/// value of another origin is not closed.
pub(super) fn visit(context: &Context<'_>) -> Vec<(FieldRef, ClosedSet)> {
    let mut origins = Origins::default();
    for query in queries::of_models(context) {
        origins.call = Some(query.event.query.call);
        bind(context, None, query.model, query.event.query, &mut origins);
    }
    let endpoints: Vec<&Endpoint> = context.project.endpoints.iter().collect();
    for flow in context.flow.endpoints() {
        let Some(endpoint) = endpoints.get(flow.endpoint) else {
            continue;
        };
        let mut budget = 4_000;
        runs(&flow.summary, &mut budget, &mut |query| {
            if let Some(model) = context.project.calls.get(query.call).model() {
                origins.call = Some(query.call);
                bind(context, Some(endpoint), model, query, &mut origins);
            }
        });
    }
    origins.closed()
}

/// Where the values of fields come from, query by query.
#[derive(Default)]
struct Origins {
    call: Option<CallId>,
    sets: Vec<(FieldRef, CallId, ClosedSet)>,
    others: FxHashSet<(FieldRef, CallId)>,
}

impl Origins {
    fn set(&mut self, field: FieldRef, set: ClosedSet) {
        if let Some(call) = self.call {
            self.sets.push((field, call, set));
        }
    }

    fn other(&mut self, field: FieldRef) {
        self.others.extend(self.call.map(|call| (field, call)));
    }

    /// Followed from a function alone, a value may be any string that from an
    /// endpoint is one of a set: what some way to the query tells is believed.
    fn closed(self) -> Vec<(FieldRef, ClosedSet)> {
        let known: FxHashSet<(FieldRef, CallId)> = self
            .sets
            .iter()
            .map(|(field, call, _)| (*field, *call))
            .collect();
        let open: FxHashSet<FieldRef> = self
            .others
            .iter()
            .filter(|other| !known.contains(*other))
            .map(|(field, _)| *field)
            .collect();
        let sets = self.sets.into_iter();
        sets.filter(|(field, ..)| !open.contains(field))
            .map(|(field, _, set)| (field, set))
            .collect()
    }
}

fn runs<'f>(summary: &'f Summary, budget: &mut u32, each: &mut dyn FnMut(&'f Query)) {
    for event in &summary.events {
        let Some(left) = budget.checked_sub(1) else {
            return;
        };
        *budget = left;
        match &event.kind {
            EventKind::Query(query) => each(query),
            EventKind::Call { summary, .. } => runs(summary, budget, each),
            _ => {}
        }
    }
}

fn bind(
    context: &Context<'_>,
    endpoint: Option<&Endpoint>,
    model: ModelRef,
    query: &Query,
    origins: &mut Origins,
) {
    let declared = context.project.schemas.model(model);
    for data in data_of(query) {
        for choice in data.choices() {
            match choice {
                Value::Object(object) => {
                    entries(context, endpoint, (model, declared), object, origins);
                }
                other => spread(context, endpoint, (model, declared), other, None, origins),
            }
        }
    }
}

/// What a query stores: `data`, `create`, `update`; of a list, its elements.
pub(super) fn data_of(query: &Query) -> Vec<&Value> {
    let Some(Value::Object(first)) = query.arguments.first() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for key in ["data", "create", "update"] {
        match first.entries.get(key).map(|entry| &entry.value) {
            Some(Value::Array(array)) => found.extend(array.elements.iter().chain(&array.rest)),
            Some(value) => found.push(value),
            None => {}
        }
    }
    found
}

fn entries(
    context: &Context<'_>,
    endpoint: Option<&Endpoint>,
    (reference, model): (ModelRef, &Model),
    object: &ObjectValue,
    origins: &mut Origins,
) {
    for (name, entry) in &object.entries {
        let Some(field) = model.field(name).filter(|field| is_string(field)) else {
            continue;
        };
        for value in set_values(&entry.value) {
            let declared = match value {
                value if value.is_constant() => continue,
                Value::Opaque(opaque) => declared::value(context, endpoint, opaque),
                _ => None,
            };
            match declared.and_then(|declared| closed_set::of(context, &declared)) {
                Some(set) => origins.set(field_ref(reference, field), set),
                None => origins.other(field_ref(reference, field)),
            }
        }
    }
    for value in &object.spreads {
        for choice in value.choices() {
            spread(
                context,
                endpoint,
                (reference, model),
                choice,
                Some(object),
                origins,
            );
        }
    }
}

/// `{ ...dto }`, `data: dto`: each property of what is spread goes to its field.
fn spread(
    context: &Context<'_>,
    endpoint: Option<&Endpoint>,
    (reference, model): (ModelRef, &Model),
    value: &Value,
    beside: Option<&ObjectValue>,
    origins: &mut Origins,
) {
    let Value::Opaque(opaque) = value else {
        return;
    };
    let Some(dto): Option<Declared<'_>> = declared::value(context, endpoint, opaque) else {
        return;
    };
    for field in model.fields.iter().filter(|field| is_string(field)) {
        let written = beside.is_some_and(|object| object.entries.contains_key(&field.name));
        if !written
            && let Some(declared) = declared::property(context, &dto, &field.name)
            && let Some(set) = closed_set::of(context, &declared)
        {
            origins.set(field_ref(reference, field), set);
        }
    }
}

/// The values of `x` or `{ set: x }`.
pub(super) fn set_values(value: &Value) -> Vec<&Value> {
    let values = value.choices().into_iter();
    values
        .map(|value| match value {
            Value::Object(object) => object.entries.get("set").map_or(value, |set| &set.value),
            value => value,
        })
        .collect()
}

pub(super) fn is_string(field: &Field) -> bool {
    field.scalar() == Some(ScalarType::String) && !field.is_list()
}

pub(super) fn field_ref(model: ModelRef, field: &Field) -> FieldRef {
    FieldRef {
        schema: model.schema,
        field: field.id,
    }
}
