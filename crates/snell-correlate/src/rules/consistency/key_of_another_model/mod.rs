//! The key of one model, asked for as the key of another.

mod keys;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::Expression;
use snell_flow::{
    Fact, Root, RowOrigin, Step, Value,
    scope::{Leaf, leaves},
};
use snell_project::{
    client::{CallId, ClientCall, Operation},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use self::keys::{Keys, column, key_of};
use crate::{
    functions,
    rule::{Context, Rule},
    rules::query::flat::{self, Run},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/key-of-another-model",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A query asks for rows of one model by the key of another",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut told: FxHashSet<(CallId, SmolStr)> = FxHashSet::default();
    let mut found: Vec<(Fault, Diagnostic)> = Vec::new();
    let mut keys = Keys::default();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        for run in flat::queries(summary) {
            for fault in faults(context, &run, &mut keys) {
                if told.insert((run.query.call, fault.column.clone())) {
                    let finding = finding(context, &run, &fault);
                    found.push((fault, finding));
                }
            }
        }
    }
    // What asks by the wrong key itself is no proof of what the key is of.
    found.retain(|(fault, _)| told.iter().all(|(call, _)| *call != fault.known_by));
    found.into_iter().map(|(_, finding)| finding).collect()
}

struct Fault {
    /// The column that is asked for.
    column: SmolStr,
    /// The model whose key it holds.
    wanted: ModelRef,
    /// The model whose key is given.
    given: ModelRef,
    /// The query that says so.
    known_by: CallId,
    /// Whether the value is read from a row of that query; else it found one there.
    read: bool,
}

fn faults(context: &Context<'_>, run: &Run<'_>, keys: &mut Keys) -> Vec<Fault> {
    let project = context.project;
    let call = project.calls.get(run.query.call);
    let Some(model) = call.model() else {
        return Vec::new();
    };
    if call.confidence == Confidence::Possible {
        return Vec::new();
    }
    let Some(filter) = filter_of(run.query.arguments.first()) else {
        return Vec::new();
    };
    let Some(asked) = leaves(filter) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for leaf in asked.iter().filter(|leaf| !leaf.weak) {
        let Some((of, field)) = column(context, model, &leaf.path) else {
            continue;
        };
        let Some(wanted) = key_of(context, of, field) else {
            continue;
        };
        let values = elements(leaf.value);
        let mut given = values
            .iter()
            .map(|value| known(context, run, value, wanted));
        let Some(Some(first)) = given.next() else {
            continue;
        };
        // On every way the key of one and the same other model.
        if first.0 == wanted || !given.all(|other| other.is_some_and(|other| other.0 == first.0)) {
            continue;
        }
        if first.0.schema != wanted.schema
            || keys.are_given(context, wanted)
            || keys.are_given(context, first.0)
        {
            continue;
        }
        found.push(Fault {
            column: project
                .schemas
                .model(of)
                .fields
                .iter()
                .find(|one| one.id == field)
                .map(|one| one.name.clone())
                .unwrap_or_default(),
            wanted,
            given: first.0,
            known_by: first.1,
            read: first.2,
        });
    }
    found
}

fn filter_of(arguments: Option<&Value>) -> Option<&Value> {
    Some(&arguments?.as_object()?.entries.get("where")?.value)
}

/// The values that a comparison may be with, elements of lists one by one.
fn elements(value: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for choice in value.choices() {
        match choice {
            Value::Null | Value::Undefined => {}
            Value::Array(array) => {
                let inner = array.elements.iter().chain(&array.rest);
                found.extend(inner.flat_map(Value::choices));
            }
            other => found.push(other),
        }
    }
    found
}

/// The model whose key a value is, the query that says so, and whether it was read from its rows.
/// What named a row of the wanted model as well is its key, whatever else it named.
fn known(
    context: &Context<'_>,
    run: &Run<'_>,
    value: &Value,
    wanted: ModelRef,
) -> Option<(ModelRef, CallId, bool)> {
    if let Some((model, call)) = read_from(context, value) {
        return Some((model, call, true));
    }
    // Two elements of one list are not told apart: `text.split(':')`.
    let one = match value {
        Value::Opaque(opaque) => !opaque.path.contains(&Step::Each(None)),
        _ => false,
    };
    if !one {
        return None;
    }
    let named: Vec<_> = run
        .facts()
        .filter_map(|fact| {
            let Fact::Truthy(Value::Opaque(opaque)) = fact else {
                return None;
            };
            match &opaque.root {
                Root::Row(row) if opaque.path.is_empty() => found_by(context, row, value),
                _ => None,
            }
        })
        .collect();
    let wanted = named.iter().find(|known| known.0 == wanted);
    wanted.or(named.first()).copied()
}

