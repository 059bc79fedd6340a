//! What keeps rows from being made again, and which values stand for one owner.

use snell_extract::facts::Expression;
use snell_flow::{Fact, Opaque, Root, Step, Value};
use snell_project::client::ClientCall;

use super::{Guard, runs::Run};
use crate::{rule::Context, support::order::Place};

/// Whether a look at what is there comes before, or a `catch` after.
pub(super) fn checked(context: &Context<'_>, call: &ClientCall, run: &Run<'_>) -> Guard {
    if run.facts.iter().any(|fact| speaks_of_rows(fact)) {
        return Guard::Checked;
    }
    let module = context.project.modules.get(call.module);
    let facts = &module.facts;
    let function = module.context.function(call.expression);
    let place = Place::of(facts, function, facts.span(call.expression));
    let tried = place.tries().next().is_some() && !run.loops.is_empty();
    let caught = module.context.parent(call.expression).is_some_and(|parent| {
        matches!(facts.expression(parent), Expression::Member { property, .. } if property.text == "catch")
    });
    if tried || caught {
        Guard::Checked
    } else {
        Guard::None
    }
}

/// Whether a fact is about what a query gave back.
fn speaks_of_rows(fact: &Fact) -> bool {
    let of_row = |value: &Value| {
        let mut found = false;
        value.visit(&mut |part| {
            found |= matches!(part, Value::Opaque(opaque) if matches!(opaque.root, Root::Row(_)));
        });
        found
    };
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => of_row(value),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => of_row(a) || of_row(b),
        Fact::OneOf(groups) => groups
            .iter()
            .flat_map(|group| group.iter())
            .any(speaks_of_rows),
    }
}

/// Whether a value is one and the same whenever it is met: a constant, a row that is written once.
pub(super) fn is_settled(value: &Value) -> bool {
    match value {
        Value::Literal(_) => true,
        Value::Opaque(opaque) => {
            let turns = |step: &Step| matches!(step, Step::Each(_) | Step::At(_));
            matches!(opaque.root, Root::Row(_)) && !opaque.path.iter().any(turns)
        }
        _ => false,
    }
}

/// The value without the way that leads to its key: `user.id` and `user` are one owner.
pub(super) fn owner_of(value: &Value) -> Value {
    match value {
        Value::Opaque(opaque) if matches!(opaque.root, Root::Row(_)) => {
            let path = opaque
                .path
                .iter()
                .filter(|step| matches!(step, Step::Each(_) | Step::At(_)));
            Value::Opaque(
                Opaque {
                    root: opaque.root.clone(),
                    path: path.cloned().collect(),
                }
                .into(),
            )
        }
        other => other.clone(),
    }
}
