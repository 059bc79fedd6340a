//! Keys of other rows that are written as the client sent them.

use smol_str::SmolStr;
use snell_flow::{
    Entry as Written, Fact, ObjectValue, TextPart, Value,
    scope::{Origin, Reached, Trust, origins},
};
use snell_prisma::{Field, Model};
use snell_project::{
    client::Operation,
    ownership::{Ownership, RootKind},
    schema::{ModelRef, SchemaId},
};

use crate::{
    rule::Context,
    rules::isolation::{
        evidence::{Entry, Evidence},
        exposure::{Copied, Exposure, Fault, Reference},
        people,
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
            endpoint: entry.position,
            call: reached.query.call,
            model,
            fault: Fault::Copied(copied),
            trail: reached.trail.clone(),
            late_check: None,
            guarded: (guarded != reached.query.call).then_some(guarded),
            presumed: false,
            first_only: false,
            slight: false,
            alike: 0,
        })
    });
    let references = found.into_iter().filter_map(|(reference, names)| {
        let guarded = match names {
            Names::Owner => evidence.guarded(model)?,
            // Of another group than the row's: that people have a part in it is what is known of both.
            Names::Person => evidence
                .guarded(reference.target)
                .or_else(|| evidence.guarded(model))?,
            // What everybody may see, everybody may refer to.
            Names::Row
                if evidence.is_open(reference.target) || evidence.is_acted_on(reference.target) =>
            {
                return None;
            }
            Names::Row => evidence.guarded(reference.target)?,
        };
        Some(Exposure {
            endpoint: entry.position,
            call: reached.query.call,
            model,
            fault: match names {
                Names::Owner => Fault::NewOwner(reference),
                Names::Row | Names::Person => Fault::Reference(reference),
            },
            trail: reached.trail.clone(),
            late_check: None,
            guarded: (guarded != reached.query.call).then_some(guarded),
            presumed: false,
            first_only: false,
            slight: false,
            alike: 0,
        })
    });
    references.chain(copies).collect()
}

/// What a key that is written names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Whose the row is.
    Owner,
    /// Somebody who has a part in a row that belongs to their group.
    Person,
    /// Another row.
    Row,
}