/// `prisma.user.findUnique(...).notes()`: the rows are of another model than the call says.
fn is_continued(context: &Context<'_>, call: &ClientCall) -> bool {
    let module = context.project.modules.get(call.module);
    module
        .context
        .parent(call.expression)
        .is_some_and(|parent| {
            matches!(module.facts.expression(parent), Expression::Member { property, .. }
            if !matches!(property.text.as_str(), "then" | "catch" | "finally"))
        })
}

/// `row.id`, `row.other.id`, `row.otherId`
fn read_from(context: &Context<'_>, value: &Value) -> Option<(ModelRef, CallId)> {
    let Value::Opaque(opaque) = value else {
        return None;
    };
    let Root::Row(row) = &opaque.root else {
        return None;
    };
    let call = context.project.calls.get(row.call);
    if !call.operation.gives_rows()
        || call.confidence == Confidence::Possible
        || is_continued(context, call)
    {
        return None;
    }
    let mut path = Vec::new();
    for step in &opaque.path {
        match step {
            Step::Property(name) => path.push(name.clone()),
            Step::Each(_) | Step::At(_) | Step::Converted => {}
            Step::Without(_) => return None,
        }
    }
    let (of, field) = column(context, call.model()?, &path)?;
    Some((key_of(context, of, field)?, row.call))
}

/// The model whose key a value is, because a row that is there was found by it.
fn found_by(
    context: &Context<'_>,
    row: &RowOrigin,
    value: &Value,
) -> Option<(ModelRef, CallId, bool)> {
    let call = context.project.calls.get(row.call);
    let one = matches!(
        call.operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::Update
            | Operation::Delete
    );
    if !one || call.confidence == Confidence::Possible || is_continued(context, call) {
        return None;
    }
    let model = call.model()?;
    let asked = leaves(filter_of(Some(&row.arguments))?)?;
    let mut by = asked
        .iter()
        .filter(|leaf: &&Leaf<'_>| !leaf.weak && leaf.always && leaf.value == value);
    by.find_map(|leaf| {
        let (of, field) = column(context, model, &leaf.path)?;
        Some((key_of(context, of, field)?, row.call, false))
    })
}

fn finding(context: &Context<'_>, run: &Run<'_>, fault: &Fault) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(run.query.call);
    let model = call.model().map(|model| project.schemas.model(model));
    let title = crate::rules::query::title(context, call);
    let (wanted, given) = (
        project.schemas.model(fault.wanted),
        project.schemas.model(fault.given),
    );
    let at = run
        .query
        .arguments
        .first()
        .and_then(|arguments| filter_of(Some(arguments)))
        .and_then(Value::as_object)
        .and_then(|filter| filter.entries.get(&fault.column))
        .map_or_else(
            || project.modules.at(call.module, call.name.span),
            |entry| project.modules.at(entry.module, entry.key),
        );
    let known_by = project.calls.get(fault.known_by);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "`{title}` asks for `{}` by the key of a `{}`",
            fault.column, given.name
        ),
    )
    .label(format!("holds keys of `{}`", wanted.name))
    .related(
        project.modules.at(known_by.module, known_by.name.span),
        match fault.read {
            true => format!("the value is read from here: the key of a `{}`", given.name),
            false => format!("here the same value names a `{}`", given.name),
        },
    );
    for at in run.chain.iter().rev() {
        found = found.related(
            crate::rules::query::callee_name(context, *at),
            "this call leads to it",
        );
    }
    let own = model.and_then(|model| {
        let schema = fault.given.schema;
        let mut fields = model.columns();
        fields.find(|field| {
            let of = ModelRef {
                schema,
                model: model.id,
            };
            model.is_foreign_key(field.id) && key_of(context, of, field.id) == Some(fault.given)
        })
    });
    found
        .confidence(Confidence::Certain)
        .help(match own {
            Some(field) => format!("`{}` holds that key: ask for it", field.name),
            None => format!("ask by a key of `{}`", wanted.name),
        })
        .subject(format!("query:{title} {}", fault.column))
}
