//! Rows by which people act on what others made: a like, a vote, a report.
//!
//! There is one for each person and thing, and who is signed in makes it for whatever they
//! name. That their own is found by both says nothing of whether others may see them, and what
//! several people act on is not for its owner alone.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::{
    Value,
    scope::{Origin, Reached, Trust, leaves, origins},
};
use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    client::Operation,
    ownership::Ownership,
    schema::{ModelRef, SchemaId},
};

use super::{evidence::Entry, references::names_who_asks};
use crate::rule::Context;

/// The columns of such a row: who acts, and what on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    person: FieldId,
    thing: FieldId,
    target: ModelRef,
}

/// The models of such rows.
#[derive(Debug, Default)]
pub(super) struct Reactions {
    pairs: FxHashMap<ModelRef, Vec<Pair>>,
    targets: FxHashSet<ModelRef>,
}

impl Reactions {
    pub(super) fn gather(context: &Context<'_>, entries: &[Entry<'_>]) -> Self {
        let mut pairs = candidates(context);
        let mut made = FxHashSet::default();
        let mut looked_up = FxHashSet::default();
        let mut granting = FxHashSet::default();
        for entry in entries {
            let open = entry.endpoint.is_open_to_every_user();
            for reached in &entry.walk.queries {
                let call = context.project.calls.get(reached.query.call);
                let Some(model) = call.model() else { continue };
                granting.extend(granted(context, reached, model));
                let Some(own) = pairs.get(&model) else {
                    continue;
                };
                for pair in own {
                    if open && is_made_freely(context, reached, model, *pair) {
                        made.insert(*pair);
                    }
                    if is_lookup(context, reached, model, *pair) {
                        looked_up.insert(*pair);
                    }
                }
            }
        }
        pairs.retain(|model, own| {
            own.retain(|pair| {
                let declared = context.project.schemas.model(*model);
                made.contains(pair)
                    && (is_unique(declared, *pair) || looked_up.contains(pair))
                    && !granting.contains(&(pair.target, *model))
            });
            !own.is_empty()
        });
        let targets = pairs.values().flatten().map(|pair| pair.target).collect();
        Reactions { pairs, targets }
    }

    /// Whether people act on rows of a model that others made.
    pub(super) fn are_about(&self, model: ModelRef) -> bool {
        self.targets.contains(&model)
    }

    /// Whether rows of a model are such rows.
    pub(super) fn are(&self, model: ModelRef) -> bool {
        self.pairs.contains_key(&model)
    }

    /// Whether a query asks what one person did with one thing.
    pub(super) fn is_own(
        &self,
        context: &Context<'_>,
        reached: &Reached<'_>,
        model: ModelRef,
    ) -> bool {
        let pairs = self.pairs.get(&model);
        pairs.is_some_and(|pairs| {
            let mut pairs = pairs.iter();
            pairs.any(|pair| is_lookup(context, reached, model, *pair))
        })
    }
}

/// By the schema: models that name an owner, and a row that belongs to somebody.
fn candidates(context: &Context<'_>) -> FxHashMap<ModelRef, Vec<Pair>> {
    let mut found: FxHashMap<ModelRef, Vec<Pair>> = FxHashMap::default();
    let owners = &context.project.owners;
    for (reference, _, model) in context.project.schemas.models() {
        let sides = || {
            let sides = model.relation_fields().filter_map(Field::relation);
            sides.filter_map(|side| match side.fields.as_slice() {
                [column] => Some((
                    *column,
                    ModelRef {
                        schema: reference.schema,
                        model: side.target,
                    },
                )),
                _ => None,
            })
        };
        for (person, who) in sides() {
            if !matches!(owners.of(who), Ownership::Root(_)) {
                continue;
            }
            for (thing, target) in sides() {
                if target != reference && matches!(owners.of(target), Ownership::Owned(_)) {
                    found.entry(reference).or_default().push(Pair {
                        person,
                        thing,
                        target,
                    });
                }
            }
        }
    }
    found
}

fn is_unique(model: &Model, pair: Pair) -> bool {
    model.unique_criteria().any(|key| {
        let has = |field| key.columns.iter().any(|column| column.field == Some(field));
        has(pair.person) && has(pair.thing)
    })
}

/// Whether a new row is who asks's own, for a thing that the client names.
fn is_made_freely(
    context: &Context<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
    pair: Pair,
) -> bool {
    let call = context.project.calls.get(reached.query.call);
    let key = match call.operation {
        Operation::Upsert => "create",
        operation if operation.is_create() => "data",
        _ => return false,
    };
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let row = arguments
        .and_then(|arguments| arguments.entries.get(key))
        .and_then(|entry| entry.value.as_object());
    let Some(row) = row else { return false };
    let declared = context.project.schemas.model(model);
    let value = |column: FieldId| {
        row.entries.iter().find_map(|(name, entry)| {
            let field = declared.field(name)?;
            if field.id == column {
                return Some(&entry.value);
            }
            let by_relation = field.relation()?.fields.as_slice() == [column];
            let connect = entry.value.as_object()?.entries.get("connect");
            let key = connect?.value.as_object()?.entries.values().next();
            by_relation.then_some(&key?.value)
        })
    };
    let (Some(person), Some(thing)) = (value(pair.person), value(pair.thing)) else {
        return false;
    };
    let trust = Trust::of(&reached.facts);
    let (mut sent, mut other) = (false, false);
    origins(thing, &mut |origin| match origin {
        Origin::Client(key) if !trust.holds(&key) => sent = true,
        Origin::Constant => {}
        _ => other = true,
    });
    names_who_asks(person) && sent && !other
}

/// Whether a condition names both.
fn is_lookup(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef, pair: Pair) -> bool {
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
    let Some(leaves) = filter.and_then(|filter| leaves(&filter.value)) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    let names = |column: FieldId| {
        leaves.iter().any(|leaf| {
            let last = leaf.path.last().and_then(|name| declared.field(name));
            !leaf.weak && last.is_some_and(|field| field.id == column)
        })
    };
    names(pair.person) && names(pair.thing)
}

/// The models through whose rows a condition says who may see a row: members of a document.
fn granted<'a>(
    context: &'a Context<'_>,
    reached: &'a Reached<'_>,
    model: ModelRef,
) -> impl Iterator<Item = (ModelRef, ModelRef)> + 'a {
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
    let leaves = filter.and_then(|filter| leaves(&filter.value));
    leaves
        .into_iter()
        .flatten()
        .flat_map(move |leaf| steps(context, model.schema, model, &leaf.path))
}

/// The relations that a path goes by: from where, and to where.
fn steps(
    context: &Context<'_>,
    schema: SchemaId,
    mut from: ModelRef,
    path: &[smol_str::SmolStr],
) -> Vec<(ModelRef, ModelRef)> {
    let mut found = Vec::new();
    for name in path {
        let field = context.project.schemas.model(from).field(name);
        if let Some(side) = field.and_then(Field::relation) {
            let to = ModelRef {
                schema,
                model: side.target,
            };
            found.push((from, to));
            from = to;
        }
    }
    found
}
