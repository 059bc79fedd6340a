//! Fields in which nothing but constants is stored, and whose values the code compares.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_flow::{EventKind, Fact, ObjectValue, Query, Root, Step, Value};
use snell_prisma::{Field, Model};
use snell_project::{
    client::{CallTarget, ClientCall},
    schema::{FieldRef, ModelRef},
};
use snell_source::Location;

use super::{
    default_of,
    sources::{Kind, Source},
    writes::{data_of, field_ref, is_string, set_values},
};
use crate::{
    rule::Context,
    support::queries::{self, objects},
};

/// What is known of the constants of one field.
#[derive(Default)]
struct Constants {
    stored: Vec<(SmolStr, Location)>,
    compared: Vec<(SmolStr, Location)>,
    /// Something else is stored too, or may be.
    open: bool,
}

/// What the queries of the application store, and ask for.
pub(super) struct Stored {
    known: FxHashMap<FieldRef, Constants>,
    /// Models that some query writes.
    written: FxHashSet<ModelRef>,
    /// Models of which some write is not known in full.
    open: FxHashSet<ModelRef>,
}

impl Stored {
    /// Goes through all queries once.
    pub(super) fn gather(context: &Context<'_>) -> Self {
        let mut all = Stored {
            known: FxHashMap::default(),
            written: FxHashSet::default(),
            open: FxHashSet::default(),
        };
        for query in queries::of_models(context) {
            let model = context.project.schemas.model(query.model);
            stored(
                context,
                query.model,
                model,
                query.call,
                query.event.query,
                &mut all.known,
                &mut all.open,
            );
            asked(
                context,
                query.model,
                model,
                query.call,
                query.event.query,
                &mut all.known,
            );
            if query.call.operation.is_write() {
                all.written.insert(query.model);
            }
        }
        checked(context, &mut all.known);
        all
    }

    /// The constants that the code stores in a field.
    pub(super) fn of(&self, field: FieldRef) -> impl Iterator<Item = &SmolStr> {
        let constants = self.known.get(&field).into_iter();
        constants.flat_map(|constants| constants.stored.iter().map(|(value, _)| value))
    }

    /// Fields in which nothing but constants is stored, and whose values the code compares.
    pub(super) fn compared(&self, context: &Context<'_>) -> Vec<(FieldRef, Source)> {
        if writes_anything(context) {
            return Vec::new();
        }
        let raw = raw_texts(context);
        let related = written_through_relations(context);
        let mut found: Vec<(FieldRef, Source)> = self
            .known
            .iter()
            .filter(|(field, _)| {
                let model = ModelRef {
                    schema: field.schema,
                    model: field.field.model,
                };
                let declared = context.project.schemas.model(model);
                let table = declared.db_name.to_lowercase();
                self.written.contains(&model)
                    && !self.open.contains(&model)
                    && !raw.iter().any(|text| text.contains(&table))
                    && !related.contains(&model)
            })
            .filter_map(|(reference, constants)| {
                let field = context.project.schemas.field(*reference);
                Some((*reference, source(field, constants)?))
            })
            .collect();
        found.sort_by_key(|(field, _)| *field);
        found
    }
}

fn source(field: &Field, constants: &Constants) -> Option<Source> {
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

/// The models whose rows are made, or may be, inside writes of other models.
fn written_through_relations(context: &Context<'_>) -> FxHashSet<ModelRef> {
    let mut written = FxHashSet::default();
    for query in queries::of_models(context) {
        let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
        let declared = context.project.schemas.model(query.model);
        for object in data_of(query.event.query).into_iter().flat_map(objects) {
            for (name, entry) in &object.entries {
                let target = declared
                    .field(name)
                    .and_then(|field| datamodel.target(field));
                if let Some(target) = target
                    && objects(&entry.value).any(makes_rows)
                {
                    written.insert(ModelRef {
                        schema: query.model.schema,
                        model: target.id,
                    });
                }
            }
        }
    }
    written
}

/// Whether what is written to a relation does more than tie and untie rows.
fn makes_rows(actions: &ObjectValue) -> bool {
    let ties = |key: &SmolStr| {
        matches!(
            key.as_str(),
            "connect" | "disconnect" | "delete" | "deleteMany"
        )
    };
    !actions.spreads.is_empty() || !actions.entries.keys().all(ties)
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
