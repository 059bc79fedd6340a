//! What a query does that an endpoint reaches: whether it reads or changes, whether anything
//! before it may have asked whose the rows are, and whether they are given back.

use snell_flow::{
    RowOrigin, Value,
    scope::{Origin, Reached, Trust, asks_of_row, origins},
};
use snell_prisma::Field;
use snell_project::{client::Operation, schema::ModelRef};

use crate::{rule::Context, rules::isolation::entries::Entry};

/// The model whose row the key names, when it is not one of the query's own.
pub(in crate::rules::isolation) fn parent(
    context: &Context<'_>,
    model: ModelRef,
    field: &str,
) -> Option<ModelRef> {
    let schema = context.project.schemas.get(model.schema);
    let declared = context.project.schemas.model(model);
    let first = field.split('.').next()?;
    let field = declared.field(first)?;
    let holds = |relation: &&snell_prisma::Field| {
        let side = relation.relation();
        relation.id == field.id || side.is_some_and(|side| side.fields.contains(&field.id))
    };
    let relation = declared.relation_fields().find(holds)?;
    let target = schema.datamodel.target(relation)?;
    Some(ModelRef {
        schema: model.schema,
        model: target.id,
    })
}

/// Whether nothing before the query may have asked whose the rows are.
pub(in crate::rules::isolation) fn is_blind(reached: &Reached<'_>, trust: &Trust) -> bool {
    !reached.doubtful && !trust.privileged && !trust.opaque
}

/// The same of the rows that it names, what it writes left out.
pub(in crate::rules::isolation) fn is_blind_of_rows(reached: &Reached<'_>, trust: &Trust) -> bool {
    !reached.doubtful_rows && !trust.privileged && !trust.opaque
}

/// Whether the row is given back on a way on which nothing ties it to who asks.
pub(in crate::rules::isolation) fn escapes(entry: &Entry<'_>, reached: &Reached<'_>) -> bool {
    given_back(entry, reached, |trust, row| !trust.is_row_in_scope(row))
}

/// Whether the row is given back on a way on which nothing is asked but the
/// query's own condition.
pub(in crate::rules::isolation) fn given_back(
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    open: impl Fn(&Trust, &RowOrigin) -> bool,
) -> bool {
    if entry.walk.doubtful || reached.doubtful {
        return false;
    }
    let arguments = reached.query.arguments.first();
    let row = arguments.map(|arguments| RowOrigin::of(reached.query.call, arguments));
    entry
        .walk
        .escapes
        .iter()
        .filter(|escape| escape.row.call == reached.query.call)
        .filter(|escape| row.as_ref().is_none_or(|row| row == escape.row))
        .any(|escape| {
            let trust = escape.trust();
            !trust.privileged
                && !trust.opaque
                && open(trust, escape.row)
                && !entry
                    .walk
                    .asks_others(&escape.facts, &reached.query.arguments)
                && !asks_of_row(entry.project, &escape.facts, escape.row)
        })
}

pub(in crate::rules::isolation) fn changes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Update
            | Operation::UpdateMany
            | Operation::UpdateManyAndReturn
            | Operation::Delete
            | Operation::DeleteMany
    )
}

/// `data: { views: { increment: 1 } }`: counters are for everybody to raise.
pub(in crate::rules::isolation) fn only_counts(arguments: &Value) -> bool {
    let data = arguments
        .as_object()
        .and_then(|object| object.entries.get("data"))
        .and_then(|entry| entry.value.as_object());
    data.is_some_and(|data| {
        // What is spread there are columns: `{ ...sent, version: { increment: 1 } }`.
        data.spreads.is_empty()
            && !data.entries.is_empty()
            && data.entries.values().all(|entry| {
                entry.value.as_object().is_some_and(|inner| {
                    inner.entries.contains_key("increment")
                        || inner.entries.contains_key("decrement")
                })
            })
    })
}

/// `data: { rating: reviews._avg.rating, reviewCount: reviews._count }`: what a row says of the rows that belong to
/// it, reckoned anew by whoever adds one of those.
pub(in crate::rules::isolation) fn only_reckons(
    context: &Context<'_>,
    model: ModelRef,
    arguments: &Value,
) -> bool {
    let data = arguments
        .as_object()
        .and_then(|object| object.entries.get("data"))
        .and_then(|entry| entry.value.as_object());
    data.is_some_and(|data| {
        data.spreads.is_empty()
            && !data.entries.is_empty()
            && data
                .entries
                .values()
                .all(|entry| is_reckoned(context, model, &entry.value))
    })
}

/// Whether a value is reckoned from rows that belong to one of the model.
fn is_reckoned(context: &Context<'_>, model: ModelRef, value: &Value) -> bool {
    let (mut reckoned, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Row(row, _) => {
            let call = context.project.calls.get(row.call);
            let reckons = matches!(
                call.operation,
                Operation::Aggregate | Operation::Count | Operation::GroupBy
            );
            match reckons && call.model().is_some_and(|of| belongs(context, of, model)) {
                true => reckoned = true,
                false => other = true,
            }
        }
        Origin::Constant => {}
        _ => other = true,
    });
    reckoned && !other
}

/// Whether rows of one model refer to a row of another.
fn belongs(context: &Context<'_>, model: ModelRef, to: ModelRef) -> bool {
    let declared = context.project.schemas.model(model);
    let mut sides = declared.relation_fields().filter_map(Field::relation);
    model.schema == to.schema && sides.any(|side| side.holds_key && side.target == to.model)
}
