//! Rows that are there for others to take: a place to book, a task that nobody does yet.

use snell_flow::{
    Fact, Value,
    scope::{Origin, Reached, conditions, origins},
};
use snell_prisma::Field;
use snell_project::{ownership::Ownership, schema::ModelRef};

use crate::rule::Context;

/// Whether who asks is to change rows of others here: their own are refused, or they enter themselves
/// into one that is found to be free.
pub(in crate::rules::isolation) fn is_for_others(
    context: &Context<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> bool {
    let facts = &reached.facts;
    let is_asked = || {
        facts.iter().any(|fact| asks_state(context, fact, model))
            || needs_state(context, reached, model)
    };
    facts.iter().any(|fact| refuses_own(context, fact, model))
        || enters(context, reached, model) && is_asked()
}

/// `where: { id, status: 'OPEN' }`: the row is taken as long as it is free.
fn needs_state(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
    let Some(leaves) = conditions(reached.query) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    leaves.iter().any(|leaf| {
        let column = match leaf.path.as_slice() {
            [column] => declared.field(column),
            _ => None,
        };
        leaf.always && leaf.value.is_constant() && column.is_some_and(|one| !declared.is_id(one.id))
    })
}

/// `row.ownerId !== user.id`
fn refuses_own(context: &Context<'_>, fact: &Fact, model: ModelRef) -> bool {
    let Fact::Differ(a, b) = fact else {
        return false;
    };
    let apart = |row: &Value, who: &Value| is_of(context, row, model) && is_who_asks(who);
    apart(a, b) || apart(b, a)
}

/// Whether something is asked of a row of the model itself.
fn asks_state(context: &Context<'_>, fact: &Fact, model: ModelRef) -> bool {
    match fact {
        Fact::Equal(a, b) => {
            a.is_constant() && is_of(context, b, model)
                || b.is_constant() && is_of(context, a, model)
        }
        Fact::Falsy(value) => is_of(context, value, model),
        _ => false,
    }
}

/// Whether a value is a column of a row of the model.
fn is_of(context: &Context<'_>, value: &Value, model: ModelRef) -> bool {
    let (mut own, mut others) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Row(row, path) if !path.is_empty() => {
            own |= context.project.calls.get(row.call).model() == Some(model);
        }
        _ => others = true,
    });
    own && !others
}

fn is_who_asks(value: &Value) -> bool {
    let (mut own, mut others) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Identity(_) => own = true,
        _ => others = true,
    });
    own && !others
}

/// Whether who asks is written into a column that names a person or a group.
fn enters(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let data = arguments.and_then(|arguments| arguments.entries.get("data"));
    let Some(data) = data.and_then(|data| data.value.as_object()) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    let names_owner = |column: &Field| {
        let mut sides = declared.relation_fields().filter_map(Field::relation);
        sides.any(|side| {
            let target = ModelRef {
                schema: model.schema,
                model: side.target,
            };
            side.fields.as_slice() == [column.id]
                && matches!(context.project.owners.of(target), Ownership::Root(_))
        })
    };
    data.entries.iter().any(|(name, entry)| {
        declared.field(name).is_some_and(names_owner) && is_who_asks(&entry.value)
    })
}
