//! Endpoints at which the client says who asks: at a place of a query where other endpoints
//! hand over who is signed in.

mod habits;

use snell_flow::{
    Value,
    scope::{Key, Keyed, Origin, Reached, origins},
};
use snell_project::{client::Operation, endpoint::EndpointKind, schema::ModelRef};

use self::habits::{Held, Place, doer, joins, places};
use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        exposure::{Exposure, Fault},
        people,
        reach::{changes, escapes, is_blind, only_counts},
        tenant,
    },
};

pub(in crate::rules::isolation) use self::habits::Habits;

/// At so many endpoints a place holds who is signed in before that is called a habit; one is enough
/// where rows are changed by it.
const MANY: usize = 2;

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
    let trust = reached.trust();
    if !is_blind(reached, trust) {
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
            let habit = habits
                .elsewhere(context, entry, &place, least)
                .or_else(|| habits.of_owners(context, entry, &place))?;
            Some((place, key, habit))
        })?;
    Some(Exposure {
        guarded: (habit != reached.query.call).then_some(habit),
        ..Exposure::of(
            entry,
            reached,
            place.model,
            Fault::Posed(Keyed {
                field: place.path.into(),
                key,
                by_unique: false,
            }),
        )
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
    let person = model.is_some_and(|model| people::is_identity(context, model));
    used || !person && escapes(entry, reached)
}
