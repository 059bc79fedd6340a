//! `isolation/undefined-filter`

mod claims;
mod nullable;
mod sent;
mod unset;
mod written;

use snell_extract::facts::Pattern;
use snell_flow::{Entry, Fact, ObjectValue, QueryEvent, Root, Step, Value};
use snell_prisma::Model;
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{declared, queries},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/undefined-filter",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A key that may be `undefined` drops its condition",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let queries = context.flow.queries();
    let mut found: Vec<Diagnostic> = queries
        .filter_map(|event| {
            finding(context, &event)
                .or_else(|| written::finding(context, &event))
                .or_else(|| nullable::finding(context, &event))
        })
        .collect();
    for finding in unset::findings(context)
        .into_iter()
        .chain(sent::findings(context))
        .chain(claims::findings(context))
    {
        let at = finding.primary().at;
        if found.iter().all(|known| known.primary().at != at) {
            found.push(finding);
        }
    }
    found
}

fn finding(context: &Context<'_>, event: &QueryEvent<'_>) -> Option<Diagnostic> {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let reference = call.model()?;
    let reads = matches!(
        call.operation,
        Operation::FindFirst | Operation::FindFirstOrThrow
    );
    let writes = matches!(
        call.operation,
        Operation::DeleteMany | Operation::UpdateMany
    );
    if !(reads || writes)
        || call.client.changes_queries()
        || !functions::is_application(project, call.module)
        || refuses_undefined(context, reference)
    {
        return None;
    }
    let model = project.schemas.model(reference);
    let arguments = event.query.arguments.first()?.as_object()?;
    let filter = arguments.entries.get("where")?.value.as_object()?;
    if !filter.spreads.is_empty() {
        return None;
    }
    let open: Vec<(&str, &Entry)> = filter
        .entries
        .iter()
        // `...(key ? { key } : {})` says that the condition may be left out.
        .filter(|(_, entry)| entry.always && may_be_missing(context, event, &entry.value))
        .map(|(name, entry)| (name.as_str(), entry))
        .collect();
    let keys: Vec<&(&str, &Entry)> = open
        .iter()
        .filter(|(name, _)| names_rows(model, name))
        .collect();
    // One of several keys may be given: which is the caller's choice.
    let [(name, entry)] = keys.as_slice() else {
        return None;
    };
    if open.len() > 1 && reads || others_name_rows(model, filter, &open) {
        return None;
    }
    let operation = call.operation.as_str();
    let title = format!("{}.{operation}", model.accessor);
    let does = match (call.operation, reads) {
        (_, true) => "finds any row",
        (Operation::DeleteMany, _) => "deletes all rows",
        _ => "changes all rows",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(entry.module, entry.key),
        format!("`{title}` {does} when `{name}` is `undefined`"),
    )
    .label("may be `undefined`, and then this condition is gone")
    .related(project.modules.at(call.module, call.name.span), "the query");
    if filter.entries.len() > 1 {
        found = found.lowered(Severity::Medium, "the other conditions still hold");
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help(format!(
                "stop when `{name}` is missing, before the query (or turn on `strictUndefinedChecks`)"
            ))
            .subject(format!(
                "query:{} {title} {name}",
                functions::name(project, event.function)
            )),
    )
}

/// Whether the client refuses `undefined`: the preview feature is on.
fn refuses_undefined(context: &Context<'_>, model: snell_project::schema::ModelRef) -> bool {
    queries::previews(context, model, "strictUndefinedChecks")
}

/// Whether a field names rows: a key, a unique, a foreign key.
fn names_rows(model: &Model, name: &str) -> bool {
    model.field(name).is_some_and(|field| {
        model.is_id(field.id) || model.is_unique(field.id) || model.is_foreign_key(field.id)
    })
}

/// Whether another condition says whose rows, or which, are meant whatever happens.
fn others_name_rows(model: &Model, filter: &ObjectValue, open: &[(&str, &Entry)]) -> bool {
    filter.entries.iter().any(|(name, entry)| {
        entry.always && names_rows(model, name) && open.iter().all(|(other, _)| other != name)
    })
}

/// Whether a value is an optional parameter, or an optional property of one,
/// and nothing before the query asks whether it is there.
fn may_be_missing(context: &Context<'_>, event: &QueryEvent<'_>, value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    let Root::Parameter(function, index) = opaque.root else {
        return false;
    };
    let plain = opaque
        .path
        .iter()
        .all(|step| matches!(step, Step::Property(_)));
    let asked = event.event.facts.iter().any(|fact| match fact {
        Fact::Truthy(known) | Fact::Falsy(known) => known == value,
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => a == value || b == value,
        Fact::OneOf(_) => false,
    });
    if !plain || asked {
        return false;
    }
    let defaulted = functions::declared(context.project, function)
        .and_then(|declared| declared.parameters.get(index as usize))
        .is_none_or(|parameter| matches!(parameter.pattern, Pattern::Default { .. }));
    let Some(said) = declared::value(context, None, opaque) else {
        return false;
    };
    let facts = context.project.modules.facts(said.module);
    let required = said.decorators.iter().any(|decorator| {
        functions::decorator_name(facts, decorator)
            .is_some_and(|name| matches!(name, "IsDefined" | "IsNotEmpty" | "IsUUID" | "IsMongoId"))
    });
    let optional = said
        .decorators
        .iter()
        .any(|decorator| functions::decorator_name(facts, decorator) == Some("IsOptional"));
    said.optional && !defaulted && (!required || optional)
}
