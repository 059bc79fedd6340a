//! What makes a fault no worse than medium: rows that hardly matter to whom they belong, and requests that never arrive.

use snell_flow::{
    Literal, Root, Value,
    scope::{Key, Leaf, conditions},
};
use snell_prisma::{Field, ScalarType};
use snell_project::{client::Operation, ownership::Ownership, schema::ModelRef};

use super::consequence;
use crate::{
    rule::Context,
    rules::{
        consistency::dto_without_validators,
        isolation::{
            exposure::{Exposure, Fault},
            kinds, people,
        },
    },
    support::{
        name_words::{has_word, split},
        queries::{self, ModelQuery},
    },
};

/// Why a fault is no worse than medium; nothing where it may be.
pub(in crate::rules::isolation) fn why(
    context: &Context<'_>,
    exposure: &Exposure,
    reads: bool,
) -> Option<String> {
    refused(context, exposure)
        .or_else(|| capability(context, exposure))
        .or_else(|| catalogue(context, exposure, reads))
        .or_else(|| cleared(context, exposure))
}

/// What the client has to send for a fault.
fn key(fault: &Fault) -> Option<&Key> {
    match fault {
        Fault::Write(keyed)
        | Fault::Read(keyed)
        | Fault::Owner(keyed)
        | Fault::Asked(keyed)
        | Fault::Posed(keyed)
        | Fault::Upsert(keyed)
        | Fault::Aggregate(Some(keyed)) => Some(&keyed.key),
        Fault::Reference(reference) | Fault::NewOwner(reference) => Some(&reference.key),
        Fault::Copied(copied) => Some(&copied.key),
        _ => None,
    }
}

/// Where every request that names the row is refused, as things are.
fn refused(context: &Context<'_>, exposure: &Exposure) -> Option<String> {
    let endpoint = context.project.endpoints.get(exposure.endpoint);
    key(&exposure.fault).filter(|key| key.part == "body" && !key.path.is_empty())?;
    let class = dto_without_validators::refused_body(context, endpoint)?;
    Some(format!(
        "as things are, every request that names it is refused: no property of `{class}` has a validator (`consistency/dto-without-validators`)"
    ))
}

/// The address of a push service for one browser: it is drawn at random, and nobody else is told.
fn capability(context: &Context<'_>, exposure: &Exposure) -> Option<String> {
    let (Fault::Write(keyed) | Fault::Read(keyed) | Fault::Owner(keyed) | Fault::Upsert(keyed)) =
        &exposure.fault
    else {
        return None;
    };
    let model = context.project.schemas.model(exposure.model);
    let mut columns = model.columns();
    let push = columns.any(|field| split(&field.name).concat().ends_with("p256dh"));
    (push && keyed.field == "endpoint").then(|| {
        "the `endpoint` of a push subscription is drawn at random, and known to one browser alone"
            .to_owned()
    })
}

/// Words in the names of columns of which those who buy are told nothing.
const OF_THE_BUSINESS: [&str; 7] = [
    "cost",
    "margin",
    "supplier",
    "purchase",
    "wholesale",
    "profit",
    "markup",
];

/// Rows of a catalogue that belong to a business and to nobody in it: whoever comes to the business sees its own. So do
/// marks on such rows, which say no more than who made them.
fn catalogue(context: &Context<'_>, exposure: &Exposure, reads: bool) -> Option<String> {
    let offered = |model: ModelRef| {
        let declared = context.project.schemas.model(model);
        kinds::is_in_catalogue(context, model)
            && people::columns(context, model.schema, declared).is_empty()
            && !ends_at_person(context, model)
    };
    let shown = |model: ModelRef| {
        let mut columns = context.project.schemas.model(model).columns();
        let of_business = columns.any(|field| has_word(&field.name, &OF_THE_BUSINESS));
        let mut endpoints = context.project.endpoints.iter();
        // Customers are among those who sign in, and see all of a row in their own business.
        offered(model) && (!of_business || endpoints.any(|endpoint| endpoint.access.ordinary))
    };
    let of_people = |model: ModelRef| {
        let declared = context.project.schemas.model(model);
        !people::columns(context, model.schema, declared).is_empty()
    };
    match &exposure.fault {
        Fault::Reference(reference) => (offered(reference.target)
            && of_people(exposure.model)
            && is_mark(context, exposure.model))
        .then(|| "it marks for somebody what a business offers, and holds nothing else".to_owned()),
        _ => (reads && shown(exposure.model) && !writes(context, exposure)).then(|| {
            "it is what a business offers: whoever comes to the business is shown such rows"
                .to_owned()
        }),
    }
}

/// Whether the endpoint writes anything: what it reads may decide on that.
fn writes(context: &Context<'_>, exposure: &Exposure) -> bool {
    consequence::walk(context, exposure).is_none_or(|walk| {
        let mut queries = walk.queries.iter();
        queries.any(|reached| {
            let call = context.project.calls.get(reached.query.call);
            call.operation.is_write()
        })
    })
}

