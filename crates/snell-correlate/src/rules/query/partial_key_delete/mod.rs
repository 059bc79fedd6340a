//! Rows deleted by a part of the key that one of them was found by.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_flow::{
    Fact, Opaque, Root, RowOrigin, Step, Value,
    scope::{Leaf, leaves},
};
use snell_prisma::{Index, Model};
use snell_project::client::{CallId, Operation};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    flat::{self, Run},
    repeated,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/partial-key-delete",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A row is found by a key of several columns, and deleted by a part of it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut told: FxHashSet<(CallId, CallId)> = FxHashSet::default();
    let mut found = Vec::new();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        let runs = flat::queries(summary);
        for run in &runs {
            let Some(fault) = fault(context, run) else {
                continue;
            };
            if goes_with_others(context, run, &runs) {
                continue;
            }
            if told.insert((run.query.call, fault.lookup)) {
                found.push(finding(context, run, &fault));
            }
        }
    }
    found
}

struct Fault<'c> {
    model: &'c Model,
    key: &'c Index,
    lookup: CallId,
    /// The columns of the key that the deletion asks for.
    asked: Vec<SmolStr>,
}

fn fault<'c>(context: &Context<'c>, run: &Run<'_>) -> Option<Fault<'c>> {
    let call = context.project.calls.get(run.query.call);
    if call.operation != Operation::DeleteMany {
        return None;
    }
    let reference = call.model()?;
    let model = context.project.schemas.model(reference);
    let filter = &run
        .query
        .arguments
        .first()?
        .as_object()?
        .entries
        .get("where")?
        .value;
    let asked = leaves(filter)?;
    let plain = |leaf: &Leaf<'_>| {
        let known = leaf.value.choices();
        !leaf.weak
            && leaf.path.len() == 1
            && known.iter().all(|value| matches!(value, Value::Opaque(_)))
    };
    if asked.is_empty() || !asked.iter().all(plain) {
        return None;
    }
    let names: Vec<SmolStr> = asked.iter().map(|leaf| leaf.path[0].clone()).collect();
    let rows = asked.iter().flat_map(|leaf| {
        let values = leaf.value.choices().into_iter();
        values.filter_map(|value| row_of(value, &leaf.path[0]))
    });
    let known = run.facts().filter_map(|fact| match fact {
        Fact::Truthy(Value::Opaque(opaque)) if opaque.path.is_empty() => match &opaque.root {
            Root::Row(row) => Some(&**row),
            _ => None,
        },
        _ => None,
    });
    let by_row = rows.map(|row| (row, true));
    let by_fact = known.map(|row| (row, false));
    by_row.chain(by_fact).find_map(|(row, is_its_own)| {
        let lookup = context.project.calls.get(row.call);
        if lookup.model() != Some(reference) || !is_one_row(lookup.operation) {
            return None;
        }
        let looked_for = row.arguments.as_object()?.entries.get("where")?;
        let looked_for = leaves(&looked_for.value)?;
        let same_values = asked.iter().all(|leaf| {
            looked_for
                .iter()
                .any(|other| other.path.last() == leaf.path.last() && other.value == leaf.value)
        });
        if !is_its_own && !same_values {
            return None;
        }
        let key = model.unique_criteria().find(|key| {
            let columns = || key.columns.iter().map(|column| &column.name);
            let in_lookup = |name: &SmolStr| {
                looked_for
                    .iter()
                    .any(|leaf| !leaf.weak && leaf.path.last() == Some(name))
            };
            key.columns.len() > names.len()
                && columns().all(in_lookup)
                && names
                    .iter()
                    .all(|name| columns().any(|column| column == name))
        })?;
        if is_of_another_kind(key, &names, &looked_for) {
            return None;
        }
        Some(Fault {
            model,
            key,
            lookup: row.call,
            asked: names.clone(),
        })
    })
}

/// Whether the same values delete rows of another model beside: the parent that they name, or
/// further rows of that parent. All rows of it are meant, and the lookup was a check.
fn goes_with_others(context: &Context<'_>, run: &Run<'_>, runs: &[Run<'_>]) -> bool {
    let values = |run: &Run<'_>| -> Option<Vec<Value>> {
        let arguments = run.query.arguments.first()?.as_object()?;
        let asked = leaves(&arguments.entries.get("where")?.value)?;
        let plain = asked.iter().all(|leaf| !leaf.weak);
        plain.then(|| asked.iter().map(|leaf| leaf.value.clone()).collect())
    };
    let Some(own) = values(run) else {
        return false;
    };
    let model = context.project.calls.get(run.query.call).model();
    runs.iter().any(|other| {
        let call = context.project.calls.get(other.query.call);
        let deletes = matches!(call.operation, Operation::Delete | Operation::DeleteMany);
        deletes && call.model() != model && values(other).is_some_and(|others| others == own)
    })
}

/// `resourceType: 'table', resourceId`: the id alone names the row when what
/// is left out only says of which kind it is.
fn is_of_another_kind(key: &Index, asked: &[SmolStr], looked_for: &[Leaf<'_>]) -> bool {
    let mut left_out = key
        .columns
        .iter()
        .filter(|column| !asked.contains(&column.name));
    let is_kind = left_out.all(|column| {
        let mut values = looked_for.iter();
        values.any(|leaf| leaf.path.last() == Some(&column.name) && leaf.value.is_constant())
    });
    is_kind
        && asked.iter().any(|name| {
            let lower = name.to_ascii_lowercase();
            lower.ends_with("id") || lower.ends_with("uid")
        })
}

/// The row whose field of this name the value is.
fn row_of<'v>(value: &'v Value, field: &str) -> Option<&'v RowOrigin> {
    let Value::Opaque(opaque) = value else {
        return None;
    };
    let Opaque { root, path } = &**opaque;
    match (root, path.as_slice()) {
        (Root::Row(row), [Step::Property(name)]) if name == field => Some(row),
        _ => None,
    }
}

fn is_one_row(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
    )
}

fn finding(context: &Context<'_>, run: &Run<'_>, fault: &Fault<'_>) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(run.query.call);
    let title = repeated::title(context, call);
    let place = |id: CallId| -> Location {
        let call = project.calls.get(id);
        project.modules.at(call.module, call.name.span)
    };
    let columns: Vec<&str> = fault.key.columns.iter().map(|c| c.name.as_str()).collect();
    let left_out: Vec<String> = columns
        .iter()
        .filter(|column| !fault.asked.iter().any(|asked| asked == *column))
        .map(|column| format!("`{column}`"))
        .collect();
    let asked: Vec<String> = fault.asked.iter().map(|name| format!("`{name}`")).collect();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place(run.query.call),
        format!(
            "`{title}` may delete more `{}` rows than the one that was looked up: it leaves out {}",
            fault.model.name,
            wording::and(&left_out)
        ),
    )
    .label(format!("every row with this {} goes", wording::and(&asked)))
    .related(
        place(fault.lookup),
        format!("the row is found by {}", wording::and(&quoted(&columns))),
    );
    if let Some(schema) = call.schema.or_else(|| call.model().map(|m| m.schema)) {
        let schema = project.schemas.get(schema);
        let at = snell_prisma::Place {
            file: fault.model.at.file,
            span: fault.key.span,
        };
        found = found.related(schema.location(at), "only all of them name one row");
    }
    for at in run.chain.iter().rev() {
        found = found.related(repeated::callee_name(context, *at), "this call leads to it");
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "delete the row by the whole key ({}) or by its id",
            wording::and(&quoted(&columns))
        ))
        .subject(format!("query:{title} {}", columns.join(",")))
}

fn quoted(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}
