//! Raw SQL through a client that adds conditions to queries of models alone.

use snell_flow::{
    Value,
    scope::{Origin, Trust, origins, sets_context},
};
use snell_project::client::CallId;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::raw_owner;
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/policy-client-raw-sql",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Raw SQL goes past the policies of the client that sends it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut told: Vec<CallId> = Vec::new();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        let asked = endpoint.kind.is_request()
            && endpoint.access.restricted.is_empty()
            && !endpoint.access.administrative;
        if !asked || !functions::is_application(project, endpoint.module) {
            continue;
        }
        for reached in &entered.walk.queries {
            let call = project.calls.get(reached.query.call);
            let past = call.operation.is_raw() && call.client.is_scoping();
            if !past || told.contains(&reached.query.call) || sets_context(reached.query) {
                continue;
            }
            let trust = reached.trust();
            if trust.privileged
                || reached
                    .query
                    .arguments
                    .iter()
                    .any(|one| names_owner(one, trust))
            {
                continue;
            }
            if let Some((model, writes)) = raw_owner::owned(context, reached.query.call) {
                told.push(reached.query.call);
                let model = &project.schemas.model(model).name;
                found.push(finding(
                    context,
                    reached.query.call,
                    (model, writes),
                    endpoint.at,
                ));
            }
        }
    }
    found
}

/// Whether something in raw SQL is tied to who asks, or may be.
fn names_owner(argument: &Value, trust: &Trust) -> bool {
    let mut named = false;
    argument.visit(&mut |value| {
        let inner = value.clone();
        if let Value::Opaque(_) = &inner {
            origins(&inner, &mut |origin| {
                named |= match origin {
                    Origin::Client(key) => trust.holds(&key),
                    Origin::Constant => false,
                    _ => true,
                };
            });
        }
        named |= matches!(value, Value::Unknown);
    });
    named
}

fn finding(
    context: &Context<'_>,
    call: CallId,
    (model, writes): (&str, bool),
    endpoint: Location,
) -> Diagnostic {
    let declared = context.project.calls.get(call);
    let at = context
        .project
        .modules
        .at(declared.module, declared.name.span);
    let does = if writes { "changes" } else { "reads" };
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!("this raw SQL {does} `{model}` rows past the policies of its client"),
    )
    .label("the client adds its condition to queries of models, not to SQL")
    .related(endpoint, "the endpoint")
    .confidence(Confidence::Likely)
    .help("compare the owner's column with who asks in the SQL itself, or ask by the model")
    .subject(format!("raw:{model} {does}"))
}
