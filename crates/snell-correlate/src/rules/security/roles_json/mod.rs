//! Roles that are kept as JSON of any form.

use snell_extract::facts::{Expression, ExpressionId, ExpressionKind, ModuleFacts};
use snell_flow::scope::{Origin, origins};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{ModelRef, Schema},
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
            let decides = match decision(context, &field.name) {
                Some(Decision::Row(at)) => at,
                Some(Decision::Provider(at)) => {
                    found.extend(copy(context, (schema, declared, field), model, at));
                    continue;
                }
                None => continue,
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

/// What a guard decides by.
#[derive(Clone, Copy)]
enum Decision {
    /// What may be a row's field.
    Row(Location),
    /// What the sign-in provider says of a user: `clerkUser.publicMetadata.roles`.
    Provider(Location),
}

/// Where guards read what has the field's name. What a provider says goes before: the field is
/// a copy of it then.
fn decision(context: &Context<'_>, name: &str) -> Option<Decision> {
    let mut row = None;
    for (module, facts) in calls::modules(context) {
        for class in &facts.classes {
            if class.member("canActivate").is_none() {
                continue;
            }
            for (_, node) in facts.all([ExpressionKind::Member]) {
                let Expression::Member {
                    object, property, ..
                } = &node.kind
                else {
                    continue;
                };
                if property.text != name || !class.span.contains(node.span) {
                    continue;
                }
                let at = context.project.modules.at(module, property.span);
                if is_of_provider(facts, *object) {
                    return Some(Decision::Provider(at));
                }
                row.get_or_insert(Decision::Row(at));
            }
        }
    }
    row
}

/// Whether a value is called metadata or claims: what a provider keeps of its users.
fn is_of_provider(facts: &ModuleFacts, object: ExpressionId) -> bool {
    let name = match facts.expression(facts.unwrap_casts(object)) {
        Expression::Identifier { name, .. } => name.to_ascii_lowercase(),
        Expression::Member { property, .. } => property.text.to_ascii_lowercase(),
        _ => return false,
    };
    name.ends_with("metadata") || name.ends_with("claims")
}

/// A copy of what the provider says, which an endpoint lets people change.
fn copy(
    context: &Context<'_>,
    (schema, declared, field): (&Schema, &Model, &Field),
    model: ModelRef,
    decides: Location,
) -> Option<Diagnostic> {
    let traffic = traffic(context);
    let mut sent = traffic.sent.iter();
    let (endpoint, at) =
        sent.find_map(|sent| Some((sent.endpoint, from_client(context, sent, model, field)?)))?;
    let endpoint = context.project.endpoints.get(endpoint);
    Some(
        Diagnostic::at(
            &RULE.metadata,
            schema.field_name(field),
            format!(
                "`{}` changes `{}.{}`, a copy by which nothing is decided",
                endpoint.name, declared.name, field.name
            ),
        )
        .label("filled with what the sign-in provider says")
        .related(decides, "guards decide by what the provider says")
        .related(at, "changes the copy alone")
        .help("change it at the provider, whose webhook or the next sign-in brings the copy along; or let guards read the column")
        .lowered(Severity::Medium, "nobody gains a right by it: the change has no effect")
        .confidence(Confidence::Likely)
        .subject(format!("field:{}.{} copy", declared.name, field.name)),
    )
}

/// Where an endpoint that is not for a few writes what the client sent to the field.
fn written(context: &Context<'_>, sent: &Sent, model: ModelRef, field: &Field) -> Option<Location> {
    match sent.endpoint(context).is_open_to_every_user() {
        true => from_client(context, sent, model, field),
        false => None,
    }
}

/// Where what the client sent is written to the field.
fn from_client(
    context: &Context<'_>,
    sent: &Sent,
    model: ModelRef,
    field: &Field,
) -> Option<Location> {
    let call = context.project.calls.get(sent.call);
    if call.model() != Some(model) || !call.operation.is_write() {
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
