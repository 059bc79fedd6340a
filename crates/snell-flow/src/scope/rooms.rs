//! What some people share by what the code does: whoever opens a conversation is put among those who
//! are in it, rows are looked for by who is in them, and nobody lists them all.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_prisma::{Field, FieldId, Model, ModelId};
use snell_project::{
    Project,
    client::{CallId, Operation},
    endpoint::Endpoint,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{Leaf, Origin, columns::objects, leaves, origins, trust::filter_of};
use crate::{
    call_graph::Once,
    event::{EventKind, Query},
    follow::Flow,
    value::{ObjectValue, Value},
};

/// The models whose rows people share, as far as the schema says of nobody that they are theirs, each with
/// the call that puts who opens one into it.
#[must_use]
pub fn rooms(project: &Project, flow: &Flow) -> Vec<(ModelRef, CallId)> {
    let mut seen = Seen {
        project,
        candidates: candidates(project),
    };
    if seen.candidates.is_empty() {
        return Vec::new();
    }
    let mut once = Once::of(flow);
    for entered in flow.endpoints() {
        let endpoint = project.endpoints.get(entered.endpoint);
        if is_for_users(project, endpoint) {
            once.visit(&entered.summary, &mut |event| {
                if let EventKind::Query(query) = &event.kind {
                    seen.query(query);
                }
            });
        }
    }
    let found = seen.candidates.into_iter();
    found
        .filter(|(_, room)| room.kept && !room.open)
        .filter_map(|(model, room)| Some((model, room.joined?)))
        .collect()
}

fn is_for_users(project: &Project, endpoint: &Endpoint) -> bool {
    let test = project.path_facts(endpoint.module).test;
    endpoint.kind.is_request()
        && !test
        && !endpoint.access.administrative
        && !endpoint.access.exempt
}

/// A model that may be shared, and what is seen of it.
struct Room {
    /// Its relations to those who are in a row.
    members: Vec<Members>,
    /// Where who makes a row is put among them.
    joined: Option<CallId>,
    /// Rows are looked for by who is in them.
    kept: bool,
    /// Rows are listed whoever is in them, or whoever likes joins them.
    open: bool,
}

/// How a row is tied to the people in it.
struct Members {
    /// The list on the side of the row: `users`, `members`.
    list: FieldId,
    /// The model between, with its relations to the row and to the person.
    between: Option<(ModelId, FieldId, FieldId)>,
}

fn candidates(project: &Project) -> BTreeMap<ModelRef, Room> {
    let mut found = BTreeMap::new();
    for (model, _, declared) in project.schemas.models() {
        if *project.owners.of(model) != Ownership::Global {
            continue;
        }
        let members = members(project, model, declared);
        if !members.is_empty() {
            found.insert(
                model,
                Room {
                    members,
                    joined: None,
                    kept: false,
                    open: false,
                },
            );
        }
    }
    found
}

/// The lists of a model that hold people, or one row for each person.
fn members(project: &Project, model: ModelRef, declared: &Model) -> Vec<Members> {
    let graph = project.owners.graph(model.schema);
    let mut roots = graph.roots().iter();
    let Some(people) = roots.find(|root| root.kind == RootKind::Identity) else {
        return Vec::new();
    };
    let datamodel = &project.schemas.get(model.schema).datamodel;
    let lists = declared.relation_fields().filter(|field| field.is_list());
    let of = |field: &Field| {
        let side = field.relation()?;
        let opposite = side.opposite?;
        if side.target == people.model {
            return datamodel[opposite].is_list().then_some(Members {
                list: field.id,
                between: None,
            });
        }
        let person = between(&datamodel[side.target], &datamodel[opposite], people.model)?;
        Some(Members {
            list: field.id,
            between: Some((side.target, opposite, person)),
        })
    };
    lists.filter_map(of).collect()
}

/// The relation to the person, of a model that joins each person to a row once.
fn between(join: &Model, to_row: &Field, people: ModelId) -> Option<FieldId> {
    let columns = |field: &Field| match field.relation() {
        Some(side) if field.is_required() => side.fields.clone(),
        _ => Vec::new(),
    };
    let row = columns(to_row);
    let mut sides = join.relation_fields();
    let person = sides.find(|field| {
        let own = columns(field);
        let target = field.relation().map(|side| side.target);
        let once = |key: &snell_prisma::Index| {
            let has = |column: &FieldId| key.columns.iter().any(|one| one.field == Some(*column));
            row.iter().chain(&own).all(has)
        };
        target == Some(people) && !own.is_empty() && join.unique_criteria().any(once)
    })?;
    (!row.is_empty()).then_some(person.id)
}

struct Seen<'p> {
    project: &'p Project,
    candidates: BTreeMap<ModelRef, Room>,
}

