//! Keys of other rows that are written as the client sent them.

mod meant;

use smol_str::SmolStr;
use snell_flow::{
    Entry as Written, Fact, ObjectValue, RowOrigin, Value,
    scope::{Key, Origin, Reached, Trust, asks_of_row, leaves, origins, passed_on},
};
use snell_prisma::{Field, Model};
use snell_project::{
    client::{CallId, Operation},
    ownership::{Ownership, RootKind},
    schema::{ModelRef, SchemaId},
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Copied, Exposure, Fault, Reference},
    },
};

/// Rows inside rows that are looked into.
const MAX_DEPTH: u32 = 4;

pub(in crate::rules::isolation) fn faults(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Vec<Exposure> {
    let call = context.project.calls.get(reached.query.call);
    let writes = call.operation.is_create()
        || matches!(
            call.operation,
            Operation::Update | Operation::UpdateMany | Operation::Upsert
        );
    let trust = Trust::of(&reached.facts);
    let blind = entry.is_blind(reached, &trust, evidence.limited);
    let (Some(model), true, true) = (call.model(), writes, blind) else {
        return Vec::new();
    };
    let Some(arguments) = reached.query.arguments.first().and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut search = Search {
        context,
        schema: model.schema,
        trust: &trust,
        facts: &reached.facts,
        found: Vec::new(),
        copied: Vec::new(),
    };
    for key in ["data", "create", "update"] {
        if let Some(entry) = arguments.entries.get(key) {
            search.rows(&entry.value, model, MAX_DEPTH);
        }
    }
    let Search { found, copied, .. } = search;
    let copies = copied.into_iter().filter_map(|copied| {
        let guarded = evidence.guarded(copied.target)?;
        (!evidence.is_open(copied.target)).then(|| Exposure {
            guarded: (guarded != reached.query.call).then_some(guarded),
            ..Exposure::of(entry, reached, model, Fault::Copied(copied))
        })
    });
    let references = found.into_iter().filter_map(|(reference, names_owner)| {
        let guarded = match names_owner {
            true => evidence.guarded(model)?,
            // What everybody may see, everybody may refer to.
            false
                if evidence.is_open(reference.target) || evidence.is_acted_on(reference.target) =>
            {
                return None;
            }
            false => evidence.guarded(reference.target)?,
        };
        Some(Exposure {
            guarded: (guarded != reached.query.call).then_some(guarded),
            ..Exposure::of(
                entry,
                reached,
                model,
                match names_owner {
                    true => Fault::NewOwner(reference),
                    false => Fault::Reference(reference),
                },
            )
        })
    });
    references.chain(copies).collect()
}

struct Search<'a, 't> {
    context: &'a Context<'a>,
    schema: SchemaId,
    trust: &'t Trust<'t>,
    facts: &'t [Fact],
    /// Each with whether it says whose the row is.
    found: Vec<(Reference, bool)>,
    /// Keys of rows that were looked up by what the client sent alone.
    copied: Vec<Copied>,
}

impl Search<'_, '_> {
    fn rows(&mut self, value: &Value, model: ModelRef, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match value {
            Value::Object(object) => self.row(object, model, depth),
            Value::Array(array) => {
                for element in array.elements.iter().chain(&array.rest) {
                    self.rows(element, model, depth);
                }
            }
            Value::OneOf(choices) => {
                for choice in choices.iter() {
                    self.rows(&choice.value, model, depth);
                }
            }
            _ => {}
        }
    }

    fn row(&mut self, object: &ObjectValue, model: ModelRef, depth: u32) {
        let declared = self.context.project.schemas.model(model);
        for (name, entry) in &object.entries {
            let Some(field) = declared.field(name) else {
                continue;
            };
            if self.is_meant(declared, object, field) {
                continue;
            }
            match field.relation() {
                Some(relation) => {
                    let target = ModelRef {
                        schema: model.schema,
                        model: relation.target,
                    };
                    self.related(field, entry, target, depth);
                }
                None => self.scalar(declared, field, entry, model.schema),
            }
        }
    }

    /// `agentId: dto.agentId`
    fn scalar(&mut self, model: &Model, field: &Field, entry: &Written, schema: SchemaId) {
        let target = model.relation_fields().find_map(|relation| {
            let side = relation.relation()?;
            (side.fields.first() == Some(&field.id) && side.fields.len() == 1)
                .then_some(side.target)
        });
        if let Some(target) = target {
            let target = ModelRef {
                schema,
                model: target,
            };
            self.key(field.name.clone(), entry, &entry.value, target);
        }
    }

    /// `agent: { connect: { id } }`, `sentences: { create: { ... } }`
    fn related(&mut self, field: &Field, entry: &Written, target: ModelRef, depth: u32) {
        let Some(object) = entry.value.as_object() else {
            return;
        };
        for (how, inner) in &object.entries {
            match how.as_str() {
                "connect" => {
                    let keys = match &inner.value {
                        Value::Object(object) => object.entries.iter().next(),
                        _ => None,
                    };
                    if let Some((name, key)) = keys {
                        let path = format!("{}.{name}", field.name);
                        self.key(path.into(), key, &key.value, target);
                    }
                }
                "create" => self.rows(&inner.value, target, depth),
                _ => {}
            }
        }
    }

    fn key(&mut self, field: SmolStr, entry: &Written, value: &Value, target: ModelRef) {
        let owners = &self.context.project.owners;
        let names_owner = matches!(owners.of(target), Ownership::Root(RootKind::Identity));
        if !names_owner && !matches!(owners.of(target), Ownership::Owned(_)) {
            return;
        }
        let at = self.context.project.modules.at(entry.module, entry.key);
        let Some(key) = self.sent(value) else {
            if !names_owner && let Some((from, key)) = self.taken(value) {
                self.copied.push(Copied {
                    field,
                    from,
                    key,
                    target,
                    at,
                });
            }
            return;
        };
        self.found.push((
            Reference {
                field,
                key,
                target,
                at,
            },
            names_owner,
        ));
    }

    /// The client's key that a value is, when nothing ties it to who asks.
    fn sent(&self, value: &Value) -> Option<Key> {
        let (mut sent, mut other) = (None, false);
        origins(value, &mut |origin| match origin {
            Origin::Client(key) => {
                other |= self.trust.holds(&key);
                sent.get_or_insert(key);
            }
            Origin::Constant => {}
            Origin::Row(row, path) if !self.trust.is_row_in_scope(row) => {
                match passed_on(self.context.project, row, &path, self.facts) {
                    Some(key) => {
                        other |= self.trust.holds(&key);
                        sent.get_or_insert(key);
                    }
                    None => other = true,
                }
            }
            _ => other = true,
        });
        sent.filter(|_| !other)
    }

    /// The query whose row a value is a part of, and the key by which the client
    /// names that row, when nothing ties either to who asks.
    fn taken(&self, value: &Value) -> Option<(CallId, Key)> {
        let (mut found, mut other) = (None, false);
        origins(value, &mut |origin| match origin {
            Origin::Row(row, path) if !path.is_empty() && !self.trust.is_row_in_scope(row) => {
                let key = named_by(row).filter(|key| !self.trust.holds(key));
                let owned = self
                    .context
                    .project
                    .calls
                    .get(row.call)
                    .model()
                    .is_some_and(|model| {
                        matches!(self.context.project.owners.of(model), Ownership::Owned(_))
                    });
                match key.filter(|_| owned && !asks_of_row(self.facts, row)) {
                    Some(key) => found = Some((row.call, key)),
                    None => other = true,
                }
            }
            Origin::Constant => {}
            _ => other = true,
        });
        found.filter(|_| !other)
    }
}

/// The key in `{ connect: { id } }`, or the value itself.
pub(in crate::rules::isolation) fn key_of(value: &Value) -> &Value {
    let connect = value
        .as_object()
        .and_then(|object| object.entries.get("connect"));
    let key = connect
        .and_then(|connect| connect.value.as_object())
        .and_then(|object| object.entries.values().next());
    key.map_or(value, |key| &key.value)
}

/// Whether a value is made of who asks.
pub(in crate::rules::isolation) fn names_who_asks(value: &Value) -> bool {
    let mut named = false;
    value.visit(&mut |part| {
        if let Value::Opaque(_) = part {
            origins(part, &mut |origin| {
                named |= matches!(origin, Origin::Identity(_));
            });
        }
    });
    named
}

/// What the client sent, when a row was looked up by that alone.
fn named_by(row: &RowOrigin) -> Option<Key> {
    let filter = &row.arguments.as_object()?.entries.get("where")?.value;
    let leaves = leaves(filter)?;
    let [leaf] = leaves.as_slice() else {
        return None;
    };
    let (mut key, mut other) = (None, leaf.weak || !leaf.always);
    origins(leaf.value, &mut |origin| match origin {
        Origin::Client(sent) => key = Some(sent),
        _ => other = true,
    });
    key.filter(|_| !other)
}
