//! What the application's queries store in string columns.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_flow::{EventKind, Fact, ObjectValue, Query, Root, Step, Summary, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    client::{CallId, CallTarget, ClientCall},
    endpoint::Endpoint,
    schema::{FieldRef, ModelRef},
};
use snell_source::Location;

use super::{
    default_of,
    sources::{Kind, Source},
};
use crate::{
    rule::Context,
    support::{
        closed_set::{self, ClosedSet},
        declared::{self, Declared},
        queries::{self, objects},
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
fn data_of(query: &Query) -> Vec<&Value> {
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
fn set_values(value: &Value) -> Vec<&Value> {
    let values = value.choices().into_iter();
    values
        .map(|value| match value {
            Value::Object(object) => object.entries.get("set").map_or(value, |set| &set.value),
            value => value,
        })
        .collect()
}

fn is_string(field: &Field) -> bool {
    field.scalar() == Some(ScalarType::String) && !field.is_list()
}

fn field_ref(model: ModelRef, field: &Field) -> FieldRef {
    FieldRef {
        schema: model.schema,
        field: field.id,
    }
}

/// What is known of the constants of one field.
#[derive(Default)]
struct Constants {
    stored: Vec<(SmolStr, Location)>,
    compared: Vec<(SmolStr, Location)>,
    /// Something else is stored too, or may be.
    open: bool,
}

/// Fields in which nothing but constants is stored, and whose values the code compares.
pub(super) fn compared(context: &Context<'_>) -> Vec<(FieldRef, Source)> {
    let mut known: FxHashMap<FieldRef, Constants> = FxHashMap::default();
    let mut closed: FxHashSet<ModelRef> = FxHashSet::default();
    let mut open: FxHashSet<ModelRef> = FxHashSet::default();
    for query in queries::of_models(context) {
        let model = context.project.schemas.model(query.model);
        stored(
            context,
            query.model,
            model,
            query.call,
            query.event.query,
            &mut known,
            &mut open,
        );
        asked(
            context,
            query.model,
            model,
            query.call,
            query.event.query,
            &mut known,
        );
        if query.call.operation.is_write() {
            closed.insert(query.model);
        }
    }
    checked(context, &mut known);
    if writes_anything(context) {
        return Vec::new();
    }
    let raw = raw_texts(context);
    let mut found: Vec<(FieldRef, Source)> = known
        .into_iter()
        .filter(|(field, _)| {
            let model = ModelRef {
                schema: field.schema,
                model: field.field.model,
            };
            let declared = context.project.schemas.model(model);
            let table = declared.db_name.to_lowercase();
            closed.contains(&model)
                && !open.contains(&model)
                && !raw.iter().any(|text| text.contains(&table))
                && !is_written_through_relations(context, model)
        })
        .filter_map(|(reference, constants)| {
            let field = context.project.schemas.field(reference);
            Some((reference, source(field, constants)?))
        })
        .collect();
    found.sort_by_key(|(field, _)| *field);
    found
}

fn source(field: &Field, constants: Constants) -> Option<Source> {
    let default = default_of(field);
    let mut values: Vec<SmolStr> = default.map(SmolStr::new).into_iter().collect();
    for (value, _) in &constants.stored {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    let sites: FxHashSet<Location> = constants.stored.iter().map(|(_, at)| *at).collect();
    let (compared, at) = constants
        .compared
        .iter()
        .find(|(value, _)| values.contains(value))?;
    let words = values.iter().all(|value| is_word(value));
    let enough = values.len() >= 2 && sites.len() + usize::from(default.is_some()) >= 2;
    (words && enough && !constants.open).then(|| Source {
        kind: Kind::Compared,
        at: constants.stored[0].1,
        other: Some((*at, format!("compared with `{compared}`"))),
        values,
    })
}

fn is_word(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.len() <= 32
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

fn stored(
    context: &Context<'_>,
    reference: ModelRef,
    model: &Model,
    call: &ClientCall,
    query: &Query,
    known: &mut FxHashMap<FieldRef, Constants>,
    open: &mut FxHashSet<ModelRef>,
) {
    if !call.operation.is_write() {
        return;
    }
    let at = queries::operation_at(context, call);
    let all = data_of(query);
    let deletes = call.operation.as_str().starts_with("delete");
    if all.is_empty() && !deletes {
        open.insert(reference);
    }
    for data in all {
        for choice in data.choices() {
            let Some(object) = choice
                .as_object()
                .filter(|object| object.spreads.is_empty())
            else {
                open.insert(reference);
                continue;
            };
            for (name, entry) in &object.entries {
                let Some(field) = model.field(name).filter(|field| is_string(field)) else {
                    continue;
                };
                let constants = known.entry(field_ref(reference, field)).or_default();
                for value in set_values(&entry.value) {
                    match value {
                        Value::Null | Value::Undefined => {}
                        value => match value.as_string() {
                            Some(text) => constants.stored.push((text.clone(), at)),
                            None => constants.open = true,
                        },
                    }
                }
            }
        }
    }
}

/// Constants in conditions: `{ status: 'open' }`, `{ status: { in: ['open'] } }`.
fn asked(
    context: &Context<'_>,
    reference: ModelRef,
    model: &Model,
    call: &ClientCall,
    query: &Query,
    known: &mut FxHashMap<FieldRef, Constants>,
) {
    let at = queries::operation_at(context, call);
    let Some(Value::Object(first)) = query.arguments.first() else {
        return;
    };
    let Some(filter) = first.entries.get("where") else {
        return;
    };
    for object in objects(&filter.value) {
        for (name, entry) in &object.entries {
            let Some(field) = model.field(name).filter(|field| is_string(field)) else {
                continue;
            };
            let constants = known.entry(field_ref(reference, field)).or_default();
            for value in entry.value.choices() {
                let inner = match value {
                    Value::Object(operators) => {
                        let of = |key: &str| operators.entries.get(key).map(|entry| &entry.value);
                        let one = ["equals", "not", "in", "notIn"].into_iter().filter_map(of);
                        one.collect()
                    }
                    value => vec![value],
                };
                for value in inner {
                    let list = match value {
                        Value::Array(array) => array.elements.iter().collect(),
                        value => vec![value],
                    };
                    let texts = list.into_iter().filter_map(Value::as_string);
                    constants
                        .compared
                        .extend(texts.map(|text| (text.clone(), at)));
                }
            }
        }
    }
}

/// Constants that properties of rows are compared with: `row.status === 'open'`.
fn checked(context: &Context<'_>, known: &mut FxHashMap<FieldRef, Constants>) {
    for summary in context.flow.functions() {
        for event in &summary.events {
            let EventKind::Check { facts } = &event.kind else {
                continue;
            };
            for fact in facts {
                let (Fact::Equal(a, b) | Fact::Differ(a, b)) = fact else {
                    continue;
                };
                for (row, constant) in [(a, b), (b, a)] {
                    let Some(text) = constant.as_string() else {
                        continue;
                    };
                    if let Some((field, at)) = field_of_row(context, row) {
                        let constants = known.entry(field).or_default();
                        constants.compared.push((text.clone(), at));
                    }
                }
            }
        }
    }
}

fn field_of_row(context: &Context<'_>, value: &Value) -> Option<(FieldRef, Location)> {
    let Value::Opaque(opaque) = value else {
        return None;
    };
    let Root::Row(row) = &opaque.root else {
        return None;
    };
    let mut names = opaque.path.iter().filter_map(|step| match step {
        Step::Property(name) => Some(name),
        _ => None,
    });
    let (Some(name), None) = (names.next(), names.next()) else {
        return None;
    };
    let call = context.project.calls.get(row.call);
    let model = call.model()?;
    let field = context.project.schemas.model(model).field(name)?;
    is_string(field).then(|| {
        (
            field_ref(model, field),
            queries::operation_at(context, call),
        )
    })
}

/// Whether some write is of a model that only a run can tell.
fn writes_anything(context: &Context<'_>) -> bool {
    queries::application(context)
        .any(|(call, _)| call.target == CallTarget::AnyModel && call.operation.is_write())
}

/// Whether rows are made, or may be, inside writes of another model.
fn is_written_through_relations(context: &Context<'_>, model: ModelRef) -> bool {
    queries::of_models(context).any(|query| {
        let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
        let declared = context.project.schemas.model(query.model);
        data_of(query.event.query).into_iter().any(|data| {
            objects(data).any(|object| {
                object.entries.iter().any(|(name, entry)| {
                    let target = declared
                        .field(name)
                        .and_then(|field| datamodel.target(field));
                    let of_model = target.is_some_and(|target| {
                        query.model.schema == model.schema && target.id == model.model
                    });
                    of_model
                        && objects(&entry.value).any(|actions| {
                            !actions.spreads.is_empty()
                                || actions.entries.keys().any(|key| {
                                    !matches!(
                                        key.as_str(),
                                        "connect" | "disconnect" | "delete" | "deleteMany"
                                    )
                                })
                        })
                })
            })
        })
    })
}

/// The texts of raw statements that write, in lower case.
fn raw_texts(context: &Context<'_>) -> Vec<String> {
    queries::application(context)
        .filter(|(call, _)| call.operation.is_raw())
        .map(|(_, event)| {
            let arguments = event.query.arguments.iter();
            arguments
                .map(queries::constant_text)
                .collect::<String>()
                .to_lowercase()
        })
        .filter(|text| text.contains("insert") || text.contains("update"))
        .collect()
}
