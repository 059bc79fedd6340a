//! A job that works with whatever row the client named.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{Decorator, Expression, MemberKind, ModuleFacts};
use snell_flow::{
    Entry, Root, Step, Value,
    scope::{Key, Origin, Reached, Trust, Walked, leaves, origins},
};
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind},
    module::{ClassRef, ExpressionRef},
    ownership::Ownership,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::survey::survey;
use crate::{
    functions,
    rule::{Context, Rule},
    support::unfollowed::{self, Around},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/background-job-unscoped",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A job works with the row that the client named, and nobody asks whose it is",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Calls into calls that are searched for what is handed to jobs.
const MAX_DEPTH: usize = 6;

/// What was handed on by an endpoint: one key of the payload.
struct Handed {
    /// The position of the endpoint.
    endpoint: usize,
    /// The key in the payload: `documentId`.
    name: SmolStr,
    /// What the client sent.
    key: Key,
    at: Location,
}

/// By which queue or event: the text of the decorator's argument.
type Sent = FxHashMap<SmolStr, Vec<Handed>>;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let jobs: Vec<(&Walked<'_>, &Endpoint, SmolStr)> = jobs(context).collect();
    let sent = sent(
        context,
        jobs.iter().map(|(.., name)| name.clone()).collect(),
    );
    let mut told: Vec<CallId> = Vec::new();
    let mut found = Vec::new();
    for (entered, endpoint, name) in jobs {
        let Some(handed) = sent.get(&name).filter(|handed| !handed.is_empty()) else {
            continue;
        };
        for reached in &entered.walk.queries {
            let call = reached.query.call;
            if told.contains(&call) {
                continue;
            }
            let Some((name, guarded)) = keyed_by_payload(context, endpoint, reached) else {
                continue;
            };
            if let Some(handed) = handed.iter().find(|handed| handed.name == name) {
                told.push(call);
                found.push(finding(context, endpoint, (call, guarded), handed));
            }
        }
    }
    found
}

/// What works off queues and listens to events, with the name of the queue or the event.
fn jobs<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a Walked<'a>, &'a Endpoint, SmolStr)> {
    context.walks.iter().filter_map(|entered| {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        let works = matches!(endpoint.kind, EndpointKind::Job | EndpointKind::Event);
        let name = (works && !entered.walk.cut).then(|| name_of_job(context, endpoint));
        Some((entered, endpoint, name??))
    })
}

/// The part of the payload by which alone a query names rows of an owner, and
/// where such rows are kept to theirs.
fn keyed_by_payload(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
) -> Option<(SmolStr, CallId)> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    let Ownership::Owned(_) = context.project.owners.of(model) else {
        return None;
    };
    let filter = reached
        .query
        .arguments
        .first()?
        .as_object()?
        .entries
        .get("where")?;
    let leaves = leaves(&filter.value)?;
    let [leaf] = leaves.as_slice() else {
        return None;
    };
    let Value::Opaque(opaque) = leaf.value else {
        return None;
    };
    let Root::Parameter(function, _) = &opaque.root else {
        return None;
    };
    let name = opaque.path.iter().rev().find_map(|step| match step {
        Step::Property(name) => Some(name.clone()),
        _ => None,
    })?;
    let by_key = leaf.path.len() == 1
        && context
            .project
            .schemas
            .model(model)
            .field(&leaf.path[0])
            .is_some_and(|field| context.project.schemas.model(model).is_id(field.id));
    let guarded = survey(context).evidence.guarded(model)?;
    (*function == endpoint.handler && by_key && !leaf.weak).then_some((name, guarded))
}

/// What endpoints hand to these queues and events as the client sent it.
fn sent(context: &Context<'_>, to: FxHashSet<SmolStr>) -> Sent {
    let mut sent: Sent = to.into_iter().map(|name| (name, Vec::new())).collect();
    if sent.is_empty() {
        return sent;
    }
    for (entered, walked) in context.flow.endpoints().zip(context.walks) {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        let application = functions::is_application(context.project, endpoint.module);
        if !application || !endpoint.is_open_to_every_user() || walked.walk.cut {
            continue;
        }
        let mut search = Search {
            context,
            endpoint: entered.endpoint,
            sent: &mut sent,
        };
        unfollowed::each(
            &entered.summary.events,
            MAX_DEPTH,
            &mut |at, arguments, around| {
                search.call(at, arguments, around);
            },
        );
    }
    sent
}

struct Search<'a, 's> {
    context: &'a Context<'a>,
    endpoint: usize,
    sent: &'s mut Sent,
}

impl Search<'_, '_> {
    /// `this.exports.add('pdf', { documentId })`, `this.events.emit('document.opened', { documentId })`
    fn call(&mut self, at: ExpressionRef, arguments: &[Value], around: &Around<'_, '_>) {
        let Some(name) = receiver(self.context, at) else {
            return;
        };
        let Some(sent) = self.sent.get_mut(&name) else {
            return;
        };
        let trust = Trust::of(&around.held());
        if trust.privileged || trust.opaque {
            return;
        }
        for payload in arguments.iter().filter_map(Value::as_object) {
            for (key, entry) in &payload.entries {
                if let Some(found) = as_sent(entry, &trust) {
                    let at = self.context.project.modules.at(entry.module, entry.key);
                    sent.push(Handed {
                        endpoint: self.endpoint,
                        name: key.clone(),
                        key: found,
                        at,
                    });
                }
            }
        }
    }
}

