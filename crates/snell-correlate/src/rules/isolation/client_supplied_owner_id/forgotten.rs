//! Guards that verify a token and keep nothing of whose it is: behind them the client alone can say
//! whose rows are meant.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    Class, Expression, ExpressionId, ExpressionKind, FunctionBody, MemberKind, ModuleFacts,
    Pattern, Statement, StatementNode,
    walk::{Visitor, walk_block, walk_statement},
};
use snell_flow::{
    Value,
    scope::{Origin, Reached, leaves, origins},
};
use snell_project::{client::CallId, endpoint::Given};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::RULE;
use crate::{functions, rule::Context, rules::isolation::people};

/// What ends the names of columns that hold whose a row is, in letters alone.
const OWNERS: [&str; 6] = [
    "userid",
    "ownerid",
    "accountid",
    "authorid",
    "createdby",
    "createdbyid",
];

/// A guard that forgets who sent the token.
struct Guard {
    name: SmolStr,
    /// Where it verifies the token.
    verifies: Location,
}

/// The queries behind such a guard whose rows are those of whom the client names.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(guard) = guard(context) else {
        return Vec::new();
    };
    let project = context.project;
    // Where a handler is told who asks, something else keeps it.
    let known = context.walks.iter().any(|walked| {
        let endpoint = project.endpoints.get(walked.endpoint);
        endpoint.class.is_some()
            && endpoint.kind.is_request()
            && (endpoint.parameters.contains(&Given::Identity)
                || walked.walk.uses_identity
                || walked.walk.mentions_identity)
    });
    if known {
        return Vec::new();
    }
    let mut seen: FxHashSet<CallId> = FxHashSet::default();
    let mut found = Vec::new();
    for walked in context.walks {
        let endpoint = project.endpoints.get(walked.endpoint);
        let open = endpoint.class.is_some()
            && endpoint.access.restricted.is_empty()
            && endpoint.is_open_to_every_user()
            && functions::is_application(project, endpoint.module)
            && !walked.walk.doubtful
            && !walked.walk.cut;
        if !open {
            continue;
        }
        for reached in &walked.walk.queries {
            let Some(column) = owner(context, reached).filter(|_| !reached.doubtful) else {
                continue;
            };
            if seen.insert(reached.query.call) {
                found.push(told(
                    context,
                    &guard,
                    (endpoint, reached.query.call),
                    &column,
                ));
            }
        }
    }
    found
}

fn told(
    context: &Context<'_>,
    guard: &Guard,
    (endpoint, query): (&snell_project::endpoint::Endpoint, CallId),
    column: &str,
) -> Diagnostic {
    let call = context.project.calls.get(query);
    let at = context.project.modules.at(call.module, call.name.span);
    let model = call
        .model()
        .map(|model| context.project.schemas.model(model));
    let model = model.map_or("", |model| model.name.as_str());
    let goes = match call.operation.is_create() {
        true => "writes",
        false => "goes by",
    };
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "`{}` {goes} the `{column}` of `{model}` that the client names: `{}` forgets whose the token is",
            endpoint.name, guard.name
        ),
    )
    .label("whoever is signed in may name anybody")
    .related(endpoint.at, "every signed-in user gets here")
    .related(guard.verifies, "verifies the token, and keeps nothing of whose it is")
    .lowered(
        Severity::High,
        "who asks is known nowhere, so no query shows how it should be",
    )
    .confidence(Confidence::Likely)
    .help("keep what the token says (`request.user = ...`) and take whose rows are meant from there")
    .subject(format!("query:{} column:{column}", endpoint.name))
}

