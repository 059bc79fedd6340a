//! What a transaction loses when it goes on after a failure.

use snell_project::{client::Operation, module::ModuleId};
use snell_source::Location;

use super::{Caught, handlers::Handler};
use crate::{
    rule::Context,
    rules::query::transactions::{Inside, What},
};

/// What else the transaction does.
pub(super) enum Harm {
    /// A query that comes after the failure: it is refused.
    After(Location),
    /// A query of the handler itself, which throws in the end: whether it comes after a failure of
    /// the database alone.
    Asked { at: Location, certain: bool },
    /// The next round of a loop: it is refused as well.
    Round,
    /// What was written before: it is undone, and nobody hears of it.
    Before(Location),
}

/// Where a query stands and what it does, when a transaction's own client makes it.
fn query(
    context: &Context<'_>,
    own: &Inside<'_>,
    inside: &Inside<'_>,
) -> Option<(Location, Operation)> {
    let project = context.project;
    match inside.what {
        What::Query(query) if inside.transaction == own.transaction => {
            let call = project.calls.get(query.call);
            let at = project.modules.at(call.module, call.name.span);
            call.client.transaction.then_some((at, call.operation))
        }
        _ => None,
    }
}

/// The calls that lead to a query, and the query itself.
fn places(context: &Context<'_>, inside: &Inside<'_>) -> impl Iterator<Item = Location> {
    let project = context.project;
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
    through.chain(of_query)
}

/// A query of the transaction in a handler: that it throws in the end comes too late for it.
pub(super) fn in_handler(
    context: &Context<'_>,
    all: &[Inside<'_>],
    position: usize,
    (module, handler): (ModuleId, &Handler),
) -> Option<Harm> {
    let after = handler.after.as_ref()?;
    let file = context.project.modules.get(module).file;
    all[position + 1..].iter().find_map(|inside| {
        let (at, _) = query(context, &all[position], inside)?;
        let mut places = places(context, inside);
        let place = places.find(|place| place.file == file && handler.span.contains(place.span))?;
        let certain = after.is_refused(place.span)?;
        Some(Harm::Asked { at, certain })
    })
}

/// What the transaction loses: a later query, the next round, what was written before.
pub(super) fn harm(
    context: &Context<'_>,
    all: &[Inside<'_>],
    position: usize,
    caught: &Caught,
) -> Option<Harm> {
    let own = &all[position];
    let queries = |inside: &Inside<'_>| query(context, own, inside);
    let is_guarded = |inside: &Inside<'_>| {
        let mut places = places(context, inside);
        places.any(|at| at.file == caught.guarded.file && caught.guarded.span.contains(at.span))
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
