//! A row is looked for and created when there is none: two requests both find none.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_flow::{Fact, ObjectValue, Root, RowOrigin, Value, scope::leaves};
use snell_prisma::{Index, Model};
use snell_project::client::{CallId, ClientCall, Operation};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    flat::{self, Run},
    repeated, transactions,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/find-then-write",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A row is created after a look whether it is there: two requests can both find none",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut told: FxHashSet<CallId> = FxHashSet::default();
    let mut found = Vec::new();
    for summary in context.flow.functions() {
        let module = summary.function.module;
        if !functions::is_application(context.project, module)
            || minds_conflicts(context, module)
            || transactions::takes_locks(context, summary)
        {
            continue;
        }
        for run in flat::queries(summary) {
            let call = context.project.calls.get(run.query.call);
            if call.operation != Operation::Create
                || minds_conflicts(context, call.module)
                || run.transaction.is_some()
            {
                continue;
            }
            if let Some((lookup, model, key)) = race(context, &run, call)
                && told.insert(run.query.call)
            {
                found.push(finding(context, &run, lookup, model, key));
            }
        }
    }
    found
}

/// Whether a module knows that a key may be there already.
fn minds_conflicts(context: &Context<'_>, module: snell_project::module::ModuleId) -> bool {
    let file = context.project.modules.get(module).file;
    context.sources.file(file).text.contains("P2002")
}

/// The lookup that found nothing, and the unique key by which it asked.
fn race<'c>(
    context: &Context<'c>,
    run: &Run<'_>,
    call: &ClientCall,
) -> Option<(CallId, &'c Model, &'c Index)> {
    let reference = call.model()?;
    let model = context.project.schemas.model(reference);
    let arguments = run.query.arguments.first()?.as_object()?;
    let data = arguments.entries.get("data")?.value.as_object()?;
    run.facts().find_map(|fact| {
        let row = absent(fact)?;
        let lookup = context.project.calls.get(row.call);
        let finds = matches!(
            lookup.operation,
            Operation::FindUnique | Operation::FindFirst | Operation::Count
        );
        if !finds || lookup.model() != Some(reference) {
            return None;
        }
        let key = key_of(model, row, data)?;
        Some((row.call, model, key))
    })
}

/// The row that a fact says is not there.
fn absent(fact: &Fact) -> Option<&RowOrigin> {
    let value = match fact {
        Fact::Falsy(value) => value,
        Fact::Equal(value, Value::Null | Value::Undefined) => value,
        _ => return None,
    };
    match value {
        Value::Opaque(opaque) if opaque.path.is_empty() => match &opaque.root {
            Root::Row(row) => Some(row),
            _ => None,
        },
        _ => None,
    }
}

/// The unique key whose columns the lookup compares with what is then written.
fn key_of<'m>(model: &'m Model, row: &RowOrigin, data: &ObjectValue) -> Option<&'m Index> {
    let filter = row.arguments.as_object()?.entries.get("where")?;
    let looked_for = leaves(&filter.value)?;
    let writes = |name: &SmolStr, value: &Value| {
        data.entries
            .get(name)
            .is_some_and(|entry| entry.value == *value)
    };
    model.unique_criteria().find(|key| {
        key.columns.iter().all(|column| {
            looked_for.iter().any(|leaf| {
                leaf.path.last() == Some(&column.name)
                    && *leaf.value != Value::Unknown
                    && writes(&column.name, leaf.value)
            })
        })
    })
}

/// Whether a column of a key of several may be NULL.
fn may_be_null(model: &Model, key: &Index) -> bool {
    key.columns.len() > 1
        && key.columns.iter().any(|column| {
            let field = column.field;
            let mut fields = model.columns();
            fields.any(|one| Some(one.id) == field && one.is_optional())
        })
}

fn finding(
    context: &Context<'_>,
    run: &Run<'_>,
    lookup: CallId,
    model: &Model,
    key: &Index,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(run.query.call);
    let place = |call: &ClientCall| project.modules.at(call.module, call.name.span);
    let title = repeated::title(context, call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place(call),
        format!("`{title}` relies on a look that another request may have taken as well"),
    )
    .label("the second request to get here fails with P2002")
    .related(
        place(project.calls.get(lookup)),
        "looks whether it is there",
    );
    if let Some(reference) = call.model() {
        let schema = project.schemas.get(reference.schema);
        let at = snell_prisma::Place {
            file: model.at.file,
            span: key.span,
        };
        found = found.related(schema.location(at), "one row for each of these");
    }
    found
        .confidence(Confidence::Likely)
        .help(match may_be_null(model, key) {
            // `upsert` takes no null in its key, and two nulls are no conflict for a plain unique.
            true => format!(
                "let the unique over `{}` take NULL for a value (`NULLS NOT DISTINCT`), then answer P2002 as if the row had been found: `upsert` takes no null in a key",
                wording::columns(key)
            ),
            false => format!(
                "`upsert` by `{}`, or answer P2002 as if the row had been found",
                wording::columns(key)
            ),
        })
        .subject(format!("query:{title} {}", wording::columns(key)))
}
