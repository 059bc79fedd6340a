//! Functions, and those that they call with what they hand over, gone through.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_project::client::CallId;

use crate::event::{Event, EventKind, Summary};

/// What functions do, themselves and through others, each summary gone through once: many ways
/// lead to one.
#[derive(Debug, Default)]
pub struct Once {
    seen: FxHashSet<*const Summary>,
}

impl Once {
    /// Shows `each` the events of a function and of those it calls, in order.
    pub fn visit<'f>(&mut self, summary: &'f Summary, each: &mut dyn FnMut(&'f Event)) {
        if !self.seen.insert(std::ptr::from_ref(summary)) {
            return;
        }
        for event in &summary.events {
            each(event);
            if let EventKind::Call { summary, .. } = &event.kind {
                self.visit(summary, each);
            }
        }
    }
}

/// Which functions lead to one of some queries, themselves or through others.
#[derive(Debug)]
pub struct LeadsTo<'w> {
    wanted: &'w FxHashSet<CallId>,
    known: FxHashMap<*const Summary, bool>,
}

impl<'w> LeadsTo<'w> {
    /// Those that lead to any of these.
    #[must_use]
    pub fn any_of(wanted: &'w FxHashSet<CallId>) -> Self {
        LeadsTo {
            wanted,
            known: FxHashMap::default(),
        }
    }

    /// Whether a function does.
    pub fn does(&mut self, summary: &Summary) -> bool {
        let key: *const Summary = summary;
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let found = summary.events.iter().any(|event| match &event.kind {
            EventKind::Query(query) => self.wanted.contains(&query.call),
            EventKind::Call { summary, .. } => self.does(summary),
            _ => false,
        });
        self.known.insert(key, found);
        found
    }
}
