//! Keys of other rows that are written as the client sent them.

mod meant;
mod sent;
pub(in crate::rules::isolation) mod soft;
mod spread;

use smol_str::SmolStr;
use snell_flow::{
    Entry as Written, Facts, ObjectValue, Value,
    scope::{Origin, Reached, Trust, origins},
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
        people,
        published::is_found_open,
        tenant,
    },
};

pub(in crate::rules::isolation) use self::sent::tells;

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
    let trust = reached.trust();
    let blind = entry.is_blind(reached, trust, evidence.limited);
    let (Some(model), true, true) = (call.model(), writes, blind) else {
        return Vec::new();
    };
    let Some(arguments) = reached.query.arguments.first().and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut search = Search {
        context,
        entry,
        schema: model.schema,
        trust,
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
    // Whoever may not refer to the row at all does not take its owner from it.
    let referred =
        |copied: &Copied| copied.owner && found.iter().any(|(one, _)| one.key == copied.key);
    let copied: Vec<Copied> = copied.into_iter().filter(|one| !referred(one)).collect();
    let copies = copied.into_iter().filter_map(|copied| {
        let guarded = match copied.owner {
            true => sent::kept_beside(context, model, &copied, evidence)?,
            false => evidence
                .guarded(copied.target)
                .filter(|_| !evidence.is_open(copied.target))?,
        };
        Some(Exposure {
            guarded: (guarded != reached.query.call).then_some(guarded),
            ..Exposure::of(entry, reached, model, Fault::Copied(copied))
        })
    });
    let of_role = is_of_role(context, entry, model);
    let references = found.into_iter().filter_map(|(reference, names)| {
        // An extension of the client says whose the row is.
        if call.client.is_scoping() && matches!(names, Names::Owner | Names::Group) {
            return None;
        }
        let guarded = known(context, model, (&reference, names), evidence);
        // Who has a role that is called after the tenant has it in one.
        let of_role = of_role
            && guarded.is_none()
            && names == Names::Group
            && evidence.is_of_members(context, model, reference.target);
        if guarded.is_none() && !of_role {
            return None;
        }
        let of = reference.of;
        let fault = match names {
            Names::Owner => Fault::NewOwner(reference),
            Names::Row | Names::Person | Names::Group => Fault::Reference(reference),
        };
        Some(Exposure {
            presumed: of_role,
            of_role,
            guarded: guarded.filter(|guarded| *guarded != reached.query.call),
            ..Exposure::of(entry, reached, of, fault)
        })
    });
    references.chain(copies).collect()
}

/// Where it is seen whose the row is that a key names, or that a new row is for.
fn known(
    context: &Context<'_>,
    model: ModelRef,
    (reference, names): (&Reference, Names),
    evidence: &Evidence,
) -> Option<CallId> {
    let target = reference.target;
    match names {
        Names::Group => evidence.kept_to_members(context, model, target),
        Names::Owner => evidence.guarded(model),
        // Of another group than the row's: that people have a part in it is what is known of both.
        Names::Person => evidence.guarded(target).or_else(|| evidence.guarded(model)),
        // What everybody may see, everybody may refer to.
        Names::Row => {
            let open = evidence.is_open(target)
                || evidence.is_acted_on(target)
                || evidence.is_on_open_pages(target);
            evidence.guarded(target).filter(|_| !open)
        }
    }
}

/// Whether a new row is made by a role that is called after the tenant of such rows, and nothing on the way is who asks.
fn is_of_role(context: &Context<'_>, entry: &Entry<'_>, model: ModelRef) -> bool {
    entry.endpoint.access.authenticated
        && !entry.walk.uses_identity
        && !entry.walk.mentions_identity
        && tenant::is_called_after(context, entry.endpoint, model)
}

/// Whether a row is written with relations in the place of its keys: Prisma takes no key of a relation beside
/// them, and the row is never made.
fn connects(model: &Model, object: &ObjectValue) -> bool {
    object.entries.iter().any(|(name, entry)| {
        let side = model.field(name).and_then(Field::relation);
        entry.always
            && side.is_some_and(|side| !side.fields.is_empty())
            && entry.value.as_object().is_some()
    })
}

fn is_key_of_relation(model: &Model, field: &Field) -> bool {
    let mut sides = model.relation_fields().filter_map(Field::relation);
    sides.any(|side| side.fields.contains(&field.id))
}

/// What a key that is written names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Whose the row is.
    Owner,
    /// Somebody who has a part in a row that belongs to their group.
    Person,
    /// The group of people whose row it is.
    Group,
    /// Another row.
    Row,
}

