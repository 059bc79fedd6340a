//! What stands behind the values that a call is handed.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_project::module::ExpressionRef;

use super::{Key, Origin, origins, trust::filter_of};
use crate::{fact::Fact, value::Value};

/// How far what a call is handed is looked into.
pub(super) const HANDED_DEPTH: u32 = 4;

/// What a call that is not followed was handed of what the client sent: it can have asked about that,
/// and about nothing that has another key.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    /// Each once: what is handed from call to call would double with each of them.
    keys: FxHashSet<Key>,
    /// A whole part of the request, or nothing that is known.
    anything: bool,
}

impl About {
    /// Whether rows of a query with these arguments may be what was asked about.
    pub(super) fn may_be(&self, arguments: &[Value]) -> bool {
        self.anything || may_be(&self.keys, arguments)
    }
}

/// Whether rows of a query with these arguments may be those that keys name.
pub(super) fn may_be(asked: &FxHashSet<Key>, arguments: &[Value]) -> bool {
    let mut keys = FxHashSet::default();
    for part in arguments {
        keys_behind(part, HANDED_DEPTH, &mut keys);
    }
    let about = |key: &Key| {
        let mut asked = asked.iter();
        asked.any(|asked| asked.covers(key) || key.covers(asked))
    };
    keys.is_empty() || keys.iter().any(about)
}

/// What stands behind the values that a call is handed: the result of a check
/// may be wrapped (`isNone(found)`) before it is asked.
#[derive(Default)]
pub(super) struct Handed {
    pub(super) identity: bool,
    /// What the client sent.
    keys: FxHashSet<Key>,
    /// Calls of the same kind whose answers are handed on.
    results: FxHashSet<ExpressionRef>,
}

impl Handed {
    pub(super) fn both(&self) -> bool {
        self.identity && (!self.keys.is_empty() || !self.results.is_empty())
    }

    pub(super) fn look(
        &mut self,
        value: &Value,
        known: &FxHashMap<ExpressionRef, About>,
        depth: u32,
    ) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if let Value::OneOf(choices) = value {
            for fact in choices.iter().flat_map(|choice| choice.facts.iter()) {
                self.fact(fact, known, depth);
            }
        }
        let mut rows = Vec::new();
        origins(value, &mut |origin| match origin {
            Origin::Identity(_) => self.identity = true,
            Origin::Client(key) => {
                self.keys.insert(key);
            }
            Origin::Row(row, _) => rows.push(row),
            Origin::Result(at) if known.contains_key(&at) => {
                self.identity = true;
                self.results.insert(at);
            }
            _ => {}
        });
        for row in rows {
            if let Some(filter) = filter_of(&row.arguments) {
                self.look(filter, known, depth);
            }
        }
    }

    /// What a call with these arguments can have asked about.
    pub(super) fn about(
        &self,
        arguments: &[Value],
        known: &FxHashMap<ExpressionRef, About>,
    ) -> About {
        let mut about = About {
            keys: self.keys.clone(),
            anything: false,
        };
        for argument in arguments {
            keys_behind(argument, HANDED_DEPTH, &mut about.keys);
            origins(argument, &mut |origin| {
                about.anything |= origin == Origin::Unknown;
            });
        }
        for other in self.results.iter().filter_map(|at| known.get(at)) {
            about.anything |= other.anything;
            about.keys.extend(other.keys.iter().cloned());
        }
        about.anything |= about.keys.is_empty() || about.keys.iter().any(|key| key.path.is_empty());
        about
    }

    fn fact(&mut self, fact: &Fact, known: &FxHashMap<ExpressionRef, About>, depth: u32) {
        match fact {
            Fact::Truthy(value) | Fact::Falsy(value) => self.look(value, known, depth),
            Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
                self.look(a, known, depth);
                self.look(b, known, depth);
            }
            Fact::OneOf(groups) => {
                for fact in groups.iter().flat_map(|group| group.iter()) {
                    self.fact(fact, known, depth);
                }
            }
        }
    }
}

/// The keys that the client sent in a value, and those by which the rows in it were looked up.
pub(super) fn keys_behind(value: &Value, depth: u32, keys: &mut FxHashSet<Key>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    origins(value, &mut |origin| match origin {
        Origin::Client(key) => {
            keys.insert(key);
        }
        Origin::Row(row, _) => keys_behind(&row.arguments, depth, keys),
        _ => {}
    });
}