pub(super) struct Search<'a, 't> {
    pub(super) context: &'a Context<'a>,
    schema: SchemaId,
    pub(super) trust: &'t Trust<'t>,
    pub(super) facts: &'t [Fact],
    /// Each with what it names.
    found: Vec<(Reference, Names)>,
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
            if self.is_membership(declared, object, field)
                || self.is_second_party(declared, object, field)
                || self.is_mention(declared, object, field)
                || self.is_notice(declared, object, field)
            {
                continue;
            }
            match field.relation() {
                Some(relation) => {
                    let target = ModelRef {
                        schema: model.schema,
                        model: relation.target,
                    };
                    self.related(declared, field, entry, target, depth);
                }
                None => self.scalar(declared, field, entry, model.schema),
            }
        }
    }

    /// Whether a row joins a person to a group that was checked: whom, the one
    /// who may add people says.
    fn is_membership(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        let columns = |field: &Field| match field.relation() {
            Some(side) => side.fields.clone(),
            None => vec![field.id],
        };
        let joined = |other: &Field| {
            model.unique_criteria().any(|key| {
                let has = |field: &Field| {
                    let own = columns(field);
                    let mut columns = key.columns.iter();
                    !own.is_empty() && columns.any(|column| column.field == Some(own[0]))
                };
                has(field) && has(other)
            })
        };
        let names_group = |other: &Field| {
            let own = columns(other);
            let mut sides = model.relation_fields().filter_map(|field| field.relation());
            sides.any(|side| {
                let target = ModelRef {
                    schema: self.schema,
                    model: side.target,
                };
                let owners = &self.context.project.owners;
                let person = *owners.of(target) == Ownership::Root(RootKind::Identity);
                !own.is_empty() && side.fields == own && !person
            })
        };
        let own = columns(field);
        let mut sides = model.relation_fields().filter_map(|field| field.relation());
        let names_person = sides.any(|side| {
            let target = ModelRef {
                schema: self.schema,
                model: side.target,
            };
            side.fields == own
                && *self.context.project.owners.of(target) == Ownership::Root(RootKind::Identity)
        });
        names_person
            && object.entries.iter().any(|(name, entry)| {
                let other = model.field(name).filter(|other| other.id != field.id);
                other.is_some_and(|other| names_group(other) && joined(other))
                    && self.trust.is_trusted(&entry.value)
            })
    }

    /// Whether a row names two people, the other of whom is who asks: a message, a
    /// tip, a block. Whom it is about, the sender says.
    fn is_second_party(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        let columns = people::columns(self.context, self.schema, model);
        let own = people::is_one_of(&columns, model, field);
        own.is_some_and(|own| {
            object.entries.iter().any(|(name, entry)| {
                let other = model.field(name);
                let other = other.and_then(|other| people::is_one_of(&columns, model, other));
                other.is_some_and(|other| other != own) && names_who_asks(&entry.value)
            })
        })
    }

    /// Whether a row names somebody as a part of what is in scope: a mention in a comment, who
    /// is to do a task.
    fn is_mention(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        let columns = people::columns(self.context, self.schema, model);
        people::is_one_of(&columns, model, field).is_some()
            && object.entries.iter().any(|(name, entry)| {
                let other = model
                    .field(name)
                    .filter(|other| self.leads_to_owner(model, other));
                other.is_some() && self.trust.is_trusted(key_of(&entry.value))
            })
    }

    /// Whether a row tells whom it names of who asks, in words: an invitation, a notice. It is
    /// theirs, and whom it is for, the sender says.
    fn is_notice(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        let columns = people::columns(self.context, self.schema, model);
        people::is_one_of(&columns, model, field).is_some()
            && object
                .entries
                .values()
                .any(|entry| self.tells_of_who_asks(&entry.value))
    }

    /// Whether a text has a part that is who asks, or stands in their row.
    fn tells_of_who_asks(&self, value: &Value) -> bool {
        let project = self.context.project;
        let of_who_asks = |part: &Value| {
            let mut found = false;
            origins(part, &mut |origin| {
                found |= match origin {
                    Origin::Identity(_) => true,
                    Origin::Row(row, _) => {
                        let model = project.calls.get(row.call).model();
                        let person = Ownership::Root(RootKind::Identity);
                        model.is_some_and(|model| *project.owners.of(model) == person)
                            && names_who_asks(&row.arguments)
                    }
                    _ => false,
                };
            });
            found
        };
        match value {
            Value::Text(parts) => parts
                .iter()
                .any(|part| matches!(part, TextPart::Value(value, _) if of_who_asks(value))),
            Value::OneOf(choices) => {
                let mut choices = choices.iter();
                choices.any(|one| self.tells_of_who_asks(&one.value))
            }
            _ => false,
        }
    }

    /// Whether a field is the key of a row that belongs to somebody.
    fn leads_to_owner(&self, model: &Model, field: &Field) -> bool {
        let side = match field.relation() {
            Some(side) => Some(side),
            None => model
                .relation_fields()
                .filter_map(Field::relation)
                .find(|side| side.fields.as_slice() == [field.id]),
        };
        side.is_some_and(|side| {
            let target = ModelRef {
                schema: self.schema,
                model: side.target,
            };
            !side.fields.is_empty()
                && matches!(self.context.project.owners.of(target), Ownership::Owned(_))
        })
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
            self.key(model, field, field.name.clone(), entry, target);
        }
    }

    /// `agent: { connect: { id } }`, `sentences: { create: { ... } }`
    fn related(
        &mut self,
        model: &Model,
        field: &Field,
        entry: &Written,
        target: ModelRef,
        depth: u32,
    ) {
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
                        self.key(model, field, path.into(), key, target);
                    }
                }
                "create" => self.rows(&inner.value, target, depth),
                _ => {}
            }
        }
    }

    fn key(
        &mut self,
        model: &Model,
        column: &Field,
        field: SmolStr,
        entry: &Written,
        target: ModelRef,
    ) {
        let value = &entry.value;
        let owners = &self.context.project.owners;
        let person = matches!(owners.of(target), Ownership::Root(RootKind::Identity));
        if !person && !matches!(owners.of(target), Ownership::Owned(_)) {
            return;
        }
        let names = match person {
            true if !people::has_part(self.context, self.schema, model, column, target) => {
                Names::Owner
            }
            true if !people::share_group(self.context, self.schema, model, target) => return,
            true => Names::Person,
            false => Names::Row,
        };
        let at = self.context.project.modules.at(entry.module, entry.key);
        let Some(key) = self.sent(value).or_else(|| self.chosen(value)) else {
            if !person && let Some((from, key)) = self.taken(value) {
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
        let reference = Reference {
            field,
            key,
            target,
            at,
        };
        self.found.push((reference, names));
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
