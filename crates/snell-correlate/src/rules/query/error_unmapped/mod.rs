//! Errors of the client's making that are answered as errors of the server's.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_flow::{
    Value,
    scope::{Origin, Reached, leaves, origins},
};
use snell_project::{
    client::{CallId, Operation},
    endpoint::EndpointKind,
    module::{ExpressionRef, In},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::repeated;
use crate::{
    functions,
    rule::{Context, Rule},
    support::order::Place,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/error-unmapped",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "What the client sent can make the database refuse, and the answer is 500",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A query that fails by what the client sent.
struct Fault {
    endpoint: usize,
    call: CallId,
    trail: Vec<ExpressionRef>,
    /// The unique column that may be taken.
    column: SmolStr,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut by_application: BTreeMap<SmolStr, Vec<Fault>> = BTreeMap::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        if endpoint.kind != EndpointKind::Http
            || !functions::is_application(project, endpoint.module)
        {
            continue;
        }
        let walk = &entered.walk;
        for (n, reached) in walk.queries.iter().enumerate() {
            let Some(column) = taken(context, reached, &walk.queries[..n]) else {
                continue;
            };
            if is_caught(context, reached) {
                continue;
            }
            let path = &project.modules.get(endpoint.module).path;
            let faults = by_application.entry(application(path)).or_default();
            if faults.iter().all(|known| known.call != reached.query.call) {
                faults.push(Fault {
                    endpoint: entered.endpoint,
                    call: reached.query.call,
                    trail: reached.trail.clone(),
                    column,
                });
            }
        }
    }
    // All texts are read for this: only where there is something to tell.
    if by_application.is_empty() || maps_errors(context) {
        return Vec::new();
    }
    by_application
        .into_iter()
        .filter_map(|(application, faults)| finding(context, &application, &faults))
        .collect()
}

/// Whether something turns errors of Prisma into answers for every endpoint: a
/// filter, an interceptor, an extension of the client.
fn maps_errors(context: &Context<'_>) -> bool {
    const WORDS: [&str; 3] = [
        "PrismaClientExceptionFilter",
        "PrismaClientKnownRequestError",
        "P2002",
    ];
    context.project.modules.iter().any(|(module, owner)| {
        if !functions::is_application(context.project, module) {
            return false;
        }
        let text = &context.sources.file(owner.file).text;
        let everywhere = ["@Catch(", "NestInterceptor", "$extends", "useGlobalFilters"];
        WORDS.iter().any(|word| text.contains(word))
            && everywhere.iter().any(|word| text.contains(word))
    })
}

/// The unique column to which a query gives what the client sent, when nothing
/// looked before whether it is taken.
fn taken(context: &Context<'_>, reached: &Reached<'_>, before: &[Reached<'_>]) -> Option<SmolStr> {
    let call = context.project.calls.get(reached.query.call);
    if !matches!(call.operation, Operation::Create | Operation::Update) {
        return None;
    }
    let reference = call.model()?;
    let model = context.project.schemas.model(reference);
    let arguments = reached.query.arguments.first()?.as_object()?;
    let data = arguments.entries.get("data")?.value.as_object()?;
    let column = model.uniques().find_map(|unique| {
        let [column] = unique.columns.as_slice() else {
            return None;
        };
        let field = model.field(&column.name)?;
        let value = &data.entries.get(&column.name)?.value;
        (!model.is_foreign_key(field.id) && is_of_client(value)).then(|| column.name.clone())
    })?;
    (!looked(context, before, reference, &column)).then_some(column)
}

fn is_of_client(value: &Value) -> bool {
    let (mut client, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(_) => client = true,
        Origin::Constant => {}
        _ => other = true,
    });
    client && !other
}

/// Whether a query before this one looked for rows by the same column.
fn looked(
    context: &Context<'_>,
    before: &[Reached<'_>],
    reference: ModelRef,
    column: &str,
) -> bool {
    before.iter().any(|earlier| {
        let lookup = context.project.calls.get(earlier.query.call);
        let filter = earlier
            .query
            .arguments
            .first()
            .and_then(|arguments| arguments.as_object())
            .and_then(|object| object.entries.get("where"));
        let by_column = || {
            let leaves = filter.and_then(|filter| leaves(&filter.value));
            leaves.is_none_or(|leaves| {
                let mut paths = leaves.iter().flat_map(|leaf| &leaf.path);
                paths.any(|name| name == column)
            })
        };
        lookup.operation.is_raw() || lookup.model() == Some(reference) && by_column()
    })
}

/// Whether a `try` on the way to the query catches what it throws.
fn is_caught(context: &Context<'_>, reached: &Reached<'_>) -> bool {
    let call = context.project.calls.get(reached.query.call);
    let own = In {
        module: call.module,
        id: call.expression,
    };
    reached.trail.iter().copied().chain([own]).any(|at| {
        let module = context.project.modules.get(at.module);
        let Some(function) = module.context.function(at.id) else {
            return false;
        };
        let outer = function;
        let outer = module.facts.outermost(outer);
        let place = Place::of(&module.facts, Some(outer), module.facts.span(at.id));
        place.handlers().next().is_some() || super::clients::has_catch(context, at)
    })
}

/// The application that a file belongs to: the folder of its `src`.
fn application(path: &str) -> SmolStr {
    match path.find("/src/") {
        Some(end) => path[..end].into(),
        None => SmolStr::default(),
    }
}

fn finding(context: &Context<'_>, application: &str, faults: &[Fault]) -> Option<Diagnostic> {
    /// Further queries that the finding shows.
    const MAX_SHOWN: usize = 4;
    let project = context.project;
    let (first, others) = faults.split_first()?;
    let call = project.calls.get(first.call);
    let title = repeated::title(context, call);
    let endpoint = project.endpoints.get(first.endpoint);
    let column = &first.column;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!(
            "`{}` answers 500 when the `{column}` that was sent is taken already",
            endpoint.name
        ),
    )
    .label("fails with P2002, and nothing turns that into an answer")
    .related(endpoint.at, "the endpoint");
    for at in &first.trail {
        found = found.related(repeated::callee_name(context, *at), "this call leads to it");
    }
    if let Some(model) = call.model() {
        let schema = project.schemas.get(model.schema);
        let field = project.schemas.model(model).field(column)?;
        found = found.related(schema.field_name(field), "one row for each value");
    }
    for other in others.iter().take(MAX_SHOWN) {
        let call = project.calls.get(other.call);
        found = found.related(
            project.modules.at(call.module, call.name.span),
            format!("the same with `{}`", other.column),
        );
    }
    if others.len() > MAX_SHOWN {
        found = found.note(format!("{} more like these", others.len() - MAX_SHOWN));
    }
    let found = found.confidence(Confidence::Likely).help(
        "a filter of `Prisma.PrismaClientKnownRequestError` answers P2002 with 409 and P2025 with 404, for all endpoints",
    );
    Some(found.subject(format!("application:{application} query:{title} {column}")))
}
