//! Calls of what is not followed (packages, buses, caches), wherever a function comes to them.

use snell_flow::{Event, EventKind, Facts, Value};
use snell_project::module::ExpressionRef;

/// What holds where a call stands: where each function around is called, and there.
pub(crate) struct Around<'a, 'f>(&'a [&'f Facts]);

impl Around<'_, '_> {
    /// All of it.
    pub(crate) fn held(&self) -> Facts {
        let all = self.0.iter();
        all.fold(Facts::default(), |held, facts| held.with(facts))
    }
}

/// Shows `look` each call among these events, and in calls inside of them as deep as `depth`: where it stands, what it
/// is handed and what holds there.
pub(crate) fn each<'f>(
    events: &'f [Event],
    depth: usize,
    look: &mut dyn FnMut(ExpressionRef, &'f [Value], &Around<'_, 'f>),
) {
    inside(events, depth, &mut Vec::new(), look);
}

fn inside<'f>(
    events: &'f [Event],
    depth: usize,
    around: &mut Vec<&'f Facts>,
    look: &mut dyn FnMut(ExpressionRef, &'f [Value], &Around<'_, 'f>),
) {
    for event in events {
        around.push(&event.facts);
        match &event.kind {
            EventKind::Unfollowed { at, arguments } => look(*at, arguments, &Around(around)),
            EventKind::Call { summary, .. } if depth > 0 => {
                inside(&summary.events, depth - 1, around, look);
            }
            _ => {}
        }
        around.pop();
    }
}
