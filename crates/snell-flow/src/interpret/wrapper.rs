//! Functions that run what they are handed inside a transaction:
//! `withTenant(id, (tx) => tx.note.findMany())`.

use snell_extract::facts::{BindingKind, Expression};
use snell_project::{Project, client::CallId, module::ExpressionRef};

use crate::event::{EventKind, Summary};

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
