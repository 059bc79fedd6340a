//! Events that fail when they come a second time.

use snell_flow::{
    Fact, Opaque, Root, Step, Value,
    scope::{Origin, origins},
};
use snell_prisma::Field;
use snell_project::{
    client::{CallId, Operation},
    endpoint::EndpointKind,
    module::{ExpressionRef, In},
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
        name: "security/webhook-not-idempotent",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A webhook fails when its event comes a second time",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for sent in &traffic(context).sent {
        let endpoint = sent.endpoint(context);
        let name = endpoint.name.to_ascii_lowercase();
        let of_system = endpoint.kind == EndpointKind::Http
            && name.starts_with("post ")
            && name.contains("webhook")
            && !name.contains(':')
            && (endpoint.access.public.is_some() || !endpoint.access.authenticated);
        if !of_system || context.project.calls.get(sent.call).operation != Operation::Create {
            continue;
        }
        if let Some((model, field, at)) = again(context, sent)
            && found.iter().all(|known| known.primary().at != at)
        {
            found.push(finding(context, sent, (model, field), at));
        }
    }
    found
}

/// The unique field that is filled with a key of the event, when nothing
/// before the query asks whether the row is there, and nothing catches.
fn again<'a>(context: &Context<'a>, sent: &Sent) -> Option<(ModelRef, &'a Field, Location)> {
    let call = context.project.calls.get(sent.call);
    let model = call.model()?;
    let declared = context.project.schemas.model(model);
    let data = sent.arguments.as_object()?.entries.get("data")?;
    let data = data.value.as_object()?;
    let (field, entry) = data.entries.iter().find_map(|(name, entry)| {
        let field = declared.field(name)?;
        let key = declared.is_id(field.id) || declared.is_unique(field.id);
        (key && is_key_of_event(&entry.value)).then_some((field, entry))
    })?;
    let looked_up = sent.facts.iter().any(speaks_of_row);
    if looked_up || is_caught(context, sent.call, &sent.trail) {
        return None;
    }
    Some((model, field, tell::entry(context, entry)))
}

/// `event.data.id`
fn is_key_of_event(value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    let Opaque { root, path } = &**opaque;
    let sent = matches!(
        root,
        Root::Result(_) | Root::ClientInput(..) | Root::Derived(_)
    );
    let named = path.iter().rev().find_map(|step| match step {
        Step::Property(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    });
    sent && named.is_some_and(|name| name == "id" || name.ends_with("id") || name.ends_with("_id"))
}

fn speaks_of_row(fact: &Fact) -> bool {
    let of_row = |value: &Value| {
        let mut found = false;
        origins(value, &mut |origin| {
            found |= matches!(origin, Origin::Row(..))
        });
        found
    };
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => of_row(value),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => of_row(a) || of_row(b),
        Fact::OneOf(groups) => groups.iter().any(|group| group.iter().any(speaks_of_row)),
    }
}

/// Whether a function on the way catches what fails, or knows the error's code.
pub(super) fn is_caught(context: &Context<'_>, call: CallId, trail: &[ExpressionRef]) -> bool {
    let project = context.project;
    let call = project.calls.get(call);
    let own = In {
        module: call.module,
        id: call.expression,
    };
    trail.iter().chain([&own]).any(|at| {
        let found = project.modules.get(at.module);
        let inner = found.context.function(at.id);
        let inner = inner.map(|id| found.facts.outermost(id));
        calls::mentions(context, at.module, &["P2002"])
            || inner.is_some_and(|id| {
                let span = found.facts.function(id).span;
                context
                    .text(project.modules.at(at.module, span))
                    .contains("catch")
            })
    })
}

fn finding(
    context: &Context<'_>,
    sent: &Sent,
    (model, field): (ModelRef, &Field),
    at: Location,
) -> Diagnostic {
    let title = tell::title(context, sent.call);
    let schema = context.project.schemas.get(model.schema);
    let finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{title}` fails when the event comes a second time"),
    )
    .label("the same key again: P2002, an error for the sender, and the event comes a third time")
    .related(schema.field_name(field), "one row for each key");
    tell::way(
        finding,
        context,
        sent,
        "events come here, at least once each",
    )
    .confidence(Confidence::Likely)
    .help("use `upsert` by this key, or remember which deliveries were handled")
    .subject(format!("query:{title} {}", sent.endpoint(context).name))
}