/// The client's key that an entry holds, when nothing ties it to who asks.
fn as_sent(entry: &Entry, trust: &Trust) -> Option<Key> {
    let (mut key, mut other) = (None, false);
    origins(&entry.value, &mut |origin| match origin {
        Origin::Client(sent) => {
            other |= trust.holds(&sent);
            key = Some(sent);
        }
        Origin::Constant => {}
        _ => other = true,
    });
    key.filter(|_| !other)
}

/// The queue or the event that a call hands to: the text of what names it.
fn receiver(context: &Context<'_>, at: ExpressionRef) -> Option<SmolStr> {
    let facts = context.project.modules.facts(at.module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(at.id)
    else {
        return None;
    };
    let Expression::Member {
        object, property, ..
    } = facts.expression(*callee)
    else {
        return None;
    };
    match property.text.as_str() {
        "emit" | "emitAsync" => {
            let first = arguments.first()?.value;
            text(context, facts, at, first)
        }
        "add" => {
            let Expression::Member {
                property: field, ..
            } = facts.expression(*object)
            else {
                return None;
            };
            queue_of_field(context, at, &field.text)
        }
        _ => None,
    }
}

/// The name in `@InjectQueue(NAME) private readonly field: Queue`.
fn queue_of_field(context: &Context<'_>, at: ExpressionRef, field: &str) -> Option<SmolStr> {
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let injected = facts
        .functions
        .iter()
        .flat_map(|function| &function.parameters);
    let mut parameters = injected.filter(|parameter| {
        let name = match &parameter.pattern {
            snell_extract::facts::Pattern::Binding(id) => facts.binding(*id).name.as_str(),
            _ => "",
        };
        name == field
    });
    parameters.find_map(|parameter| {
        let decorator = parameter
            .decorators
            .iter()
            .find(|one| functions::decorator_name(facts, one) == Some("InjectQueue"))?;
        argument(context, facts, at, decorator)
    })
}

/// The queue or event that a job is for.
fn name_of_job(context: &Context<'_>, endpoint: &Endpoint) -> Option<SmolStr> {
    let ClassRef { module, id } = endpoint.class?;
    let facts = context.project.modules.facts(module);
    let class = facts.class(id);
    let own = class
        .members
        .iter()
        .filter(|member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id))
        .flat_map(|member| &member.decorators)
        .find(|one| functions::decorator_name(facts, one) == Some("OnEvent"));
    let of_class = class
        .decorators
        .iter()
        .find(|one| functions::decorator_name(facts, one) == Some("Processor"));
    let at = ExpressionRef {
        module,
        id: own.or(of_class)?.expression,
    };
    argument(context, facts, at, own.or(of_class)?)
}

/// The text of a decorator's first argument, constants read.
fn argument(
    context: &Context<'_>,
    facts: &ModuleFacts,
    at: ExpressionRef,
    decorator: &Decorator,
) -> Option<SmolStr> {
    match facts.expression(decorator.expression) {
        Expression::Call { arguments, .. } => text(context, facts, at, arguments.first()?.value),
        _ => None,
    }
}

/// A string as it is; of a name, how it is written.
fn text(
    context: &Context<'_>,
    facts: &ModuleFacts,
    at: ExpressionRef,
    id: snell_extract::facts::ExpressionId,
) -> Option<SmolStr> {
    match facts.expression(id) {
        Expression::String(text) => Some(text.clone()),
        Expression::Identifier { .. } | Expression::Member { .. } => {
            let place = context.project.modules.at(at.module, facts.span(id));
            Some(context.text(place).into())
        }
        _ => None,
    }
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    (call, guarded): (CallId, CallId),
    handed: &Handed,
) -> Diagnostic {
    let project = context.project;
    let place = |call: CallId| {
        let call = project.calls.get(call);
        project.modules.at(call.module, call.name.span)
    };
    let model = project
        .calls
        .get(call)
        .model()
        .map_or("", |model| project.schemas.model(model).name.as_str());
    let from = project.endpoints.get(handed.endpoint);
    Diagnostic::at(
        &RULE.metadata,
        place(call),
        format!(
            "this job works with any user's `{model}`: `{}` is what the client sent to `{}`",
            handed.name, from.name
        ),
    )
    .label(format!("`{}` of the payload, and nothing else", handed.name))
    .related(handed.at, format!("`{}` is handed on as it was sent", handed.key.text()))
    .related(from.at, "every signed-in user gets here")
    .related(endpoint.at, "the job")
    .example(place(guarded), format!("here `{model}` is kept to its owner"))
    .confidence(Confidence::Likely)
    .help(format!(
        "look the `{model}` up together with who asks before the job is handed on, or hand the owner on and ask for it here"
    ))
    .subject(format!("job:{} query:{model}", endpoint.name))
}
