//! Selections of every column, and lists of rows with all that was ever sent.

use rustc_hash::FxHashMap;
use snell_flow::{Entry, ObjectValue, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    endpoint::EndpointKind,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{
    super::{repeated, shape},
    RULE, arguments,
};
use crate::{
    functions,
    rule::Context,
    support::{
        queries::{self, ModelQuery},
        row_uses::Use,
        wording,
    },
};

/// A selection of fewer columns than this is no attempt to save any.
const FEW: usize = 5;

/// Words in the names of columns that hold what was sent or made, whole.
const PAYLOADS: [&str; 11] = [
    "request",
    "response",
    "payload",
    "raw",
    "body",
    "html",
    "snapshot",
    "transcript",
    "trace",
    "blob",
    "dump",
];

/// `select` of every column: the same as none.
pub(super) fn all_selected(context: &Context<'_>) -> Vec<Diagnostic> {
    queries::of_models(context)
        .filter(|query| {
            query.call.operation.finds_rows()
                && functions::is_application(context.project, query.call.module)
        })
        .filter_map(|query| {
            let select = arguments(&query)?.entries.get("select")?;
            selects_all(context, &query, select)
        })
        .collect()
}

fn selects_all(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    select: &Entry,
) -> Option<Diagnostic> {
    let model = context.project.schemas.model(query.model);
    let chosen = select.value.as_object().filter(|_| select.always)?;
    let visible: Vec<&Field> = model
        .columns()
        .filter(|field| is_selectable(field))
        .collect();
    let all = visible.len() >= FEW
        && chosen.spreads.is_empty()
        && chosen.entries.len() == visible.len()
        && visible.iter().all(|field| {
            chosen
                .entries
                .get(&field.name)
                .is_some_and(|entry| entry.always && entry.value == Value::boolean(true))
        });
    if !all {
        return None;
    }
    let heavy = visible.iter().find(|field| is_heavy(field));
    let schema = context.project.schemas.get(query.model.schema);
    let title = repeated::title(context, query.call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        context.project.modules.at(select.module, select.key),
        format!(
            "`{title}` selects every column of `{}`: as many as without `select`",
            model.name
        ),
    )
    .label(format!("all {} columns", visible.len()))
    .related(schema.model_name(model), "has no column but these");
    match heavy {
        Some(field) => {
            found = found.related(
                schema.field_name(field),
                "may be large, and is read each time",
            );
        }
        None => {
            found = found.lowered(Severity::Low, "none of the columns is large by its type");
        }
    }
    Some(
        found
            .confidence(Confidence::Certain)
            .help("name the columns that the caller reads, or leave `select` out")
            .subject(format!(
                "query:{} {title} select",
                functions::name(context.project, query.event.function)
            )),
    )
}

/// Prisma's client gives a column of an unsupported type, or an ignored one, to nobody.
fn is_selectable(field: &Field) -> bool {
    field.is_visible() && (field.scalar().is_some() || field.enumeration().is_some())
}

fn is_heavy(field: &Field) -> bool {
    matches!(field.scalar(), Some(ScalarType::Json | ScalarType::Bytes))
}

fn is_payload(field: &Field) -> bool {
    let lower = field.name.to_ascii_lowercase();
    is_heavy(field) && PAYLOADS.iter().any(|word| lower.contains(word))
}

fn payload_columns(model: &Model) -> Vec<&Field> {
    model
        .columns()
        .filter(|field| is_selectable(field) && is_payload(field))
        .collect()
}

/// Pages of rows of a model with such columns, all columns read.
pub(super) fn payloads<'a>(context: &Context<'a>) -> Vec<ModelQuery<'a>> {
    queries::of_models(context)
        .filter(|query| {
            let model = context.project.schemas.model(query.model);
            query.call.operation == Operation::FindMany
                && !query.call.client.extended
                && functions::is_application(context.project, query.call.module)
                && !payload_columns(model).is_empty()
                && arguments(query).is_some_and(is_page)
        })
        .collect()
}

/// `take` or `skip`, and nothing that leaves columns out.
fn is_page(arguments: &ObjectValue) -> bool {
    (shape::has(arguments, "take") || shape::has(arguments, "skip"))
        && !shape::has(arguments, "select")
        && !shape::has(arguments, "omit")
}

/// Those that an endpoint gives back as they are.
pub(super) fn findings(
    context: &Context<'_>,
    payloads: &[ModelQuery<'_>],
    uses: &FxHashMap<CallId, Vec<Use>>,
) -> Vec<Diagnostic> {
    payloads
        .iter()
        .filter_map(|query| {
            let given = uses
                .get(&query.event.query.call)?
                .iter()
                .find(|one| one.given_back && one.endpoint.is_some())?;
            if is_asked_for(context, query, given) {
                return None;
            }
            Some(payload(context, query, given))
        })
        .collect()
}

/// Whether the client knows `omit`: from Prisma 6 on, and where nothing is known of the version.
fn omits(context: &Context<'_>, query: &ModelQuery<'_>) -> bool {
    context
        .project
        .prisma_version(query.call.module)
        .is_none_or(|version| version.major >= 6)
}

/// Whether the documents are what the list is for: the code names them on their way,
/// or the client says by itself which fields it wants (GraphQL).
fn is_asked_for(context: &Context<'_>, query: &ModelQuery<'_>, given: &Use) -> bool {
    let model = context.project.schemas.model(query.model);
    let chosen = given.endpoint.is_some_and(|endpoint| {
        matches!(
            context.project.endpoints.get(endpoint).kind,
            EndpointKind::Query
                | EndpointKind::Mutation
                | EndpointKind::Subscription
                | EndpointKind::Field
        )
    });
    let mut columns = payload_columns(model).into_iter();
    chosen || columns.all(|column| given.fields.contains(&column.name))
}

fn payload(context: &Context<'_>, query: &ModelQuery<'_>, given: &Use) -> Diagnostic {
    let model = context.project.schemas.model(query.model);
    let schema = context.project.schemas.get(query.model.schema);
    let columns = payload_columns(model);
    let names: Vec<String> = columns.iter().map(|f| format!("`{}`", f.name)).collect();
    let title = repeated::title(context, query.call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        queries::operation_at(context, query.call),
        format!(
            "the list that `{title}` gives has {} in every row",
            wording::and(&names)
        ),
    )
    .label("reads every column");
    for field in &columns {
        found = found.related(schema.field_name(field), "holds a whole document");
    }
    if let Some(endpoint) = given.endpoint {
        let endpoint = context.project.endpoints.get(endpoint);
        found = found.related(endpoint.at, "gives the rows back as they are");
    }
    let omit: Vec<String> = columns
        .iter()
        .map(|f| format!("{}: true", f.name))
        .collect();
    found
        .confidence(Confidence::Likely)
        .help(match omits(context, query) {
            true => format!(
                "leave them out of the list (`omit: {{ {} }}`), and give them with the single row, by an endpoint of its own where a page shows them",
                omit.join(", ")
            ),
            false => {
                "leave them out of the list with a `select`, and give them with the single row, by an endpoint of its own where a page shows them"
                    .to_owned()
            }
        })
        .subject(format!(
            "query:{} {title} payload",
            functions::name(context.project, query.event.function)
        ))
}
