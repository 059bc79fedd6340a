//! Whether anything asks who calls for a role of theirs.

use snell_extract::facts::{BinaryOperator, Expression, ExpressionKind};
use snell_flow::{
    Fact, Value,
    scope::{Origin, asks_for_role, origins},
};
use snell_project::{
    endpoint::{Access, Endpoint},
    module::FunctionRef,
};

use super::{Written, columns::is_people, given::reads_role};
use crate::{rules::security::calls, support::rights::asks_for_right};

/// What begins the names of calls that write.
const WRITES: [&str; 8] = [
    "create", "update", "set", "assign", "add", "change", "save", "insert",
];

/// Whether something before an endpoint asks for a role, or for a secret.
pub(super) fn before(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    let restricted = access.restricted.iter();
    let mut names = restricted
        .filter(|name| !is_of_owner(access, name))
        .chain(&access.unknown)
        .chain(access.noted.iter().map(|noted| &noted.name));
    access.administrative
        || access.verified
        || !access.rights.is_empty()
        || names.any(|name| asks_for_right(name))
}

/// Whether a guard lets through whom what the client names belongs to: it asks for no role, though administrators may
/// come past it, too.
fn is_of_owner(access: &Access, name: &str) -> bool {
    let rest = name.to_ascii_lowercase().replace("owner", "");
    !access.checked.is_empty() && !access.exempt && !asks_for_right(&rest)
}

/// Whether a guard lets those through who own what a role is written in: they may decide over it, unless that is
/// themselves.
pub(super) fn of_owner(written: &Written<'_>) -> bool {
    let access = &written.endpoint.access;
    let mut guards = access.restricted.iter();
    guards.any(|name| asks_for_right(name) && is_of_owner(access, name))
        && !is_people(written.context, written.model)
}

/// Whether the way to a query asks for a role.
pub(super) fn on_the_way(written: &Written<'_>) -> bool {
    let reached = written.reached;
    let project = written.context.project;
    asks_for_role(project, &reached.facts)
        || reached.doubtful
        || reached.facts.iter().any(is_about_role)
        || functions(written)
            .into_iter()
            .any(|function| asks(written, function))
}

/// Whether a fact is about the role of a row, or of who asks.
fn is_about_role(fact: &Fact) -> bool {
    let role = |value: &Value| {
        let mut found = false;
        origins(value, &mut |origin| {
            let last = match origin {
                Origin::Identity(path) => path.last().cloned(),
                Origin::Row(_, way) => way.last(),
                _ => None,
            };
            found |= last.is_some_and(|name| asks_for_right(&name));
        });
        found
    };
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => role(value),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => role(a) || role(b),
        Fact::OneOf(groups) => groups
            .iter()
            .flat_map(|group| group.iter())
            .any(is_about_role),
    }
}

/// The functions from the endpoint to the query.
fn functions(written: &Written<'_>) -> Vec<FunctionRef> {
    let project = written.context.project;
    let call = project.calls.get(written.reached.query.call);
    let mut found = vec![written.endpoint.handler];
    let around = |at: snell_project::module::ExpressionRef| {
        let owner = project.modules.get(at.module);
        let inner = owner.context.function(at.id);
        let inner = inner.map(|id| owner.facts.outermost(id));
        inner.map(|id| snell_project::module::In {
            module: at.module,
            id,
        })
    };
    let query = snell_project::module::In {
        module: call.module,
        id: call.expression,
    };
    let trail = written.reached.trail.iter().copied();
    found.extend(trail.chain([query]).filter_map(around));
    found.sort();
    found.dedup();
    found
}

/// Whether a function compares a role, or calls what says in its name that it does.
fn asks(written: &Written<'_>, function: FunctionRef) -> bool {
    let facts = written.context.project.modules.facts(function.module);
    let span = facts.function(function.id).span;
    let compared = |id| {
        let inner = facts.span(id);
        facts
            .expressions
            .iter()
            .any(|node| inner.contains(node.span) && reads_role(facts, &node.kind))
    };
    let compares = facts.all([ExpressionKind::Binary]).any(|(_, node)| {
        span.contains(node.span)
            && match &node.kind {
                Expression::Binary {
                    operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                    left,
                    right,
                } => compared(*left) || compared(*right),
                _ => false,
            }
    });
    compares
        || calls::of_module(function.module, facts).any(|call| {
            // What leads to the query writes the role.
            let leads = written
                .reached
                .trail
                .iter()
                .any(|at| at.module == function.module && at.id == call.at);
            let lower = call.name.to_ascii_lowercase();
            let writes = WRITES.iter().any(|word| lower.starts_with(word));
            let inside = span.contains(facts.span(call.at)) && !is_new(&call) && !leads && !writes;
            let includes = call.name == "includes"
                && call
                    .arguments
                    .iter()
                    .any(|argument| compared(argument.value));
            inside && (asks_for_right(call.name) || includes)
        })
}

fn is_new(call: &calls::CallSite<'_>) -> bool {
    matches!(call.facts.expression(call.at), Expression::New { .. })
}
