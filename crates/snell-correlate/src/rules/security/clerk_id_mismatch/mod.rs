//! Clerk's id where the application's own is expected, or the reverse.

use snell_extract::facts::Expression;
use snell_flow::Value;
use snell_project::client::CallId;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    keys::{Kind, Used, keys, used},
    tell,
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/clerk-id-mismatch",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "The id that Clerk gave stands where the application's own is expected, or the reverse",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let keys = keys(context);
    if !keys.people.iter().any(super::keys::Person::has_two) {
        return Vec::new();
    }
    let mut told: Vec<Location> = Vec::new();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !functions::is_application(context.project, endpoint.module) {
            continue;
        }
        for reached in &entered.walk.queries {
            let call = reached.query.call;
            let Some(model) = context.project.calls.get(call).model() else {
                continue;
            };
            let Some(arguments) = reached.query.arguments.first().and_then(Value::as_object) else {
                continue;
            };
            for part in ["where", "data", "create", "update"] {
                let Some(entry) = arguments.entries.get(part) else {
                    continue;
                };
                for one in used(context, model, &entry.value) {
                    let at = tell::entry(context, one.entry);
                    let held = keys.held(context, one.model, one.field);
                    let kind = keys.kind(context, one.entry.module, one.value);
                    if let (Some(held), Some(kind)) = (held, kind)
                        && held != kind
                        && !told.contains(&at)
                    {
                        told.push(at);
                        found.push(finding(context, call, &one, kind, endpoint.at));
                    }
                }
            }
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    call: CallId,
    one: &Used<'_>,
    kind: Kind,
    endpoint: Location,
) -> Diagnostic {
    let schema = context.project.schemas.get(one.model.schema);
    let model = context.project.schemas.model(one.model);
    let field = &schema.datamodel[one.field];
    let name = format!("{}.{}", model.name, field.name);
    let (message, label) = match kind {
        Kind::Clerks => (
            format!("`{name}` is the application's own id, and is given the one of Clerk"),
            "`user_...`: no row has it",
        ),
        Kind::Own => (
            format!("`{name}` is the id of Clerk, and is given the application's own"),
            "no `user_...`: no row has it",
        ),
    };
    let mut found = Diagnostic::at(&RULE.metadata, tell::entry(context, one.entry), message)
        .label(label)
        .related(
            schema.field_name(field),
            "both are strings, so that no compiler tells",
        );
    if let Some(at) = one.entry.at
        && matches!(
            context.project.modules.facts(at.module).expression(at.id),
            Expression::Identifier { .. }
        )
    {
        found = found.related(tell::operation(context, call), "the query");
    }
    found
        .related(endpoint, "the endpoint")
        .confidence(Confidence::Likely)
        .help(
            "look the person up by the column of Clerk's id, once, and go on with the row's own id",
        )
        .subject(format!("query:{} {name}", tell::title(context, call)))
}
