//! Roles that are kept as JSON of any form.

use snell_flow::scope::{Origin, origins};
use snell_prisma::{Field, ScalarType};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    calls, tell,
    traffic::{Sent, traffic},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/roles-json",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Roles are kept as JSON that nothing checks",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

const NAMES: [&str; 5] = ["role", "roles", "permissions", "scopes", "privileges"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (model, schema, declared) in context.project.schemas.models() {
        let identity = matches!(
            context.project.owners.of(model),
            Ownership::Root(RootKind::Identity)
        );
        if !identity {
            continue;
        }
        let kept = declared.columns().filter(|field| {
            field.scalar() == Some(ScalarType::Json) && NAMES.contains(&field.name.as_str())
        });
        for field in kept {
            // Only what decides is told.
            let Some(decides) = decision(context, &field.name) else {
                continue;
            };
            let mut finding = Diagnostic::at(
                &RULE.metadata,
                schema.field_name(field),
                format!(
                    "`{}.{}` decides what somebody may do, and takes any JSON",
                    declared.name, field.name
                ),
            )
            .label("no enum, no check: a typo is a role, and a text is a list of letters")
            .related(decides, "decides by it");
            let open = traffic(context)
                .sent
                .iter()
                .find_map(|sent| Some((sent.endpoint, written(context, sent, model, field)?)));
            finding = match open {
                Some((endpoint, at)) => finding
                    .related(at, "written as the client sends it")
                    .related(
                        context.project.endpoints.get(endpoint).at,
                        "no role is asked for here",
                    ),
                None => finding.lowered(
                    Severity::Medium,
                    "no endpoint is seen that lets users write it",
                ),
            };
            found.push(
                finding
                    .confidence(Confidence::Likely)
                    .help("use an enum, or a list of one: `roles Role[] @default([USER])`")
                    .subject(format!("field:{}.{}", declared.name, field.name)),
            );
        }
    }
    found
}

/// Where a guard reads the field.
fn decision(context: &Context<'_>, name: &str) -> Option<Location> {
    use snell_extract::facts::Expression;
    calls::modules(context).find_map(|(module, facts)| {
        let guards = facts
            .classes
            .iter()
            .filter(|class| class.member("canActivate").is_some());
        guards.into_iter().find_map(|class| {
            let read = facts.expressions.iter().find_map(|node| match &node.kind {
                Expression::Member { property, .. }
                    if property.text == name && class.span.contains(node.span) =>
                {
                    Some(property.span)
                }
                _ => None,
            })?;
            Some(context.project.modules.at(module, read))
        })
    })
}

/// Where an endpoint that is not for a few writes what the client sent to the field.
fn written(context: &Context<'_>, sent: &Sent, model: ModelRef, field: &Field) -> Option<Location> {
    let call = context.project.calls.get(sent.call);
    if call.model() != Some(model)
        || !call.operation.is_write()
        || !sent.endpoint(context).is_open_to_every_user()
    {
        return None;
    }
    let arguments = sent.arguments.as_object()?;
    ["data", "update", "create"].iter().find_map(|key| {
        let data = arguments.entries.get(*key)?.value.as_object()?;
        let entry = data.entries.get(&field.name)?;
        let mut client = false;
        origins(&entry.value, &mut |origin| {
            client |= matches!(origin, Origin::Client(_));
        });
        client.then(|| tell::entry(context, entry))
    })
}