fn ends_at_person(context: &Context<'_>, model: ModelRef) -> bool {
    let graph = context.project.owners.graph(model.schema);
    match context.project.owners.of(model) {
        owned @ Ownership::Owned(_) => owned
            .direct()
            .any(|chain| chain.required && graph.ends_at_person(chain)),
        _ => true,
    }
}

/// Whether rows of a model hold keys and times, and nothing else.
fn is_mark(context: &Context<'_>, model: ModelRef) -> bool {
    let declared = context.project.schemas.model(model);
    let mut columns = declared.columns();
    columns.all(|field| {
        declared.is_id(field.id)
            || declared.is_foreign_key(field.id)
            || field.scalar() == Some(ScalarType::DateTime)
    })
}

/// Rows in a state that no query reads are deleted: nobody misses them.
fn cleared(context: &Context<'_>, exposure: &Exposure) -> Option<String> {
    let call = context.project.calls.get(exposure.call);
    if exposure.fault != Fault::Sweep || call.operation != Operation::DeleteMany {
        return None;
    }
    let all = queries::of_model(context, exposure.model);
    let own = all
        .iter()
        .find(|query| query.event.query.call == exposure.call)?;
    let filter = conditions(own.event.query)?;
    let (column, state) = filter.iter().find_map(|leaf| {
        let [column] = leaf.path.as_slice() else {
            return None;
        };
        let sure = leaf.always && !leaf.weak && !leaf.negated;
        Some((column, state(leaf.value).filter(|_| sure)?))
    })?;
    let reads = |query: &ModelQuery<'_>| {
        query.event.query.call != exposure.call
            && !query.call.operation.is_create()
            && !matches!(
                query.call.operation,
                Operation::DeleteMany | Operation::UpdateMany
            )
            && !leaves_out(context, exposure.model, query, (column, state))
    };
    let read = all.iter().any(reads) || is_taken_along(context, exposure.model);
    (!read).then(|| format!("no query reads rows whose `{column}` is `{state}`"))
}

fn state(value: &Value) -> Option<&str> {
    match value {
        Value::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// Whether a query asks for rows in other states, or for those again that another query has found.
fn leaves_out(
    context: &Context<'_>,
    model: ModelRef,
    query: &ModelQuery<'_>,
    (column, state): (&str, &str),
) -> bool {
    let Some(filter) = conditions(query.event.query) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    let other = |leaf: &Leaf<'_>| {
        let values: Vec<&Value> = match leaf.value {
            Value::Array(list) if list.rest.is_none() => list.elements.iter().collect(),
            value => vec![value],
        };
        *leaf.path == [column]
            && !leaf.weak
            && values
                .iter()
                .all(|value| self::state(value).is_some_and(|text| text != state))
    };
    let found = |leaf: &Leaf<'_>| {
        let mut rows = false;
        leaf.value.visit(&mut |part| {
            rows |= matches!(part, Value::Opaque(opaque) if matches!(&opaque.root, Root::Row(row)
                if context.project.calls.get(row.call).model() == Some(model)));
        });
        let own = |name: &str| {
            declared
                .field(name)
                .is_some_and(|field| declared.is_id(field.id))
        };
        rows && matches!(leaf.path.as_slice(), [name] if own(name))
    };
    filter
        .iter()
        .any(|leaf| leaf.always && !leaf.negated && (other(leaf) || found(leaf)))
}

/// Whether a query takes rows of a model along with others, or raw SQL names their table.
fn is_taken_along(context: &Context<'_>, model: ModelRef) -> bool {
    let schemas = &context.project.schemas;
    let table = schemas.model(model).db_name.as_str();
    let datamodel = &schemas.get(model.schema).datamodel;
    let leads = |field: &&Field| {
        field
            .relation()
            .is_some_and(|side| side.target == model.model)
    };
    let names: Vec<&str> = datamodel
        .models()
        .iter()
        .flat_map(|other| other.fields.iter().filter(leads))
        .map(|field| field.name.as_str())
        .collect();
    queries::application(context).any(|(call, event)| {
        event.query.arguments.iter().any(|argument| {
            if call.operation.is_raw() {
                return queries::constant_text(argument).contains(table);
            }
            let mut taken = false;
            argument.visit(&mut |part| {
                if let Value::Object(object) = part {
                    taken |= ["include", "select"].iter().any(|key| {
                        let chosen = object
                            .entries
                            .get(*key)
                            .and_then(|entry| entry.value.as_object());
                        chosen.is_some_and(|chosen| {
                            names.iter().any(|name| chosen.entries.contains_key(*name))
                        })
                    });
                }
            });
            taken
        })
    })
}
