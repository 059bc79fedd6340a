//! Endpoints at which the client says who asks: at a place of a query where other endpoints
//! hand over who is signed in.

use std::collections::{BTreeMap, BTreeSet};

use snell_flow::{
    ObjectValue, Value,
    scope::{Key, Keyed, Origin, Reached, Trust, leaves, origins},
};
use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    client::{CallId, Operation},
    endpoint::EndpointKind,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{
        doors,
        evidence::Entry,
        exposure::{Exposure, Fault},
        people,
        survey::{changes, escapes, is_blind, only_counts},
        tenant,
    },
};

/// At so many endpoints a place holds who is signed in before that is called a habit; one is enough
/// where rows are changed by it.
const MANY: usize = 2;

/// At so many, and nowhere else what the client sent, nobody means a profile for all to see.
const ALWAYS: usize = 5;

/// A place of a query: of its condition, or of what it writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    model: ModelRef,
    /// The one query, where what is written there need not be a person in others.
    call: Option<CallId>,
    written: bool,
    path: String,
}

/// What a place holds.
enum Held {
    WhoAsks,
    Sent(Key),
}

/// At which endpoints a place holds who is signed in, and at which what the client sent.
#[derive(Debug, Default)]
struct Uses {
    who_asks: BTreeMap<usize, CallId>,
    sent: BTreeSet<usize>,
}

impl Uses {
    fn add(&mut self, entry: &Entry<'_>, reached: &Reached<'_>, held: &Held) {
        match held {
            Held::WhoAsks => {
                let call = reached.query.call;
                self.who_asks.entry(entry.position).or_insert(call);
            }
            Held::Sent(_) => {
                self.sent.insert(entry.position);
            }
        }
    }

    /// Whether at most one endpoint hands over what the client sent, and many who is signed in.
    fn always(&self) -> bool {
        self.who_asks.len() >= ALWAYS && self.sent.len() <= 1
    }
}

/// The name of a column that is written and says who did something.
fn doer(place: &Place) -> Option<String> {
    let name = place.path.split('.').next().filter(|_| place.written)?;
    people::says_who_did(name).then(|| people::bare(name))
}

/// What endpoints put at the places of queries.
#[derive(Debug, Default)]
pub(in crate::rules::isolation) struct Habits {
    places: BTreeMap<Place, Uses>,
    /// What they write to columns that say who did something, by their names, of whatever model.
    doers: BTreeMap<String, Uses>,
}

