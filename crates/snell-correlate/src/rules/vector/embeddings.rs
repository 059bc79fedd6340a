//! Calls of embedding models, and the columns that their vectors are stored in
//! or compared with.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId, ModuleFacts};
use snell_flow::{Event, EventKind, Literal, ObjectValue, Root, Value, raw::Reading};
use snell_project::{client::CallId, module::ExpressionRef, schema::SchemaId};
use snell_source::Location;
use snell_sql::catalog::RelationId;

use super::distance;
use crate::{
    functions,
    rule::Context,
    rules::{query::flat, raw_sql::reading},
};

/// Models, with the dimensions of their vectors, and whether the call may ask for fewer.
const MODELS: [(&str, u32, bool); 24] = [
    ("text-embedding-3-small", 1536, true),
    ("text-embedding-3-large", 3072, true),
    ("text-embedding-ada-002", 1536, false),
    ("text-embedding-004", 768, true),
    ("text-embedding-005", 768, true),
    ("gemini-embedding-001", 3072, true),
    ("embedding-001", 768, false),
    ("textembedding-gecko", 768, false),
    ("mistral-embed", 1024, false),
    ("embed-english-v3.0", 1024, false),
    ("embed-multilingual-v3.0", 1024, false),
    ("embed-english-light-v3.0", 384, false),
    ("embed-multilingual-light-v3.0", 384, false),
    ("embed-v4.0", 1536, true),
    ("voyage-3", 1024, false),
    ("voyage-3-lite", 512, false),
    ("voyage-3-large", 1024, true),
    ("voyage-3.5", 1024, true),
    ("voyage-2", 1024, false),
    ("nomic-embed-text", 768, false),
    ("mxbai-embed-large", 1024, false),
    ("bge-m3", 1024, false),
    ("all-minilm", 384, false),
    ("all-MiniLM-L6-v2", 384, false),
];

/// A call of an embedding model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The call.
    pub(super) at: ExpressionRef,
    pub(super) model: SmolStr,
    /// Where the model is named.
    pub(super) model_at: Location,
    /// The dimensions that it gives, and where they are asked for.
    pub(super) dimensions: Option<u32>,
    pub(super) asked_at: Option<Location>,
}

/// A vector column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub(super) schema: SchemaId,
    pub(super) table: RelationId,
    pub(super) number: u16,
}

/// A raw query that a vector of a model reaches.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) source: Source,
    pub(super) column: Column,
    pub(super) length: Option<u32>,
    pub(super) call: CallId,
    /// Stored in the column, rather than compared with it.
    pub(super) writes: bool,
}

/// All uses, each once, those that store first.
pub(super) fn uses(context: &Context<'_>) -> Vec<Use> {
    let mut found: Vec<Use> = Vec::new();
    let calls = context.project.calls.iter();
    let columns: FxHashMap<CallId, _> = calls
        .filter(|(_, call)| call.operation.is_raw())
        .filter_map(|(id, _)| Some((id, column_of(context, id)?)))
        .collect();
    if columns.is_empty() {
        return found;
    }
    let wanted = columns.keys().copied().collect();
    let coming = context.flow.call_graph().coming_to(&wanted);
    let endpoints = context.flow.endpoints().map(|entered| &*entered.summary);
    let functions = context.flow.functions().map(|summary| &**summary);
    for summary in functions.chain(endpoints) {
        let own = functions::is_application(context.project, summary.function.module);
        if !own || !coming.holds(summary) {
            continue;
        }
        let mut sources: FxHashMap<ExpressionRef, Source> = FxHashMap::default();
        collect(context, &summary.events, 5, &mut sources);
        if sources.is_empty() {
            continue;
        }
        for run in flat::queries(summary) {
            let call = run.query.call;
            let Some((column, length, writes)) = columns.get(&call).copied() else {
                continue;
            };
            for source in handed(&run.query.arguments, &sources) {
                let known = found.iter().any(|one| {
                    one.call == call && one.source.at == source.at && one.column == column
                });
                if !known {
                    found.push(Use {
                        source: source.clone(),
                        column,
                        length,
                        call,
                        writes,
                    });
                }
            }
        }
    }
    found.sort_by_key(|one| (!one.writes, one.call, one.source.at));
    found
}

/// The models whose vectors are in what a query is handed.
fn handed<'s>(
    arguments: &[Value],
    sources: &'s FxHashMap<ExpressionRef, Source>,
) -> Vec<&'s Source> {
    let mut seen: FxHashSet<ExpressionRef> = FxHashSet::default();
    let mut found = Vec::new();
    for argument in arguments {
        argument.visit(&mut |value| {
            if let Value::Opaque(opaque) = value
                && let Root::Result(at) = &opaque.root
                && let Some(source) = sources.get(at)
                && seen.insert(*at)
            {
                found.push(source);
            }
        });
    }
    found
}

fn collect(
    context: &Context<'_>,
    events: &[Event],
    depth: u32,
    found: &mut FxHashMap<ExpressionRef, Source>,
) {
    for event in events {
        match &event.kind {
            EventKind::Unfollowed { at, arguments } => {
                if let Some(source) = source(context, *at, arguments) {
                    found.insert(*at, source);
                }
            }
            EventKind::Call { summary, .. } if depth > 0 => {
                collect(context, &summary.events, depth - 1, found);
            }
            _ => {}
        }
    }
}

