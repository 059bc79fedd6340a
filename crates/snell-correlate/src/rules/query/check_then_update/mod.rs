//! A state is asked, and the row is then changed by its key alone: two requests both pass.

mod money;

use snell_flow::{EventKind, Fact, Literal, ObjectValue, Opaque, QueryEvent, Root, Value};
use snell_prisma::{Field, FieldType, Model};
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    counter_race::{
        is_guarded, is_serialized,
        read::{names_same_row, row_of},
    },
    repeated,
    transactions::stop_at_none,
    written,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        callers::{Callers, Unawaited},
        name_words::has_word,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/check-then-update",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A state is asked before a row is taken by its key alone: two requests both get it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of columns that say in which state a row is.
const STATES: [&str; 6] = ["status", "state", "stage", "phase", "step", "estado"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let queries = context.flow.queries();
    queries
        .filter_map(|event| finding(context, &event))
        .collect()
}

/// A state that was asked, and the one that is written.
struct Taken<'v> {
    field: &'v Field,
    /// The state that the row must be in, as the code writes it.
    asked: String,
    lookup: CallId,
    /// Where the new state is written.
    entry: &'v snell_flow::Entry,
}

fn finding(context: &Context<'_>, event: &QueryEvent<'_>) -> Option<Diagnostic> {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let reference = call.model()?;
    if call.operation != Operation::Update
        || !functions::is_application(project, call.module)
        || is_serialized(context, event)
        || is_alone(context, event)
    {
        return None;
    }
    if let Some(found) = money::finding(context, event, reference) {
        return Some(found);
    }
    let model = project.schemas.model(reference);
    let arguments = event.query.arguments.first()?.as_object()?;
    let data = arguments.entries.get("data")?.value.as_object()?;
    let filter = &arguments.entries.get("where")?.value;
    let taken = data.entries.iter().find_map(|(name, entry)| {
        let field = model.field(name).filter(|field| is_state(field))?;
        let Value::Literal(Literal::String(next)) = &entry.value else {
            return None;
        };
        let (asked, lookup) = asked(context, event, (reference, field), filter)?;
        (asked != *next && !is_guarded(filter, data, name)).then_some(Taken {
            field,
            asked,
            lookup,
            entry,
        })
    })?;
    let gets = taker(model, data)?;
    Some(told(context, event, &taken, gets, filter))
}

fn told(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    taken: &Taken<'_>,
    gets: &str,
    filter: &Value,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let title = repeated::title(context, call);
    let lookup = project.calls.get(taken.lookup);
    let (name, state) = (&taken.field.name, &taken.asked);
    let keys = call
        .model()
        .and_then(|model| written::keys(project.schemas.model(model), filter));
    let keys = keys.unwrap_or_else(|| "id".to_owned());
    Diagnostic::at(
        &RULE.metadata,
        project.modules.at(taken.entry.module, taken.entry.key),
        format!("`{title}` gives the row away by its key, whatever `{name}` is by then"),
    )
    .label(format!("of two requests that read '{state}', the second overwrites `{gets}`"))
    .related(
        project.modules.at(lookup.module, lookup.name.span),
        format!("`{name}` is read here"),
    )
    .related(
        project.modules.at(call.module, call.name.span),
        "asks for the key alone; a transaction does not keep the other away",
    )
    .lowered(Severity::Medium, "the second request takes a row from the first, and no money moves beside it")
    .confidence(Confidence::Likely)
    .help(format!(
        "ask for the state where it is changed: `updateMany({{ where: {{ {keys}, {name}: '{state}' }}, data: {{ ... }} }})`, {}",
        stop_at_none(context, call)
    ))
    .subject(format!(
        "query:{} {title} {name}",
        functions::name(project, event.function)
    ))
}

/// Whether the column says in which of some states a row is.
fn is_state(field: &Field) -> bool {
    let words = matches!(field.ty, FieldType::Enum(_)) || field.scalar().is_some();
    words && !field.is_list() && has_word(&field.name, &STATES)
}

/// The state that the row was found to be in, and the query that found it.
fn asked(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    (model, field): (ModelRef, &Field),
    filter: &Value,
) -> Option<(String, CallId)> {
    event.event.facts.iter().find_map(|fact| {
        let Fact::Equal(a, b) = fact else { return None };
        let (read, state) = match (a, b) {
            (Value::Opaque(read), Value::Literal(Literal::String(state)))
            | (Value::Literal(Literal::String(state)), Value::Opaque(read)) => (read, state),
            _ => return None,
        };
        let row = row_of(context, model, &field.name, read)?;
        let same = names_same_row(context, model, filter, row);
        same.then(|| (state.to_string(), row.call))
    })
}

/// The column beside the state that says who gets the row: a key that is not the same for all.
fn taker<'v>(model: &Model, data: &'v ObjectValue) -> Option<&'v str> {
    data.entries.iter().find_map(|(name, entry)| {
        let field = model.field(name)?;
        let (is_key, value) = match entry.value.as_object().map(|object| &object.entries) {
            Some(nested) if field.relation().is_some() => (true, &nested.get("connect")?.value),
            _ => (
                model.is_foreign_key(field.id) || names_somebody(name),
                &entry.value,
            ),
        };
        let mut varies = false;
        value.visit(&mut |part| {
            if let Value::Opaque(opaque) = part {
                varies |= is_given(opaque);
            }
        });
        (is_key && varies).then_some(name.as_str())
    })
}

/// `bookedBy`, `client_id`, where the schema keeps no relation.
fn names_somebody(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with("_id") || name.ends_with("Id") || lower.ends_with("by")
}

/// Whether a value is another for each who asks.
fn is_given(opaque: &Opaque) -> bool {
    matches!(
        opaque.root,
        Root::Parameter(..) | Root::Identity | Root::ClientInput(..)
    )
}

/// Whether nobody else may come at the same time: a job, or the start; or the function asks again
/// whether the change was its own.
pub(super) fn is_alone(context: &Context<'_>, event: &QueryEvent<'_>) -> bool {
    let unawaited = Callers::shared(context).unawaited(event.query.call);
    let locks = event.summary.events.iter().any(|other| {
        matches!(&other.kind, EventKind::Unfollowed { at, .. } if {
            let place = context.project.modules.location(*at);
            let text = context.text(place).to_ascii_lowercase();
            text.contains("lock") || text.contains("mutex")
        })
    });
    locks
        || matches!(unawaited, Some(Unawaited::Background | Unawaited::Start))
        || repeated::is_background(context, event.function)
}