struct Search<'a, 't> {
    context: &'a Context<'a>,
    entry: &'t Entry<'t>,
    schema: SchemaId,
    trust: &'t Trust,
    facts: &'t Facts,
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
            Value::Opaque(sent) => self.sent_whole(sent, &ObjectValue::default(), model),
            _ => {}
        }
    }

    fn row(&mut self, object: &ObjectValue, model: ModelRef, depth: u32) {
        self.spread(object, model);
        let declared = self.context.project.schemas.model(model);
        let connects = connects(declared, object);
        for (name, entry) in &object.entries {
            let Some(field) = declared.field(name) else {
                continue;
            };
            if connects && is_key_of_relation(declared, field) {
                continue;
            }
            if self.is_meant(declared, object, field) {
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

    /// `agentId: dto.agentId`
    fn scalar(&mut self, model: &Model, field: &Field, entry: &Written, schema: SchemaId) {
        let target = model.relation_fields().find_map(|relation| {
            let side = relation.relation()?;
            (side.fields.first() == Some(&field.id) && side.fields.len() == 1)
                .then_some(side.target)
        });
        let target = match target {
            Some(target) => Some(ModelRef {
                schema,
                model: target,
            }),
            None => soft::target(self.context, schema, model, field)
                .or_else(|| soft::group(self.context, schema, model, field)),
        };
        if let Some(target) = target {
            self.key(model, field, field.name.clone(), entry, target);
        }
    }

    /// `agent: { connect: { id } }`, `sentences: text ? { create: { ... } } : undefined`
    fn related(
        &mut self,
        model: &Model,
        field: &Field,
        entry: &Written,
        target: ModelRef,
        depth: u32,
    ) {
        for object in entry
            .value
            .choices()
            .into_iter()
            .filter_map(Value::as_object)
        {
            self.written_along(model, field, object, target, depth);
        }
    }

    /// `{ connect: { id } }`, `{ create: [{ ... }] }`
    fn written_along(
        &mut self,
        model: &Model,
        field: &Field,
        object: &ObjectValue,
        target: ModelRef,
        depth: u32,
    ) {
        for (how, inner) in &object.entries {
            match how.as_str() {
                "connect" | "set" => self.connected(model, field, &inner.value, target),
                "create" => self.rows(&inner.value, target, depth),
                // `createMany: { data: [...] }`, `connectOrCreate: { where, create }`
                "createMany" | "connectOrCreate" => {
                    let Some(parts) = inner.value.as_object() else {
                        continue;
                    };
                    if let Some(named) = parts.entries.get("where") {
                        self.connected(model, field, &named.value, target);
                    }
                    for rows in ["data", "create"]
                        .iter()
                        .filter_map(|one| parts.entries.get(*one))
                    {
                        self.rows(&rows.value, target, depth);
                    }
                }
                _ => {}
            }
        }
    }

    /// `{ id }`, and each of a list of those: of other rows than people, whom one puts together on purpose.
    fn connected(&mut self, model: &Model, field: &Field, value: &Value, target: ModelRef) {
        match value {
            Value::Object(object) => {
                if let Some((name, key)) = object.entries.iter().next() {
                    let path = format!("{}.{name}", field.name);
                    self.key(model, field, path.into(), key, target);
                }
            }
            Value::Array(array) if !people::is_identity(self.context, target) => {
                for element in array.elements.iter().chain(&array.rest) {
                    if element.as_object().is_some() {
                        self.connected(model, field, element, target);
                    }
                }
            }
            _ => {}
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
        let owned = matches!(
            owners.of(target),
            Ownership::Owned(_) | Ownership::Root(RootKind::Room)
        );
        let group = tenant::is_tenant(self.context, target);
        if !person && !owned && !group {
            return;
        }
        let names = match person {
            true if !people::has_part(self.context, self.schema, model, column, target) => {
                Names::Owner
            }
            true if !people::share_group(self.context, self.schema, model, target) => return,
            true => Names::Person,
            false if group => Names::Group,
            false => Names::Row,
        };
        let at = self.context.project.modules.at(entry.module, entry.key);
        let Some(key) = self.sent(value).or_else(|| self.chosen(value)) else {
            let owner = names == Names::Owner;
            if (!owner && !person && !group || owner && self.is_of_owner(value))
                && let Some((from, key)) = self.taken(value)
            {
                self.copied.push(Copied {
                    field,
                    from,
                    key,
                    target,
                    owner,
                    at,
                });
            }
            return;
        };
        // Whoever likes may refer to what was found to be public.
        if names == Names::Row && is_found_open(self.context, self.facts, &key, target) {
            return;
        }
        let reference = Reference {
            of: ModelRef {
                schema: self.schema,
                model: model.id,
            },
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
