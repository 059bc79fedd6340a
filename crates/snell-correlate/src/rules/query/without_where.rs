//! `deleteMany` and `updateMany` that change every row.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;
use snell_flow::{
    QueryEvent, Value,
    scope::{row_security, sets_context},
};
use snell_project::{client::Operation, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, RuleMetadata, Severity};

use super::repeated;
use crate::{functions, rule::Context, support::privileged};

/// Words in the names of functions and files that are there to change everything.
const ON_PURPOSE: [&str; 15] = [
    "all",
    "reset",
    "clear",
    "truncate",
    "purge",
    "wipe",
    "flush",
    "seed",
    "clean",
    "every",
    "rebuild",
    "reindex",
    "recompute",
    "refresh",
    "sync",
];

/// What the rule says of one operation.
pub(super) struct Words {
    pub(super) operation: Operation,
    pub(super) does: &'static str,
    pub(super) label: &'static str,
}

pub(super) fn check(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    words: &Words,
) -> Vec<Diagnostic> {
    let queries = context.flow.queries();
    let singles = singles(context);
    let secured = OnceCell::new();
    queries
        .filter(|event| is_of_every_row(context, event, words.operation))
        .filter(|event| !is_kept_to_one(context, event, &secured))
        .map(|event| finding(context, rule, &event, words, &singles))
        .collect()
}

/// Whether row security keeps a query to the rows of who the transaction was told of: `secured` holds whether any query
/// tells the database that.
fn is_kept_to_one(context: &Context<'_>, event: &QueryEvent<'_>, secured: &OnceCell<bool>) -> bool {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let table = call.model().and_then(|model| row_security(project, model));
    table.is_some_and(|table| table.table.force_row_security)
        && !privileged::is_privileged(project, call)
        && *secured.get_or_init(|| {
            let mut queries = context.flow.queries();
            queries.any(|event| {
                let operation = project.calls.get(event.query.call).operation;
                operation.is_raw() && sets_context(event.query)
            })
        })
}

/// Models of which the code takes the first row as the only one: settings, a licence.
fn singles(context: &Context<'_>) -> FxHashSet<ModelRef> {
    let of_any_row = |event: &QueryEvent<'_>| match event.query.arguments.first() {
        None | Some(Value::Undefined) => true,
        Some(Value::Object(arguments)) => {
            arguments.spreads.is_empty() && !arguments.entries.contains_key("where")
        }
        _ => false,
    };
    let queries = context.flow.queries().filter_map(|event| {
        let call = context.project.calls.get(event.query.call);
        let first = matches!(
            call.operation,
            Operation::FindFirst | Operation::FindFirstOrThrow
        );
        call.model().filter(|_| first && of_any_row(&event))
    });
    queries.collect()
}

fn is_of_every_row(context: &Context<'_>, event: &QueryEvent<'_>, wanted: Operation) -> bool {
    let call = context.project.calls.get(event.query.call);
    if call.operation != wanted
        || call.client.changes_queries()
        || call.model().is_none()
        || !functions::is_application(context.project, call.module)
        || functions::is_module_body(context.project, event.function)
    {
        return false;
    }
    let name = functions::name(context.project, event.function);
    let path = &context.project.modules.get(call.module).path;
    let file = path.rsplit('/').next().unwrap_or(path);
    let on_purpose = |text: &str| {
        let lower = text.to_ascii_lowercase();
        ON_PURPOSE.iter().any(|word| lower.contains(word))
    };
    if on_purpose(name.rsplit('.').next().unwrap_or(&name)) || on_purpose(file) {
        return false;
    }
    match event.query.arguments.first() {
        None | Some(Value::Undefined) => true,
        Some(Value::Object(arguments)) if arguments.spreads.is_empty() => {
            match arguments.entries.get("where") {
                None => true,
                Some(filter) => match &filter.value {
                    Value::Undefined => true,
                    Value::Object(filter) => filter.spreads.is_empty() && filter.entries.is_empty(),
                    _ => false,
                },
            }
        }
        _ => false,
    }
}

fn finding(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    event: &QueryEvent<'_>,
    words: &Words,
    singles: &FxHashSet<ModelRef>,
) -> Diagnostic {
    let call = context.project.calls.get(event.query.call);
    let title = repeated::title(context, call);
    let model = call.model().map_or("", |model| {
        context.project.schemas.model(model).name.as_str()
    });
    let mut found = Diagnostic::at(
        rule,
        context.project.modules.at(call.module, call.name.span),
        format!("`{title}` {} every row of `{model}`", words.does),
    )
    .label(words.label);
    let filled_anew = event.summary.events.iter().any(|other| {
        matches!(&other.kind, snell_flow::EventKind::Query(query) if {
            let other = context.project.calls.get(query.call);
            other.operation.is_create() && other.model() == call.model()
        })
    });
    if filled_anew {
        found = found.lowered(Severity::Low, "the same function fills the table anew");
    }
    if call.model().is_some_and(|model| singles.contains(&model)) {
        found = found.lowered(
            Severity::Low,
            "the code takes its first row as the only one",
        );
    }
    if repeated::is_background(context, event.function) {
        found = found.lowered(Severity::Medium, "a job: it may be there to do so");
    }
    found
        .confidence(Confidence::Likely)
        .help("say which rows are meant in `where`; when all are, say so in the function's name")
        .subject(format!(
            "query:{} {title}",
            functions::name(context.project, event.function)
        ))
}
