//! A value of its own for each element of a list that has no end.

use snell_flow::{QueryEvent, Root, SqlJoin, SqlPart, Step, Value};
use snell_project::client::{CallId, ClientCall, Operation};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{repeated, shape, unbounded_find_many, written};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{growth::Growths, queries},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/parameter-limit",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A query may have more parameters than the server takes",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let growths = Growths::shared(context);
    queries::application(context)
        .filter(|(call, _)| functions::is_application(context.project, call.module))
        .filter_map(|(call, event)| {
            let listed = match call.operation.is_raw() {
                true => joined(context, &event),
                false => excluded(context, &event),
            }?;
            finding(context, call, &event, &listed, &growths)
        })
        .collect()
}

/// A list that becomes parameters.
struct Listed {
    list: Value,
    at: Location,
    form: Form,
}

enum Form {
    /// `Prisma.join(ids)`: the whole list could be one parameter. Of rows of a
    /// `VALUES` it could not.
    Join { values: bool, instead: String },
    /// `notIn`: Prisma splits the lists of `in`, but cannot split these.
    NotIn(String),
}

/// `Prisma.join(list)` in the text of a raw query.
fn joined(context: &Context<'_>, event: &QueryEvent<'_>) -> Option<Listed> {
    let Value::Sql(parts) = event.query.arguments.first()? else {
        return None;
    };
    let (before, join) = join_of(parts)?;
    let values = matches!(&join.list, Value::Array(array)
        if array.rest.as_ref().is_some_and(|rest| matches!(rest, Value::Sql(_))));
    let list = written::expression(context, join.at).unwrap_or_else(|| "list".to_owned());
    // `x NOT IN (...)` differs from each of them.
    let negated = before.trim_end().to_ascii_lowercase().ends_with("not in (");
    let instead = match negated {
        true => format!("<> ALL(${{{list}}})"),
        false => format!("= ANY(${{{list}}})"),
    };
    Some(Listed {
        list: join.list.clone(),
        at: context.project.modules.location(join.at),
        form: Form::Join { values, instead },
    })
}

/// A `Prisma.join`, and the text before it.
fn join_of(parts: &[SqlPart]) -> Option<(&str, &SqlJoin)> {
    let mut before = "";
    parts.iter().find_map(|part| match part {
        SqlPart::Text { text, .. } => {
            before = text;
            None
        }
        SqlPart::Join(join) => Some((before, &**join)),
        SqlPart::Value(Value::Sql(inner), _) => join_of(inner),
        _ => None,
    })
}

/// `{ id: { notIn: list } }` in a condition, `AND` and `OR` included.
fn excluded(context: &Context<'_>, event: &QueryEvent<'_>) -> Option<Listed> {
    let arguments = event.query.arguments.first()?.as_object()?;
    let filter = &arguments.entries.get("where")?.value;
    let mut found = None;
    filter.visit(&mut |part| {
        let Some(object) = part.as_object() else {
            return;
        };
        for (key, entry) in &object.entries {
            let listed = entry
                .value
                .as_object()
                .and_then(|inner| inner.entries.get("notIn"));
            if let Some(listed) = listed.filter(|_| found.is_none()) {
                found = Some(Listed {
                    list: listed.value.clone(),
                    at: context.project.modules.at(listed.module, listed.key),
                    form: Form::NotIn(key.to_string()),
                });
            }
        }
    });
    found
}

/// Whether the query runs in a loop, or its function cuts lists: what is
/// handed over may be a part of the list.
fn takes_parts(context: &Context<'_>, event: &QueryEvent<'_>) -> bool {
    let Some(declared) = functions::declared(context.project, event.function) else {
        return true;
    };
    let at = context
        .project
        .modules
        .at(event.function.module, declared.span);
    let text = context.text(at).to_ascii_lowercase();
    !event.event.loops.is_empty()
        || ["slice(", "splice(", "chunk", "batch"]
            .iter()
            .any(|word| text.contains(word))
}

/// The query that gave the elements of a list, all rows of a table.
fn source<'v>(context: &Context<'_>, list: &'v Value) -> Option<(CallId, &'v Value)> {
    match list {
        Value::Array(array) => {
            let mut rest = array.rest.as_ref()?;
            if let Value::Sql(parts) = rest {
                rest = parts.iter().find_map(|part| match part {
                    SqlPart::Value(value, _) => Some(value),
                    _ => None,
                })?;
            }
            source(context, rest)
        }
        Value::Opaque(opaque) => {
            let Root::Row(row) = &opaque.root else {
                return None;
            };
            let many = context.project.calls.get(row.call).operation == Operation::FindMany;
            // A list of lists, or one that was worked on, may be a part of it.
            let elements = opaque
                .path
                .iter()
                .filter(|step| matches!(step, Step::Each(_)))
                .count();
            (many && elements <= 1).then_some((row.call, &row.arguments))
        }
        _ => None,
    }
}

fn finding(
    context: &Context<'_>,
    call: &ClientCall,
    event: &QueryEvent<'_>,
    listed: &Listed,
    growths: &Growths,
) -> Option<Diagnostic> {
    let project = context.project;
    let (from, arguments) = source(context, &listed.list)?;
    if takes_parts(context, event) {
        return None;
    }
    let read = project.calls.get(from);
    let reference = read.model()?;
    let made_at = growths.of_model(reference).made_by_people_at()?;
    let model = project.schemas.model(reference);
    let unlimited = match arguments {
        Value::Undefined => true,
        Value::Object(arguments) => {
            let bounded = ["take", "cursor", "distinct"]
                .iter()
                .any(|key| shape::has(arguments, key));
            !bounded
                && arguments
                    .entries
                    .get("where")
                    .is_none_or(|filter| unbounded_find_many::is_wide(&filter.value, model))
        }
        _ => false,
    };
    if !unlimited {
        return None;
    }
    let title = repeated::title(context, call);
    let (label, help) = match &listed.form {
        Form::Join {
            values: false,
            instead,
        } => (
            "a parameter for each element",
            format!("hand the list over as one parameter: `{instead}`"),
        ),
        Form::Join { values: true, .. } => (
            "parameters for each row",
            "hand over one list for each column: `SELECT * FROM unnest(...)`".to_owned(),
        ),
        Form::NotIn(key) => (
            "a parameter for each element, and Prisma cannot split the query at a negation",
            format!(
                "let the database find them: a relation filter (`none: {{}}`, `is: null`) in place of `{key}: {{ notIn: ... }}`"
            ),
        ),
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            listed.at,
            format!(
                "`{title}` has a parameter for every row of `{}`: no more than 32767 are taken",
                model.name
            ),
        )
        .label(label)
        .related(
            project.modules.at(read.module, read.name.span),
            "the list: all rows",
        )
        .related(made_at, "the application adds rows here")
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!(
            "query:{} {title}",
            functions::name(project, event.function)
        )),
    )
}
