//! `isolation/provider-object-unverified`

mod objects;

use rustc_hash::FxHashSet;
use snell_flow::{
    Value,
    scope::{Key, Origin, Trust, Walk, is_about_identity, origins},
};
use snell_project::{endpoint::Endpoint, module::ExpressionRef, types::Types};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use self::objects::{Act, act};
use super::doors;
use crate::{
    functions,
    rule::{Context, Rule},
    support::unfollowed::{self, Around},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/provider-object-unverified",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A payment, subscription or customer of a provider is changed by an id that the client sends",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Calls into calls that are searched for calls of providers.
const MAX_DEPTH: usize = 8;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let types = Types::new(&project.modules);
    let mut told: FxHashSet<ExpressionRef> = FxHashSet::default();
    let mut found = Vec::new();
    for (entered, walked) in context.flow.endpoints().zip(context.walks) {
        let endpoint = project.endpoints.get(entered.endpoint);
        let judged = functions::is_application(project, endpoint.module) && !walked.walk.cut;
        if !judged || !is_for_users(endpoint, &walked.walk) {
            continue;
        }
        let mut search = Search {
            context,
            types: &types,
            walk: &walked.walk,
            found: Vec::new(),
        };
        unfollowed::each(
            &entered.summary.events,
            MAX_DEPTH,
            &mut |at, arguments, around| {
                search.call(at, arguments, around);
            },
        );
        for one in search.found {
            if told.insert(one.at) {
                found.push(finding(context, endpoint, &one));
            }
        }
    }
    found
}

/// Whether every user comes to an endpoint, or everybody does, and no other system is meant.
fn is_for_users(endpoint: &Endpoint, walk: &Walk<'_>) -> bool {
    let asks_itself = endpoint.is_bare() && walk.uses_identity;
    (endpoint.is_open_to_every_user() || asks_itself || is_open(endpoint))
        && !endpoint.access.verified
        && !doors::is_of_outside(endpoint)
}

/// Whether nobody has to sign in at an endpoint.
fn is_open(endpoint: &Endpoint) -> bool {
    endpoint.kind.is_request() && doors::nothing_before(endpoint) && !doors::is_guarded(endpoint)
}

/// A call of a provider that is handed what the client sent.
struct Handed {
    at: ExpressionRef,
    act: Act,
    key: Key,
}

/// Looks for calls of providers in what an endpoint runs.
struct Search<'a> {
    context: &'a Context<'a>,
    types: &'a Types<'a>,
    walk: &'a Walk<'a>,
    found: Vec<Handed>,
}

impl Search<'_> {
    fn call(&mut self, at: ExpressionRef, arguments: &[Value], around: &Around<'_, '_>) {
        let Some((act, named)) = act(self.context.project, self.types, at, arguments) else {
            return;
        };
        if let Some(key) = as_sent(named).filter(|key| !self.is_asked_after(key, around)) {
            self.found.push(Handed { at, act, key });
        }
    }

    /// Whether something on the way asks whose it is: a look-up by what was sent, a comparison with who asks, or
    /// what is not understood.
    fn is_asked_after(&self, key: &Key, around: &Around<'_, '_>) -> bool {
        let held = around.held();
        let trust = Trust::of(&held);
        trust.privileged
            || trust.opaque
            || trust.holds(key)
            // What the provider says of the object may be compared with who asks.
            || held.iter().any(is_about_identity)
            || self.walk.queries.iter().any(|reached| {
                let mut looked_up = false;
                for argument in &reached.query.arguments {
                    origins(argument, &mut |origin| {
                        looked_up |= matches!(&origin, Origin::Client(sent) if sent.covers(key) || key.covers(sent));
                    });
                }
                looked_up
            })
    }
}

/// The client's key that a value is, when it is nothing else.
fn as_sent(value: &Value) -> Option<Key> {
    let (mut key, mut other) = (None, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(sent) => key = Some(sent),
        _ => other = true,
    });
    key.filter(|_| !other)
}

fn finding(context: &Context<'_>, endpoint: &Endpoint, one: &Handed) -> Diagnostic {
    let modules = &context.project.modules;
    let facts = modules.facts(one.at.module);
    let at = modules.at(one.at.module, facts.span(one.at.id));
    let act = &one.act;
    let who = match is_open(endpoint) {
        true => "everybody",
        false => "every user",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "{who} {} by sending its id: `{}` does not ask whose it is",
            act.does, endpoint.name
        ),
    )
    .label(format!("`{}` comes from the client", one.key.text()))
    .related(endpoint.at, format!("{who} gets here"));
    if endpoint.is_limited() {
        found = found.lowered(Severity::Medium, "only some users get here");
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "look it up among what belongs to who asks before, as in `findFirstOrThrow({{ where: {{ {}, ... }} }})`",
            act.column
        ))
        .subject(format!("endpoint:{} call:{}", endpoint.name, act.name))
}
