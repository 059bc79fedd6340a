//! Texts that change while the embedding made of them stays.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_flow::{Entry, Event, EventKind, Value, raw::Reading};
use snell_prisma::{Field, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::embeddings::{self, Column};
use crate::{
    functions,
    rule::{Context, Rule},
    rules::{query::flat, raw_sql::reading},
    support::{
        callers,
        queries::{self, ModelQuery},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/embedding-stale",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A text is changed, and its embedding stays that of the old text",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of columns that hold what an embedding is made of.
const TEXTS: [&str; 10] = [
    "content",
    "text",
    "body",
    "chunk",
    "keypoint",
    "passage",
    "transcript",
    "summary",
    "description",
    "question",
];

/// Words in the names of what makes embeddings anew, or tells others to.
const RENEWALS: [&str; 7] = [
    "embed", "reindex", "enqueue", "emit", "publish", "dispatch", "vectoriz",
];

/// A text that an embedding is made of.
struct Embedded<'a> {
    column: Column,
    call: CallId,
    /// The query that writes both.
    writer: &'a Reading,
    field: &'a Field,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut embedded: BTreeMap<ModelRef, Embedded<'_>> = BTreeMap::new();
    let mut writers: FxHashSet<CallId> = FxHashSet::default();
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some((column, _, true)) = embeddings::vector_column(context, reading) else {
            continue;
        };
        let Some(call) = reading.call else { continue };
        writers.insert(call);
        if let Some((model, field)) = text_of(context, reading, column) {
            embedded.entry(model).or_insert(Embedded {
                column,
                call,
                writer: reading,
                field,
            });
        }
    }
    if embedded.is_empty() {
        return Vec::new();
    }
    let changes: Vec<(ModelQuery<'_>, &Embedded<'_>, &Entry)> = queries::of_models(context)
        .filter_map(|query| {
            let text = embedded.get(&query.model)?;
            let entry = changed(context, &query, text)?;
            Some((query, text, entry))
        })
        .collect();
    let ways = ways(context, &writers);
    changes
        .into_iter()
        .filter_map(|(query, text, entry)| {
            let call = query.event.query.call;
            let mut coming = ways
                .iter()
                .filter(|way| way.calls.contains(&call))
                .peekable();
            coming.peek()?;
            coming
                .any(|way| !way.renews)
                .then(|| finding(context, &query, text, entry))
        })
        .collect()
}

/// The one text column that a statement writes beside a vector.
fn text_of<'a>(
    context: &Context<'a>,
    reading: &Reading,
    column: Column,
) -> Option<(ModelRef, &'a Field)> {
    let catalog = reading::catalog(context, reading);
    let relation = catalog.relation(column.table)?;
    let schema = context.project.schemas.get(reading.schema);
    let model = schema.datamodel.models_of_table(&relation.name).next()?;
    let reference = ModelRef {
        schema: reading.schema,
        model: model.id,
    };
    let table = catalog.table(column.table)?;
    if !table.triggers.is_empty() {
        return None;
    }
    let written = reading.facts.writes.iter().filter_map(|(table, number)| {
        let named = catalog.table(*table)?.column_at((*number)?)?;
        (*table == column.table).then_some(named.name.as_str())
    });
    let texts: Vec<&Field> = written
        .filter_map(|name| model.field_of_column(name))
        .filter(|field| field.scalar() == Some(ScalarType::String) && is_text(field))
        .collect();
    match texts.as_slice() {
        [only] => Some((reference, only)),
        _ => None,
    }
}

fn is_text(field: &Field) -> bool {
    let plain = field.name.replace('_', "").to_ascii_lowercase();
    !plain.ends_with("id") && TEXTS.iter().any(|word| plain.contains(word))
}

/// Where a query gives the text a new value, and says nothing of its embedding.
fn changed<'v>(
    context: &Context<'_>,
    query: &ModelQuery<'v>,
    text: &Embedded<'_>,
) -> Option<&'v Entry> {
    let key = match query.call.operation {
        Operation::Update | Operation::UpdateMany => "data",
        Operation::Upsert => "update",
        _ => return None,
    };
    if !functions::is_application(context.project, query.call.module) {
        return None;
    }
    let data = query.argument(key)?.as_object()?;
    let minds = data.entries.keys().any(|name| {
        let lower = name.to_ascii_lowercase();
        ["embed", "vector", "index", "stale", "dirty", "sync"]
            .iter()
            .any(|word| lower.contains(word))
    });
    let entry = data.entries.get(&text.field.name)?;
    let is_new = !matches!(entry.value, Value::Undefined) && !entry.value.is_constant();
    (is_new && !minds && data.spreads.is_empty()).then_some(entry)
}

/// What one entry of the program comes to.
struct Way {
    calls: FxHashSet<CallId>,
    /// Whether it writes vectors too, or calls what may.
    renews: bool,
}

fn ways(context: &Context<'_>, writers: &FxHashSet<CallId>) -> Vec<Way> {
    let entries = callers::entries(context).into_iter();
    entries
        .map(|(summary, _)| {
            let calls: FxHashSet<CallId> = flat::queries(summary)
                .iter()
                .map(|run| run.query.call)
                .collect();
            let renews = calls.iter().any(|call| writers.contains(call))
                || tells(context, &summary.events, 4);
            Way { calls, renews }
        })
        .collect()
}

/// Whether something is called that makes embeddings, or leaves it to others.
fn tells(context: &Context<'_>, events: &[Event], depth: u32) -> bool {
    events.iter().any(|event| {
        let at = match &event.kind {
            EventKind::Call { at, .. } | EventKind::Unfollowed { at, .. } => *at,
            _ => return false,
        };
        let facts = context.project.modules.facts(at.module);
        let name = match facts.expression(at.id) {
            snell_extract::facts::Expression::Call { callee, .. } => {
                let span = facts.span(*callee);
                context.text(context.project.modules.at(at.module, span))
            }
            _ => "",
        };
        let lower = name.to_ascii_lowercase();
        let queues = lower.contains("queue") && lower.ends_with("add");
        let inner = match &event.kind {
            EventKind::Call { summary, .. } if depth > 0 => {
                tells(context, &summary.events, depth - 1)
            }
            _ => false,
        };
        queues || RENEWALS.iter().any(|word| lower.contains(word)) || inner
    })
}

fn finding(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    text: &Embedded<'_>,
    entry: &Entry,
) -> Diagnostic {
    let project = context.project;
    let model = project.schemas.model(query.model);
    let name: &SmolStr = &text.field.name;
    let title = format!("{}.{}", model.accessor, query.call.operation.as_str());
    let writer = project.calls.get(text.call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(entry.module, entry.key),
        format!("`{title}` changes `{name}`, and its embedding stays that of the old text"),
    )
    .label("searches go on finding the row by what it said before")
    .example(
        project.modules.at(writer.module, writer.name.span),
        format!("here `{name}` and its embedding are written together"),
    );
    if let Some(column) = reading::origin(
        context,
        text.writer,
        text.column.table,
        Some(text.column.number),
    ) {
        found = found.related(column, "the embedding");
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "make the embedding of the new `{name}` and store both together, or set the old one to NULL so that searches leave the row out until it is made anew"
        ))
        .subject(format!("query:{title} {name}"))
}
