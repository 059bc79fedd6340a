//! Numbers of new rows that are reckoned from how many rows there are, or from the last one, where the column
//! is unique: two requests at once make the same, and one of them fails.

use std::collections::BTreeMap;

use snell_extract::facts::{BinaryOperator, Expression, ExpressionKind};
use snell_flow::{
    QueryEvent, RowOrigin, Value,
    scope::{Origin, origins},
};
use snell_project::{
    client::{CallId, Operation},
    module::ModuleId,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Severity, Span};

use super::{RULE, is_serialized};
use crate::{functions, rule::Context, support::queries};

/// Words of code that takes turns, or tries again with the next number.
const KEEPS: [&str; 9] = [
    "P2002",
    "advisory",
    "FOR UPDATE",
    "Serializable",
    "retry",
    "attempt",
    "mutex",
    ".lock",
    "nextval",
];

/// Further places that a finding shows.
const MAX_MORE: usize = 3;

/// A new row with such a number.
struct Numbered {
    query: CallId,
    read: CallId,
}

/// One finding for each column.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut by_column: BTreeMap<(ModelRef, &str), Vec<Numbered>> = BTreeMap::new();
    for (call, event) in queries::application(context) {
        let (Some(model), Operation::Create) = (call.model(), call.operation) else {
            continue;
        };
        if !functions::is_application(context.project, call.module)
            || is_serialized(context, &event)
        {
            continue;
        }
        if let Some((column, read)) = numbered(context, model, &event) {
            let query = event.query.call;
            let of_column = by_column.entry((model, column)).or_default();
            if of_column.iter().all(|one| one.query != query) {
                of_column.push(Numbered { query, read });
            }
        }
    }
    let found = by_column.iter();
    found
        .filter_map(|((model, column), all)| tell(context, *model, column, all))
        .collect()
}

/// The unique column of a new row that holds such a number, and the query that it is reckoned from.
fn numbered<'v>(
    context: &Context<'_>,
    model: ModelRef,
    event: &QueryEvent<'v>,
) -> Option<(&'v str, CallId)> {
    let arguments = event.query.arguments.first()?.as_object()?;
    let data = arguments.entries.get("data")?.value.as_object()?;
    let declared = context.project.schemas.model(model);
    data.entries.iter().find_map(|(name, entry)| {
        let field = declared.field(name)?;
        let mut keys = declared.unique_criteria();
        let unique = keys.any(|key| key.columns.iter().any(|one| one.field == Some(field.id)))
            && !declared.is_foreign_key(field.id);
        let of_text_or_number = field.scalar().is_some() && !declared.is_id(field.id);
        let read = reckoned_from(context, model, name, &entry.value)
            .filter(|_| unique && of_text_or_number)?;
        let module = context.project.calls.get(read).module;
        let adds = adds_one(context, module, read);
        (adds && !is_kept(context, event, read)).then_some((name.as_str(), read))
    })
}

/// The query of the same model whose result a value is made of: a count, or the last row's own number.
fn reckoned_from(
    context: &Context<'_>,
    model: ModelRef,
    column: &str,
    value: &Value,
) -> Option<CallId> {
    let mut read = None;
    origins(value, &mut |origin| {
        let Origin::Row(row, path) = origin else {
            return;
        };
        let call = context.project.calls.get(row.call);
        let own = call.model() == Some(model);
        let last = || path.names().first().is_some_and(|name| name == column) && is_last(row);
        let reckons = match call.operation {
            Operation::Count => true,
            Operation::Aggregate => path.names().first().is_some_and(|name| name == "_max"),
            Operation::FindFirst | Operation::FindMany => last(),
            _ => false,
        };
        if own && reckons {
            read = Some(row.call);
        }
    });
    read
}

/// Whether a query asks for the last row.
fn is_last(row: &RowOrigin) -> bool {
    let arguments = row.arguments.as_object();
    arguments.is_some_and(|arguments| arguments.entries.contains_key("orderBy"))
}

/// Whether the function of a query adds one to something.
fn adds_one(context: &Context<'_>, module: ModuleId, read: CallId) -> bool {
    let facts = context.project.modules.facts(module);
    let at = context.project.calls.get(read).name.span;
    let around: Vec<Span> = facts
        .functions
        .iter()
        .map(|function| function.span)
        .filter(|span| span.contains(at))
        .collect();
    facts.all([ExpressionKind::Binary]).any(|(_, node)| {
        let one =
            |id| matches!(facts.expression(id), Expression::Number(number) if **number == *"1");
        matches!(&node.kind, Expression::Binary { operator: BinaryOperator::Add, left, right }
            if one(*left) || one(*right))
            && around.iter().any(|span| span.contains(node.span))
    })
}

/// Whether something near takes turns or tries again.
fn is_kept(context: &Context<'_>, event: &QueryEvent<'_>, read: CallId) -> bool {
    let modules = &context.project.modules;
    let read = context.project.calls.get(read);
    let facts = modules.facts(read.module);
    let around = facts.functions.iter().map(|function| function.span);
    let around = around.filter(|span| span.contains(read.name.span));
    let own = functions::declared(context.project, event.function);
    let own = own.map(|own| modules.at(event.function.module, own.span));
    let mut places = around.map(|span| modules.at(read.module, span)).chain(own);
    let file = modules.get(event.function.module).file;
    context.sources.file(file).text.contains("P2002")
        || places.any(|place| {
            let text = context.text(place);
            KEEPS.iter().any(|word| text.contains(word))
        })
}

fn tell(
    context: &Context<'_>,
    model: ModelRef,
    column: &str,
    all: &[Numbered],
) -> Option<Diagnostic> {
    let project = context.project;
    let first = all.first()?;
    let place = |call: CallId| -> Location {
        let call = project.calls.get(call);
        project.modules.at(call.module, call.name.span)
    };
    let declared = project.schemas.model(model);
    let schema = project.schemas.get(model.schema);
    let counts = project.calls.get(first.read).operation == Operation::Count;
    let from = match counts {
        true => "how many rows there are",
        false => "the last row",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place(first.query),
        format!(
            "`{}.{column}` is unique and reckoned from {from}: two requests at once make the same, and one of them fails",
            declared.name
        ),
    )
    .label("nothing is kept between the two queries")
    .related(place(first.read), format!("{from}, when this runs"));
    for other in all.iter().skip(1).take(MAX_MORE) {
        found = found.related(place(other.query), "and here");
    }
    if let Some(field) = declared.field(column) {
        found = found.related(schema.field_name(field), "no two rows may have the same");
    }
    if counts {
        found = found.note("once a row was deleted, each further number is one that was given out");
    }
    Some(
        found
            .lowered(
                Severity::Medium,
                "the database refuses the second: nothing is lost but the request",
            )
            .confidence(Confidence::Likely)
            .help("take the number from a sequence, or from a row of counters that is raised in the same transaction (`update({ data: { last: { increment: 1 } } })` gives the new one back)")
            .subject(format!("number:{}.{column}", declared.name)),
    )
}