/// The owner's column that a query goes by, or writes, as the client sent it.
fn owner(context: &Context<'_>, reached: &Reached<'_>) -> Option<SmolStr> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    if people::is_identity(context, model) {
        return None;
    }
    let arguments = reached.query.arguments.first()?.as_object()?;
    let trust = reached.trust();
    let is_sent = |value: &Value| {
        let (mut sent, mut other) = (false, false);
        origins(value, &mut |origin| match origin {
            Origin::Client(key) => sent |= !trust.holds(&key) && key.part != "headers",
            _ => other = true,
        });
        sent && !other
    };
    let named = |name: &SmolStr| {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        let plain = letters.collect::<String>().to_ascii_lowercase();
        OWNERS.iter().any(|owner| plain.ends_with(owner))
    };
    if let Some(data) = arguments
        .entries
        .get("data")
        .filter(|_| call.operation.is_create())
    {
        let mut written = data.value.as_object()?.entries.iter();
        let (name, _) = written.find(|(name, entry)| named(name) && is_sent(&entry.value))?;
        return Some(name.clone());
    }
    let leaves = leaves(&arguments.entries.get("where")?.value)?;
    let leaf = leaves
        .iter()
        .find(|leaf| !leaf.negated && leaf.path.last().is_some_and(named) && is_sent(leaf.value))?;
    leaf.path.last().cloned()
}

/// The guard that forgets, where no other class of the workspace may sign in.
fn guard(context: &Context<'_>) -> Option<Guard> {
    let mut found = None;
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) {
            continue;
        }
        let facts = &owner.facts;
        let passport = facts
            .imports
            .iter()
            .any(|import| import.source.text.contains("passport"));
        if passport {
            return None;
        }
        for class in &facts.classes {
            let before = ["canActivate", "use", "intercept", "handleRequest"];
            let Some(name) = class.name.as_ref() else {
                continue;
            };
            if before.iter().any(|name| class.member(name).is_some())
                && leaves_a_trace(facts, class)
            {
                return None;
            }
            if let Some(at) = verifies(facts, class).filter(|_| class.extends.is_none()) {
                found = found.or(Some(Guard {
                    name: name.text.clone(),
                    verifies: context.project.modules.at(module, facts.span(at)),
                }));
            }
        }
    }
    found
}

/// Whether a class assigns anything to something that is handed to it.
fn leaves_a_trace(facts: &ModuleFacts, class: &Class) -> bool {
    class.extends.is_some()
        || facts.all([ExpressionKind::Assign]).any(|(_, node)| {
            let Expression::Assign { target, .. } = &node.kind else {
                return false;
            };
            let Pattern::Expression(place) = **target else {
                return false;
            };
            class.span.contains(node.span)
                && matches!(
                    facts.expression(place),
                    Expression::Member { .. } | Expression::Index { .. }
                )
        })
}

/// The call of a guard that verifies a token as a statement of its own: what it gives is dropped.
fn verifies(facts: &ModuleFacts, class: &Class) -> Option<ExpressionId> {
    struct Dropped {
        call: Option<ExpressionId>,
    }

    impl Visitor for Dropped {
        fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
            if let Statement::Expression(value) = &statement.kind {
                let mut value = facts.unwrap_casts(*value);
                if let Expression::Await(inner) = facts.expression(value) {
                    value = *inner;
                }
                if is_verification(facts, value) {
                    self.call.get_or_insert(value);
                }
            }
            walk_statement(self, facts, statement);
        }
    }

    let MemberKind::Method(method) = class.member("canActivate")?.kind else {
        return None;
    };
    let FunctionBody::Block(block) = &facts.function(method).body else {
        return None;
    };
    let mut dropped = Dropped { call: None };
    walk_block(&mut dropped, facts, block);
    let span = facts.function(method).span;
    let all = facts
        .all([ExpressionKind::Call])
        .filter(|(id, node)| span.contains(node.span) && is_verification(facts, *id));
    // Another one may give what is kept.
    dropped.call.filter(|_| all.count() == 1)
}

/// `jwt.verify(token, secret)`, `client.verifyToken(token)`
fn is_verification(facts: &ModuleFacts, id: ExpressionId) -> bool {
    let Expression::Call { callee, .. } = facts.expression(id) else {
        return false;
    };
    let name = match facts.expression(*callee) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    matches!(
        name.to_ascii_lowercase().as_str(),
        "verify" | "verifyasync" | "verifytoken" | "verifyidtoken" | "verifyjwt" | "verifysession"
    )
}
