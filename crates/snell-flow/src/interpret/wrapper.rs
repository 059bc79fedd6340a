//! Functions that run what they are handed: inside a transaction (`withTenant(id, (tx) => tx.note.findMany())`),
//! or with a row that they looked up and checked (`withLock(id, user, (note) => ...)`).

use snell_extract::facts::{BindingKind, Expression, Pattern};
use snell_project::{
    Project,
    client::CallId,
    module::{ExpressionRef, FunctionRef},
};

use crate::{
    event::{EventKind, Summary},
    fact::Fact,
    value::Value,
};

/// What a function hands to a callback.
pub(super) struct Handed {
    /// The call of the callback.
    pub(super) at: ExpressionRef,
    /// Its arguments.
    pub(super) arguments: Vec<Value>,
    /// What the function has made sure of by then.
    pub(super) facts: Vec<Fact>,
}

/// What a function hands to the callback that is its parameter at `position`, where it calls it in
/// one place alone.
pub(super) fn handed(
    project: &Project,
    function: FunctionRef,
    summary: &Summary,
    position: usize,
) -> Option<Handed> {
    let facts = project.modules.facts(function.module);
    let parameter = facts.function(function.id).parameters.get(position)?;
    let Pattern::Binding(own) = parameter.pattern else {
        return None;
    };
    if facts.binding(own).reassigned {
        return None;
    }
    let is_callback = |at: ExpressionRef| {
        let Expression::Call { callee, .. } = facts.expression(at.id) else {
            return false;
        };
        at.module == function.module
            && matches!(facts.expression(*callee),
                Expression::Identifier { binding: Some(called), .. } if *called == own)
    };
    let mut calls = summary.events.iter().filter_map(|event| match &event.kind {
        EventKind::Unfollowed { at, arguments } if is_callback(*at) => Some(Handed {
            at: *at,
            arguments: arguments.clone(),
            // That something was not there says nothing of whose a row is.
            facts: event
                .facts
                .iter()
                .filter(|fact| !matches!(fact, Fact::Falsy(_)))
                .cloned()
                .collect(),
        }),
        _ => None,
    });
    let only = calls.next()?;
    calls.next().is_none().then_some(only)
}

/// Wrappers of wrappers that are looked into.
const MAX_DEPTH: u32 = 4;

/// The transaction in which a function calls one of its parameters.
pub(super) fn transaction_of(project: &Project, summary: &Summary) -> Option<CallId> {
    inside(project, summary, MAX_DEPTH)?
}

/// The same; the outer `None` where no parameter is called at all.
fn inside(project: &Project, summary: &Summary, depth: u32) -> Option<Option<CallId>> {
    let depth = depth.checked_sub(1)?;
    summary.events.iter().find_map(|event| match &event.kind {
        EventKind::Unfollowed { at, .. } if calls_parameter(project, *at) => {
            Some(event.transaction)
        }
        EventKind::Call { summary, .. } => {
            let within = inside(project, summary, depth)?;
            Some(within.or(event.transaction))
        }
        _ => None,
    })
}

/// `work(tx)`
fn calls_parameter(project: &Project, at: ExpressionRef) -> bool {
    let facts = project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return false;
    };
    match facts.expression(*callee) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => matches!(facts.binding(*binding).kind, BindingKind::Parameter { .. }),
        _ => false,
    }
}
