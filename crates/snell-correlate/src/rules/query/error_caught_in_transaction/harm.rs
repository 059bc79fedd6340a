//! What a transaction loses when it goes on after a failure.

use snell_source::Location;

use super::Caught;
use crate::{
    rule::Context,
    rules::query::transactions::{Inside, What},
};

/// What else the transaction does.
pub(super) enum Harm {
    /// A query that comes after the failure: it is refused.
    After(Location),
    /// The next round of a loop: it is refused as well.
    Round,
    /// What was written before: it is undone, and nobody hears of it.
    Before(Location),
}

/// What the transaction loses: a later query, the next round, what was written before.
pub(super) fn harm(
    context: &Context<'_>,
    all: &[Inside<'_>],
    position: usize,
    caught: &Caught,
) -> Option<Harm> {
    let project = context.project;
    let own = &all[position];
    let queries = |inside: &Inside<'_>| match inside.what {
        What::Query(query) if inside.transaction == own.transaction => {
            let call = project.calls.get(query.call);
            call.client.transaction.then(|| {
                (
                    project.modules.at(call.module, call.name.span),
                    call.operation,
                )
            })
        }
        _ => None,
    };
    let is_guarded = |inside: &Inside<'_>| {
        let of_query = match inside.what {
            What::Query(query) => {
                let call = project.calls.get(query.call);
                let facts = project.modules.facts(call.module);
                Some(project.modules.at(call.module, facts.span(call.expression)))
            }
            What::Unfollowed(_) => None,
        };
        let through = inside.chain.iter().map(|at| {
            let facts = project.modules.facts(at.module);
            project.modules.at(at.module, facts.span(at.id))
        });
        through
            .chain(of_query)
            .any(|at| at.file == caught.guarded.file && caught.guarded.span.contains(at.span))
    };
    let later = all[position + 1..].iter().find_map(|inside| {
        let (at, _) = queries(inside).filter(|_| !is_guarded(inside))?;
        let in_handler = at.file == caught.handler.file && caught.handler.span.contains(at.span);
        (in_handler || !caught.returns).then_some(at)
    });
    if let Some(at) = later {
        return Some(Harm::After(at));
    }
    let round = own.around.is_some_and(|around| {
        around.at.file == caught.guarded.file && !caught.guarded.span.contains(around.at.span)
    });
    if round && !caught.returns {
        return Some(Harm::Round);
    }
    let before = all[..position].iter().find_map(|inside| {
        let (at, operation) = queries(inside)?;
        operation.is_write().then_some(at)
    });
    before.map(Harm::Before)
}
