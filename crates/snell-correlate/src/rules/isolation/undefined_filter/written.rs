//! `undefined` that is written out where a condition stands: `{ not: undefined }`, `id: undefined`.

use snell_extract::facts::Expression;
use snell_flow::{Entry, ObjectValue, QueryEvent, Value};
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Severity};

use super::{RULE, names_rows, others_name_rows, refuses_undefined};
use crate::{functions, rule::Context};

/// Conditions inside conditions that are looked into.
const DEPTH: u32 = 5;

/// A condition that is none.
struct Nothing<'v> {
    /// The column, and the operator where there is one.
    column: &'v str,
    operator: Option<&'v str>,
    entry: &'v Entry,
}

pub(super) fn finding(context: &Context<'_>, event: &QueryEvent<'_>) -> Option<Diagnostic> {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let reference = call.model()?;
    if call.client.changes_queries()
        || !functions::is_application(project, call.module)
        || refuses_undefined(context, reference)
    {
        return None;
    }
    let model = project.schemas.model(reference);
    let arguments = event.query.arguments.first()?.as_object()?;
    let filter = arguments.entries.get("where")?.value.as_object()?;
    let nothing = within(context, filter, None, DEPTH)?;
    // What is written out as a whole, and is no key, may be left so on purpose.
    if nothing.operator.is_none() && !names_rows(model, nothing.column) {
        return None;
    }
    let title = format!("{}.{}", model.accessor, call.operation.as_str());
    let (column, entry) = (nothing.column, nothing.entry);
    let written = match nothing.operator {
        Some(operator) => format!("`{column}: {{ {operator}: undefined }}`"),
        None => format!("`{column}: undefined`"),
    };
    let help = match nothing.operator {
        Some("not") => format!("write `{column}: {{ not: null }}` for the rows that have a value"),
        _ => format!("compare `{column}` with a value, or leave the condition out"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(entry.module, entry.key),
        format!("{written} is no condition: `{title}` goes on without it"),
    )
    .label("the client drops what is `undefined`")
    .related(project.modules.at(call.module, call.name.span), "the query");
    let sweeps = matches!(
        call.operation,
        Operation::DeleteMany | Operation::UpdateMany
    );
    let open = [(column, entry)];
    if !sweeps {
        found = found.lowered(Severity::Medium, "it reads, and changes nothing");
    } else if filter.entries.len() > 1 || others_name_rows(model, filter, &open) {
        found = found.lowered(Severity::Medium, "the other conditions still hold");
    }
    Some(
        found
            .confidence(Confidence::Certain)
            .help(help)
            .subject(format!(
                "query:{} {title} {column} undefined",
                functions::name(project, event.function)
            )),
    )
}

/// The first of them; `column` is the one whose operators an object holds.
fn within<'v>(
    context: &Context<'_>,
    object: &'v ObjectValue,
    column: Option<&'v str>,
    depth: u32,
) -> Option<Nothing<'v>> {
    let depth = depth.checked_sub(1)?;
    object
        .entries
        .iter()
        .find_map(|(key, entry)| match &entry.value {
            Value::Undefined if is_written_out(context, entry) => Some(match column {
                Some(column) => Nothing {
                    column,
                    operator: Some(key),
                    entry,
                },
                None => Nothing {
                    column: key,
                    operator: None,
                    entry,
                },
            }),
            Value::Object(inner) => {
                let groups = ["AND", "OR", "NOT", "is", "isNot", "some", "every", "none"];
                let column = (!groups.contains(&key.as_str())).then_some(key.as_str());
                within(context, inner, column, depth)
            }
            Value::Array(list) => {
                let mut objects = list.elements.iter().filter_map(Value::as_object);
                objects.find_map(|inner| within(context, inner, None, depth))
            }
            _ => None,
        })
}

/// Whether `undefined` stands there itself: a name that holds it may hold something else elsewhere.
fn is_written_out(context: &Context<'_>, entry: &Entry) -> bool {
    entry.always
        && entry.at.is_some_and(|at| {
            let facts = context.project.modules.facts(at.module);
            *facts.expression(facts.unwrap_casts(at.id)) == Expression::Undefined
        })
}