impl Seen<'_> {
    fn query(&mut self, query: &Query) {
        let call = self.project.calls.get(query.call);
        let (Some(model), Some(arguments)) = (call.model(), query.arguments.first()) else {
            let all = call.model().filter(|_| query.arguments.is_empty());
            if let Some(room) = all.and_then(|model| self.candidates.get_mut(&model)) {
                room.open |= call.operation == Operation::FindMany;
            }
            return;
        };
        self.joins(query.call, model, arguments);
        let filter = filter_of(arguments);
        let known = filter.map_or(Some(Vec::new()), leaves);
        let Some(leaves) = known else { return };
        for (room, seen) in &mut self.candidates {
            if room.schema != model.schema {
                continue;
            }
            let asked = leaves
                .iter()
                .any(|leaf| !leaf.weak && asks_who_is_in(self.project, model, *room, seen, leaf));
            seen.kept |= asked;
            if *room == model && call.operation == Operation::FindMany && !asked {
                let mut all = leaves.iter();
                seen.open |= all.all(|leaf| is_of_anybody(self.project, model, leaf));
            }
        }
    }

    /// Notes that who makes a row is put into it, or who asks into one that the client names.
    fn joins(&mut self, at: CallId, model: ModelRef, arguments: &Value) {
        let call = self.project.calls.get(at);
        let datamodel = &self.project.schemas.get(model.schema).datamodel;
        let creates = call.operation.is_create();
        let own = ["data", "create", "update"].into_iter().filter_map(|key| {
            let data = arguments.as_object()?.entries.get(key)?;
            Some(objects(&data.value))
        });
        let own: Vec<&ObjectValue> = own.flatten().collect();
        let candidates = self.candidates.iter_mut();
        for (room, seen) in candidates.filter(|(room, _)| room.schema == model.schema) {
            for members in &seen.members {
                let list = &datamodel[members.list].name;
                let mut added = own.iter().filter(|_| *room == model);
                let added = added.any(|object| {
                    let entry = object.entries.get(list);
                    entry.is_some_and(|entry| names_who_asks(&entry.value))
                });
                if added && creates {
                    seen.joined.get_or_insert(at);
                }
                seen.open |= added && !creates && filter_of(arguments).is_none_or(is_sent_alone);
                let Some((join, to_row, person)) = members.between else {
                    continue;
                };
                for object in own.iter().filter(|_| join == model.model) {
                    if !any_of(datamodel, person, object, &names_who_asks) {
                        continue;
                    }
                    let new = |value: &Value| is_new_row(self.project, *room, value);
                    if any_of(datamodel, to_row, object, &new) {
                        seen.joined.get_or_insert(at);
                    }
                    seen.open |= any_of(datamodel, to_row, object, &is_sent_alone);
                }
            }
        }
    }
}

/// Whether what is written for a relation, or for a column that it goes by, is such.
fn any_of(
    datamodel: &snell_prisma::Datamodel,
    relation: FieldId,
    object: &ObjectValue,
    such: &dyn Fn(&Value) -> bool,
) -> bool {
    let field = &datamodel[relation];
    let columns = field.relation().map_or(&[][..], |side| &side.fields);
    let names = columns.iter().map(|column| &datamodel[*column].name);
    names.chain([&field.name]).any(|name| {
        object
            .entries
            .get(name)
            .is_some_and(|entry| such(&entry.value))
    })
}

/// Whether a value is made of a row that was made just before.
fn is_new_row(project: &Project, room: ModelRef, value: &Value) -> bool {
    let mut new = false;
    origins(value, &mut |origin| {
        if let Origin::Row(row, _) = origin {
            let call = project.calls.get(row.call);
            new |= call.model() == Some(room) && call.operation.is_create();
        }
    });
    new
}

fn names_who_asks(value: &Value) -> bool {
    let mut named = false;
    origins(value, &mut |origin| {
        named |= matches!(origin, Origin::Identity(_));
    });
    named
}

/// Whether a condition is that somebody is in a row: one who asks, or whom the client names.
fn asks_who_is_in(
    project: &Project,
    model: ModelRef,
    room: ModelRef,
    seen: &Room,
    leaf: &Leaf<'_>,
) -> bool {
    let datamodel = &project.schemas.get(model.schema).datamodel;
    let mut said = false;
    origins(leaf.value, &mut |origin| {
        said |= !matches!(origin, Origin::Constant | Origin::Unknown);
    });
    if !said {
        return false;
    }
    let names = |field: FieldId, name: &SmolStr| {
        let field = &datamodel[field];
        let columns = field.relation().map_or(&[][..], |side| &side.fields);
        field.name == *name
            || columns
                .iter()
                .any(|column| datamodel[*column].name == *name)
    };
    // `users: { some: { id } }` on the row, or on what leads to it.
    let mut at = model;
    for (n, name) in leaf.path.iter().enumerate() {
        for members in &seen.members {
            let rest = leaf.path.get(n + 1);
            let by_list = at == room && datamodel[members.list].name == *name;
            let by_person = members
                .between
                .is_none_or(|(_, _, person)| rest.is_some_and(|rest| names(person, rest)));
            if by_list && by_person {
                return true;
            }
            // `{ userId, roomId }` of the model between, its compound key included.
            if let Some((join, _, person)) = members.between
                && join == at.model
                && names(person, name)
            {
                return true;
            }
        }
        let declared = &datamodel[at.model];
        let Some(field) = declared.field(name) else {
            continue;
        };
        let Some(side) = field.relation() else {
            return false;
        };
        at = ModelRef {
            schema: model.schema,
            model: side.target,
        };
    }
    false
}

/// Whether a value is what the client sent, and nothing else.
fn is_sent_alone(value: &Value) -> bool {
    let (mut sent, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(_) => sent = true,
        Origin::Constant => {}
        _ => other = true,
    });
    sent && !other
}

/// Whether a condition leaves rows to everybody: constants, and what the client looks for. Rows that it
/// names are no list of all.
fn is_of_anybody(project: &Project, model: ModelRef, leaf: &Leaf<'_>) -> bool {
    let declared = project.schemas.model(model);
    let field = leaf.path.first().and_then(|name| declared.field(name));
    let mut anybody = !field.is_some_and(|field| declared.is_id(field.id));
    origins(leaf.value, &mut |origin| {
        anybody &= matches!(origin, Origin::Constant | Origin::Client(_));
    });
    anybody
}
