//! A condition on the owner that the client can switch off.

use snell_flow::{
    Choice, Fact, Value,
    scope::{Key, Origin, Reached, Trust, leaves, origins},
};
use snell_project::{client::CallId, endpoint::Endpoint, ownership::Ownership};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/admin-bypass-implicit",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "What the client sends decides whether the owner is asked for",
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
        let application = functions::is_application(project, endpoint.module);
        if !application || !endpoint.is_open_to_every_user() || entered.walk.cut {
            continue;
        }
        for reached in &entered.walk.queries {
            let call = reached.query.call;
            if told.contains(&call) || reached.doubtful {
                continue;
            }
            if let Some((key, at)) = switched_off(context, reached) {
                told.push(call);
                found.push(finding(context, endpoint, reached, &key, at));
            }
        }
    }
    found
}

/// What the client sends to leave the owner out of a condition, and where the
/// condition is written.
fn switched_off(context: &Context<'_>, reached: &Reached<'_>) -> Option<(Key, Option<Location>)> {
    let call = context.project.calls.get(reached.query.call);
    let owned = matches!(
        context.project.owners.of(call.model()?),
        Ownership::Owned(_)
    );
    let trust = reached.trust();
    if !owned || trust.privileged || trust.opaque || call.client.changes_queries() {
        return None;
    }
    let filter = reached
        .query
        .arguments
        .first()?
        .as_object()?
        .entries
        .get("where")?;
    let Value::OneOf(choices) = &filter.value else {
        return None;
    };
    let scoped = choices.iter().any(|choice| is_scoped(choice, trust));
    let key = choices
        .iter()
        .filter(|choice| !is_scoped(choice, trust) && leaves(&choice.value).is_some())
        .find_map(|choice| decided_by_client(&choice.facts))?;
    let at = filter.at.map(|at| context.project.modules.location(at));
    scoped.then_some((key, at))
}

fn is_scoped(choice: &Choice, trust: &Trust) -> bool {
    leaves(&choice.value).is_some_and(|leaves| {
        leaves
            .iter()
            .any(|leaf| !leaf.weak && trust.is_trusted(leaf.value))
    })
}

/// What the client sent, when a choice depends on that and on nothing else.
fn decided_by_client(facts: &[Fact]) -> Option<Key> {
    let (mut key, mut other) = (None, false);
    for fact in facts {
        let mut look = |value: &Value| {
            origins(value, &mut |origin| match origin {
                Origin::Client(sent) => key = Some(sent),
                Origin::Constant => {}
                _ => other = true,
            });
        };
        match fact {
            Fact::Truthy(value) | Fact::Falsy(value) => look(value),
            Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
                look(a);
                look(b);
            }
            Fact::OneOf(_) => other = true,
        }
    }
    key.filter(|_| !other)
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    key: &Key,
    at: Option<Location>,
) -> Diagnostic {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model().map_or("", |model| {
        context.project.schemas.model(model).name.as_str()
    });
    let place = context.project.modules.at(call.module, call.name.span);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place,
        format!(
            "`{}` reaches every user's `{model}` when the client says so in `{}`",
            endpoint.name,
            key.text()
        ),
    )
    .label("on one way the owner is not asked for")
    .related(endpoint.at, "every signed-in user gets here");
    if let Some(at) = at {
        found = found.related(at, "what was sent decides");
    }
    found
        .confidence(Confidence::Likely)
        .help("let the role of who asks decide: ask for it before the owner is left out")
        .subject(format!(
            "endpoint:{} query:{model}.{}",
            endpoint.name,
            call.operation.as_str()
        ))
}