impl Habits {
    pub(in crate::rules::isolation) fn gather(
        context: &Context<'_>,
        entries: &[Entry<'_>],
    ) -> Self {
        let mut habits = Habits::default();
        for entry in entries {
            for reached in &entry.walk.queries {
                for (place, held) in places(context, reached) {
                    if let Some(name) = doer(&place) {
                        let uses = habits.doers.entry(name).or_default();
                        uses.add(entry, reached, &held);
                    }
                    let uses = habits.places.entry(place).or_default();
                    uses.add(entry, reached, &held);
                }
            }
        }
        habits
    }

    /// What endpoints do at a place, or else at all columns of that name.
    fn uses(&self, place: &Place) -> [Option<&Uses>; 2] {
        let doers = doer(place).and_then(|name| self.doers.get(&name));
        [self.places.get(place), doers.filter(|uses| uses.always())]
    }

    /// Whether nobody else hands over what the client sent.
    fn always(&self, place: &Place) -> bool {
        self.places.get(place).is_some_and(Uses::always)
    }

    /// Whether another endpoint of the class hands over who is signed in to the very same query.
    fn is_beside(
        &self,
        context: &Context<'_>,
        entry: &Entry<'_>,
        place: &Place,
        call: CallId,
    ) -> bool {
        let endpoints = &context.project.endpoints;
        let class = entry.endpoint.class;
        let uses = self.places.get(place);
        class.is_some()
            && uses.is_some_and(|uses| {
                uses.who_asks.iter().any(|(position, of)| {
                    *of == call
                        && *position != entry.position
                        && endpoints.get(*position).class == class
                })
            })
    }

    /// Where another endpoint hands over who is signed in, when most do.
    fn elsewhere(
        &self,
        context: &Context<'_>,
        entry: &Entry<'_>,
        place: &Place,
        least: usize,
    ) -> Option<CallId> {
        let mut uses = self.uses(place).into_iter().flatten();
        uses.find_map(|uses| Self::elsewhere_of(uses, context, entry, least))
    }

    fn elsewhere_of(
        uses: &Uses,
        context: &Context<'_>,
        entry: &Entry<'_>,
        least: usize,
    ) -> Option<CallId> {
        let others = uses.who_asks.iter();
        let mut others = others.filter(|(position, _)| **position != entry.position);
        let (_, first) = others.clone().next()?;
        if others.clone().count() < least.max(uses.sent.len()) {
            return None;
        }
        let class = entry.endpoint.class;
        // Where nothing is seen that asks who is there, those beside it say that somebody is.
        let mut beside = || {
            let endpoints = &context.project.endpoints;
            class.is_some()
                && (entry.beside || !doors::is_of_outside(entry.endpoint))
                && others.any(|(position, _)| endpoints.get(*position).class == class)
        };
        (entry.endpoint.access.authenticated || beside()).then_some(*first)
    }
}

/// An endpoint that makes no use of who is signed in, and asks or writes in the name of whom the
/// client names.
pub(in crate::rules::isolation) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    position: usize,
    reached: &Reached<'_>,
    habits: &Habits,
) -> Option<Exposure> {
    let access = &entry.endpoint.access;
    let judged = access.public.is_none()
        && access.unknown.is_empty()
        && !access.exempt
        && !access.administrative
        && !access.verified
        && !entry.walk.names_identity
        && !entry.walk.doubtful;
    let counts = reached.query.arguments.first().is_some_and(only_counts);
    if !judged || counts {
        return None;
    }
    let trust = Trust::of(&reached.facts);
    if !is_blind(reached, &trust) {
        return None;
    }
    let (place, key, habit) = places(context, reached)
        .into_iter()
        .filter_map(|(place, held)| match held {
            Held::Sent(key) if !trust.holds(&key) && is_payload(entry, &key) => Some((place, key)),
            _ => None,
        })
        // Who may manage a group names its members on purpose, and neither another group nor who
        // did something.
        .filter(|(place, _)| {
            !entry.limited
                || is_of_tenant(context, place) && habits.always(place)
                || doer(place).is_some()
        })
        .filter(|(place, _)| match place.written {
            true => true,
            false if changes_those(context, entry, place) => false,
            false => {
                decides(context, entry, position, reached)
                    || habits.always(place) && escapes(entry, reached)
            }
        })
        .find_map(|(place, key)| {
            let operation = context.project.calls.get(reached.query.call).operation;
            let same = habits.is_beside(context, entry, &place, reached.query.call);
            let least = match same || changes(operation) && !place.written {
                true => 1,
                false => MANY,
            };
            let habit = habits.elsewhere(context, entry, &place, least)?;
            Some((place, key, habit))
        })?;
    Some(Exposure {
        alike: 0,
        endpoint: entry.position,
        call: reached.query.call,
        model: place.model,
        trail: reached.trail.clone(),
        late_check: None,
        guarded: (habit != reached.query.call).then_some(habit),
        presumed: false,
        first_only: false,
        slight: false,
        fault: Fault::Posed(Keyed {
            field: place.path.into(),
            key,
            by_unique: false,
        }),
    })
}

/// Whether a place holds which group it is that the rows belong to.
fn is_of_tenant(context: &Context<'_>, place: &Place) -> bool {
    let declared = context.project.schemas.model(place.model);
    let first = place.path.split('.').next();
    let Some(field) = first.and_then(|name| declared.field(name)) else {
        return false;
    };
    let mut sides = declared.relation_fields();
    sides.any(|relation| {
        relation.relation().is_some_and(|side| {
            let target = ModelRef {
                schema: place.model.schema,
                model: side.target,
            };
            (relation.id == field.id || side.fields.contains(&field.id))
                && tenant::is_tenant(context, target)
        })
    })
}

/// Whether the client hands over a key beside what the address names: `POST /users/:id/notes` is
/// about the user that its path names.
pub(in crate::rules::isolation) fn is_payload(entry: &Entry<'_>, key: &Key) -> bool {
    match key.part {
        "body" => true,
        "args" => entry.endpoint.kind == EndpointKind::Mutation,
        _ => false,
    }
}

/// Whether the endpoint is about the row that is named: the member of a group whose role changes.
fn changes_those(context: &Context<'_>, entry: &Entry<'_>, place: &Place) -> bool {
    let declared = context.project.schemas.model(place.model);
    let people = people::columns(context, place.model.schema, declared);
    let column = place.path.rsplit('.').next();
    let member = column
        .and_then(|name| declared.field(name))
        .is_some_and(|field| people.contains(&field.id) && joins(declared, field.id));
    member
        && entry.walk.queries.iter().any(|reached| {
            let call = context.project.calls.get(reached.query.call);
            call.model() == Some(place.model) && changes(call.operation)
        })
}

