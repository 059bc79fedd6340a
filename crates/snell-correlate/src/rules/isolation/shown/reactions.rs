//! Rows by which people act on what others made: a like, a vote, a report.
//!
//! There is one for each person and thing, and who is signed in makes it for whatever they
//! name. That their own is found by both says nothing of whether others may see them, and what
//! several people act on is not for its owner alone.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::{
    ObjectValue, Value,
    scope::{Origin, Reached, leaves, origins},
};
use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    client::Operation,
    ownership::Ownership,
    schema::{ModelRef, SchemaId},
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        people,
        references::{key_of, names_who_asks},
    },
};

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
        let things = things(context);
        let mut made: FxHashMap<ModelRef, Vec<Pair>> = FxHashMap::default();
        let mut granting = FxHashSet::default();
        let all = || entries.iter().flat_map(|entry| &entry.walk.queries);
        for entry in entries {
            let open = entry.is_open_to_every_user();
            for reached in &entry.walk.queries {
                let call = context.project.calls.get(reached.query.call);
                let Some(model) = call.model() else { continue };
                granting.extend(granted(context, reached, model));
                for (thing, target) in things.get(&model).into_iter().flatten() {
                    if !open || !is_made_freely(context, reached, model, *thing) {
                        continue;
                    }
                    let known = made.entry(model).or_default();
                    for person in persons(context, reached, model) {
                        let pair = Pair {
                            person,
                            thing: *thing,
                            target: *target,
                        };
                        if !known.contains(&pair) {
                            known.push(pair);
                        }
                    }
                }
            }
        }
        let looked_up = |model: ModelRef, pair: Pair| {
            all().any(|reached| {
                let call = context.project.calls.get(reached.query.call);
                call.model() == Some(model) && is_lookup(context, reached, model, pair)
            })
        };
        made.retain(|model, pairs| {
            let declared = context.project.schemas.model(*model);
            pairs.retain(|pair| {
                (is_unique(declared, *pair) || looked_up(*model, *pair))
                    && !granting.contains(&(pair.target, *model))
            });
            !pairs.is_empty()
        });
        let targets = made.values().flatten().map(|pair| pair.target).collect();
        Reactions {
            pairs: made,
            targets,
        }
    }

    /// Whether people act on rows of a model that others made.
    pub(super) fn are_about(&self, model: ModelRef) -> bool {
        self.targets.contains(&model)
    }

    /// Whether rows of a model are such rows.
    pub(super) fn are(&self, model: ModelRef) -> bool {
        self.pairs.contains_key(&model)
    }

    /// Whether rows of a model are those of people about rows of `target`, one for each of both.
    pub(super) fn are_one_each(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        target: ModelRef,
    ) -> bool {
        let declared = context.project.schemas.model(model);
        let people = people::columns(context, model.schema, declared);
        let pairs = self.pairs.get(&model).into_iter().flatten();
        pairs
            .filter(|pair| pair.target == target && people.contains(&pair.person))
            .any(|pair| is_unique(declared, *pair))
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

/// By the schema: the columns of each model that name a row which belongs to somebody.
fn things(context: &Context<'_>) -> FxHashMap<ModelRef, Vec<(FieldId, ModelRef)>> {
    let mut found: FxHashMap<ModelRef, Vec<(FieldId, ModelRef)>> = FxHashMap::default();
    for (reference, _, model) in context.project.schemas.models() {
        for side in model.relation_fields().filter_map(Field::relation) {
            let target = ModelRef {
                schema: reference.schema,
                model: side.target,
            };
            let owned = matches!(context.project.owners.of(target), Ownership::Owned(_));
            if let ([column], true) = (side.fields.as_slice(), owned && target != reference) {
                found.entry(reference).or_default().push((*column, target));
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

/// The row that a query makes.
fn row<'v>(context: &Context<'_>, reached: &'v Reached<'_>) -> Option<&'v ObjectValue> {
    let call = context.project.calls.get(reached.query.call);
    let key = match call.operation {
        Operation::Upsert => "create",
        operation if operation.is_create() => "data",
        _ => return None,
    };
    let arguments = reached.query.arguments.first()?.as_object()?;
    arguments.entries.get(key)?.value.as_object()
}

/// The columns of a new row that say who asks.
fn persons(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> Vec<FieldId> {
    let declared = context.project.schemas.model(model);
    let entries = row(context, reached)
        .into_iter()
        .flat_map(|row| &row.entries);
    entries
        .filter(|(_, entry)| names_who_asks(key_of(&entry.value)))
        .filter_map(|(name, _)| {
            let field = declared.field(name)?;
            match field.relation() {
                Some(side) => side.fields.first().copied(),
                None => Some(field.id),
            }
        })
        .collect()
}

/// Whether a new row is about a thing that the client names.
fn is_made_freely(
    context: &Context<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
    thing: FieldId,
) -> bool {
    let declared = context.project.schemas.model(model);
    let value = row(context, reached).and_then(|row| {
        row.entries.iter().find_map(|(name, entry)| {
            let field = declared.field(name)?;
            let by_relation = field
                .relation()
                .is_some_and(|side| side.fields.as_slice() == [thing]);
            (field.id == thing || by_relation).then(|| key_of(&entry.value))
        })
    });
    let Some(value) = value else { return false };
    let trust = reached.trust();
    let (mut sent, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(key) if !trust.holds(&key) => sent = true,
        Origin::Constant => {}
        _ => other = true,
    });
    sent && !other
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
