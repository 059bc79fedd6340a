//! What endpoints put at the places of queries: who is signed in, or what the client sent.

use std::collections::{BTreeMap, BTreeSet};

use snell_flow::{
    ObjectValue, Value,
    scope::{Key, Origin, Reached, leaves, origins},
};
use snell_prisma::{Field, FieldId, Model, ModelId};
use snell_project::{
    client::{CallId, Operation},
    ownership::Ownership,
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{doors, entries::Entry, people},
};

/// At so many, and nowhere else what the client sent, nobody means a profile for all to see.
const ALWAYS: usize = 5;

/// So many endpoints that hand over who is signed in for whose rows are stand against each that hands
/// over what the client sent.
const NEARLY: usize = 8;

/// A place of a query: of its condition, or of what it writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) model: ModelRef,
    /// The one query, where what is written there need not be a person in others.
    call: Option<CallId>,
    pub(super) written: bool,
    pub(super) path: String,
}

/// What a place holds.
pub(super) enum Held {
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
            // A tenant's header stands for who asks, if badly: no habit of naming others.
            Held::Sent(key) if key.part == "headers" => {}
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

/// Whether a place holds the key of an owner without whom there is no row.
fn is_owner(context: &Context<'_>, place: &Place) -> bool {
    let Ownership::Owned(chains) = context.project.owners.of(place.model) else {
        return false;
    };
    let declared = context.project.schemas.model(place.model);
    let mut way = place.path.split('.');
    let first = way.next().and_then(|name| declared.field(name));
    let group = |model| {
        let schema = place.model.schema;
        *context.project.owners.of(ModelRef { schema, model }) != Ownership::Global
    };
    let apart = |field: &&Field| !joins_those(declared, field.id, group);
    let Some(field) = first.filter(apart) else {
        return false;
    };
    let direct = chains.iter().filter(|chain| chain.relations.len() < 2);
    let mut direct = direct.filter(|chain| chain.required);
    direct.any(|chain| chain.key == Some(field.id) || chain.relations.first() == Some(&field.id))
}

/// The name of a column that is written and says who did something.
pub(super) fn doer(place: &Place) -> Option<String> {
    let name = place.path.split('.').next().filter(|_| place.written)?;
    people::says_who_did(name).then(|| people::bare(name))
}

/// What endpoints put at the places of queries.
#[derive(Debug, Default)]
pub(in crate::rules::isolation) struct Habits {
    places: BTreeMap<Place, Uses>,
    /// What they write to columns that say who did something, by their names, of whatever model.
    doers: BTreeMap<String, Uses>,
    /// What they put at the columns of owners, of whatever model.
    owners: Uses,
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
                    if is_owner(context, &place) {
                        habits.owners.add(entry, reached, &held);
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
    pub(super) fn always(&self, place: &Place) -> bool {
        self.places.get(place).is_some_and(Uses::always)
    }

    /// Whether another endpoint of the class hands over who is signed in to the very same query.
    pub(super) fn is_beside(
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
    pub(super) fn elsewhere(
        &self,
        context: &Context<'_>,
        entry: &Entry<'_>,
        place: &Place,
        least: usize,
    ) -> Option<CallId> {
        let mut uses = self.uses(place).into_iter().flatten();
        uses.find_map(|uses| Self::elsewhere_of(uses, context, entry, least))
    }

    /// Where another endpoint hands over who is signed in for the owner of a row, in an application
    /// whose endpoints nearly all do so.
    pub(super) fn of_owners(
        &self,
        context: &Context<'_>,
        entry: &Entry<'_>,
        place: &Place,
    ) -> Option<CallId> {
        let sent = self.owners.sent.iter();
        let others = sent.filter(|position| **position != entry.position);
        let least = NEARLY * others.count().max(1);
        let known = is_owner(context, place) && entry.endpoint.access.authenticated;
        let habit = || Self::elsewhere_of(&self.owners, context, entry, least);
        if known { habit() } else { None }
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

/// The places of a query that hold who asks, or nothing but what the client sent.
pub(super) fn places(context: &Context<'_>, reached: &Reached<'_>) -> Vec<(Place, Held)> {
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
pub(super) fn joins(model: &Model, column: FieldId) -> bool {
    joins_those(model, column, |_| true)
}

/// The same of groups of some kind.
fn joins_those(model: &Model, column: FieldId, group: impl Fn(ModelId) -> bool) -> bool {
    let refers = |other: FieldId| {
        let mut sides = model.relation_fields().filter_map(Field::relation);
        other != column && sides.any(|side| side.fields.contains(&other) && group(side.target))
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
    // A text with the key of who asks in it is no key: `profile:${userId}`.
    let named = matches!(value, Value::Text(_));
    match (who_asks, sent) {
        (true, None) if !named => Some(Held::WhoAsks),
        (false, Some(key)) if !others => Some(Held::Sent(key)),
        _ => None,
    }
}