/// Whether what a query finds is given back, lets something run later, or is changed by it.
fn decides(
    context: &Context<'_>,
    entry: &Entry<'_>,
    position: usize,
    reached: &Reached<'_>,
) -> bool {
    let call = reached.query.call;
    let operation = context.project.calls.get(call).operation;
    if changes(operation) || operation == Operation::Upsert {
        return true;
    }
    let of_row = |value: &Value| {
        let mut found = false;
        value.visit(&mut |part| {
            if let Value::Opaque(_) = part {
                origins(part, &mut |origin| {
                    found |= matches!(origin, Origin::Row(row, _) if row.call == call);
                });
            }
        });
        found
    };
    let later = entry.walk.queries.iter().skip(position + 1);
    let used = later.into_iter().any(|later| {
        later.query.arguments.iter().any(of_row)
            || later.facts.iter().any(|fact| match fact {
                snell_flow::Fact::Truthy(value) => of_row(value),
                snell_flow::Fact::Equal(a, b) | snell_flow::Fact::Member(a, b) => {
                    of_row(a) || of_row(b)
                }
                _ => false,
            })
    });
    // A profile may be for all to see.
    let model = context.project.calls.get(call).model();
    let person = model.is_some_and(|model| is_of_people(context, model));
    used || !person && escapes(entry, reached)
}

/// Whether rows of a model are those who sign in.
fn is_of_people(context: &Context<'_>, model: ModelRef) -> bool {
    *context.project.owners.of(model) == Ownership::Root(RootKind::Identity)
}

/// The places of a query that hold who asks, or nothing but what the client sent.
fn places(context: &Context<'_>, reached: &Reached<'_>) -> Vec<(Place, Held)> {
    let call = context.project.calls.get(reached.query.call);
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let (Some(model), Some(arguments)) = (call.model(), arguments) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut add = |call: Option<CallId>, written: bool, path: String, value: &Value| {
        if let Some(held) = held(value) {
            let place = Place {
                model,
                call,
                written,
                path,
            };
            found.push((place, held));
        }
    };
    let filter = arguments.entries.get("where");
    for leaf in filter
        .and_then(|filter| leaves(&filter.value))
        .unwrap_or_default()
    {
        if leaf.always && !leaf.weak {
            // `userId_noteId: { userId }` is the column alone.
            let declared = context.project.schemas.model(model);
            let named = leaf.path.first().and_then(|first| declared.field(first));
            let path = if named.is_some() { 0 } else { 1 };
            add(
                None,
                false,
                leaf.path[path.min(leaf.path.len())..].join("."),
                leaf.value,
            );
        }
    }
    let data = arguments.entries.get("data").map(|data| &data.value);
    let writes = call.operation.is_create() || call.operation == Operation::Update;
    if let Some(data) = data.and_then(Value::as_object).filter(|_| writes) {
        for (name, value) in named_people(context, model, data) {
            add(None, true, name, value);
        }
        let declared = context.project.schemas.model(model);
        for (name, entry) in &data.entries {
            let field = declared.field(name);
            if field.is_some_and(|field| !joins(declared, field.id)) {
                let call = Some(reached.query.call);
                add(call, true, name.to_string(), &entry.value);
            }
        }
    }
    found
}

/// What new rows hold of people, without those that a row joins to a group.
fn named_people<'v>(
    context: &Context<'_>,
    model: ModelRef,
    data: &'v ObjectValue,
) -> Vec<(String, &'v Value)> {
    let declared = context.project.schemas.model(model);
    let columns = people::columns(context, model.schema, declared);
    let mut found = Vec::new();
    for (name, entry) in &data.entries {
        let field = declared.field(name);
        let Some(field) = field else { continue };
        if people::is_named_so(declared, field) && !joins(declared, field.id) {
            found.push((name.to_string(), &entry.value));
            continue;
        }
        let Some(column) = people::is_one_of(&columns, declared, field) else {
            continue;
        };
        if joins(declared, column) {
            continue;
        }
        let connected = entry
            .value
            .as_object()
            .and_then(|object| object.entries.get("connect"))
            .and_then(|connect| connect.value.as_object());
        match connected {
            Some(keys) => found.extend(
                keys.entries
                    .iter()
                    .map(|(key, entry)| (format!("{name}.{key}"), &entry.value)),
            ),
            None => found.push((name.to_string(), &entry.value)),
        }
    }
    found
}

/// Whether a column joins a row to a group together with others: whom, the one who adds people says.
fn joins(model: &Model, column: FieldId) -> bool {
    let refers = |other: FieldId| {
        let mut sides = model.relation_fields().filter_map(Field::relation);
        other != column && sides.any(|side| side.fields.contains(&other))
    };
    model.unique_criteria().any(|key| {
        let has = |wanted: &dyn Fn(FieldId) -> bool| {
            let mut fields = key.columns.iter().filter_map(|one| one.field);
            fields.any(wanted)
        };
        has(&|field| field == column) && has(&refers)
    })
}

fn held(value: &Value) -> Option<Held> {
    let (mut who_asks, mut sent, mut others) = (false, None, false);
    origins(value, &mut |origin| match origin {
        Origin::Identity(_) => who_asks = true,
        Origin::Client(key) => {
            let known = sent.get_or_insert_with(|| key.clone());
            others |= *known != key;
        }
        Origin::Constant => {}
        _ => others = true,
    });
    match (who_asks, sent) {
        (true, None) => Some(Held::WhoAsks),
        (false, Some(key)) if !others => Some(Held::Sent(key)),
        _ => None,
    }
}