/// `client.embeddings.create({ model, dimensions })`, `embed({ model: provider.embedding('...') })`
fn source(context: &Context<'_>, at: ExpressionRef, arguments: &[Value]) -> Option<Source> {
    let facts = context.project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return None;
    };
    let is_embedding = match facts.expression(*callee) {
        Expression::Member {
            object, property, ..
        } => match property.text.as_str() {
            "create" => names(facts, *object) == Some("embeddings"),
            "embedContent" | "embedMany" | "embed" => true,
            _ => false,
        },
        Expression::Identifier { name, .. } => matches!(name.as_str(), "embed" | "embedMany"),
        _ => false,
    };
    if !is_embedding {
        return None;
    }
    let options = arguments
        .iter()
        .filter_map(Value::as_object)
        .find(|object| object.entries.contains_key("model"))?;
    let entry = options.entries.get("model")?;
    let model = match &entry.value {
        Value::Literal(Literal::String(model)) => model.clone(),
        Value::Opaque(opaque) => match &opaque.root {
            Root::Result(made) => provided(context, *made)?,
            _ => return None,
        },
        _ => return None,
    };
    let model: SmolStr = model.trim_start_matches("models/").into();
    let (asked, asked_at) = asked(context, options);
    let known = MODELS.iter().find(|(name, ..)| *name == model);
    let dimensions = match (asked, known) {
        (Asked::Number(number), _) => Some(number),
        (Asked::Nothing, Some((_, dimensions, _))) => Some(*dimensions),
        _ => None,
    };
    Some(Source {
        at,
        model_at: context.project.modules.at(entry.module, entry.key),
        model,
        dimensions,
        asked_at,
    })
}

/// The last name of `a.b.embeddings`.
fn names(facts: &ModuleFacts, id: ExpressionId) -> Option<&str> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Member { property, .. } => Some(&property.text),
        Expression::Identifier { name, .. } => Some(name),
        _ => None,
    }
}

/// The model of `provider.embedding('model')`.
fn provided(context: &Context<'_>, at: ExpressionRef) -> Option<SmolStr> {
    let facts = context.project.modules.facts(at.module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(at.id)
    else {
        return None;
    };
    let method = names(facts, *callee)?.to_ascii_lowercase();
    match facts.expression(arguments.first()?.value) {
        Expression::String(model) if method.contains("embedding") => Some(model.clone()),
        _ => None,
    }
}

/// What a call says of the dimensions that it wants.
enum Asked {
    Nothing,
    Number(u32),
    Unknown,
}

fn asked(context: &Context<'_>, options: &ObjectValue) -> (Asked, Option<Location>) {
    let keys = ["dimensions", "outputDimensionality", "output_dimension"];
    let found = keys.iter().find_map(|key| options.entries.get(*key));
    let Some(entry) = found else {
        let open = !options.spreads.is_empty()
            || ["providerOptions", "config", "options"]
                .iter()
                .any(|key| options.entries.contains_key(*key));
        return match open {
            true => (Asked::Unknown, None),
            false => (Asked::Nothing, None),
        };
    };
    let at = context.project.modules.at(entry.module, entry.key);
    match &entry.value {
        Value::Literal(Literal::Number(text)) => match text.replace('_', "").parse() {
            Ok(number) => (Asked::Number(number), Some(at)),
            Err(_) => (Asked::Unknown, Some(at)),
        },
        Value::Undefined => (Asked::Nothing, None),
        _ => (Asked::Unknown, Some(at)),
    }
}

/// The one vector column of all texts of a query, its length, and whether it is stored.
fn column_of(context: &Context<'_>, call: CallId) -> Option<(Column, Option<u32>, bool)> {
    let mut found: Option<(Column, Option<u32>, bool)> = None;
    for reading in context.readings.of(call) {
        let one = vector_column(context, reading)?;
        if found.is_some_and(|known| known.0 != one.0) {
            return None;
        }
        found = Some(one);
    }
    found
}

/// The one vector column that a text reads or writes.
pub(super) fn vector_column(
    context: &Context<'_>,
    reading: &Reading,
) -> Option<(Column, Option<u32>, bool)> {
    let catalog = reading::catalog(context, reading);
    let parts = |of: &std::collections::BTreeSet<(RelationId, Option<u16>)>| {
        let columns = of.iter().filter_map(|(table, number)| {
            let column = catalog.table(*table)?.column_at((*number)?)?;
            distance::is_vector(catalog, column).then_some((*table, column))
        });
        columns
            .map(|(table, column)| {
                let length = column.data_type.modifiers.first();
                let length = length.and_then(|length| u32::try_from(*length).ok());
                let column = Column {
                    schema: reading.schema,
                    table,
                    number: column.number,
                };
                (column, length)
            })
            .collect::<Vec<_>>()
    };
    let (written, read) = (parts(&reading.facts.writes), parts(&reading.facts.reads));
    match (written.as_slice(), read.as_slice()) {
        ([(column, length)], _) => Some((*column, *length, true)),
        ([], [(column, length)]) => Some((*column, *length, false)),
        _ => None,
    }
}
