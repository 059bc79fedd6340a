//! What stands behind the values that a call is handed.

use rustc_hash::FxHashSet;
use snell_project::module::ExpressionRef;

use super::{Key, Origin, origins, trust::filter_of};
use crate::{fact::Fact, value::Value};

/// How far what a call is handed is looked into.
pub(super) const HANDED_DEPTH: u32 = 4;

/// What stands behind the values that a call is handed: the result of a check
/// may be wrapped (`isNone(found)`) before it is asked.
#[derive(Default)]
pub(super) struct Handed {
    pub(super) identity: bool,
    pub(super) client: bool,
}

impl Handed {
    pub(super) fn both(&self) -> bool {
        self.identity && self.client
    }

    pub(super) fn look(&mut self, value: &Value, known: &FxHashSet<ExpressionRef>, depth: u32) {
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
            Origin::Client(_) => self.client = true,
            Origin::Row(row, _) => rows.push(row),
            Origin::Result(at) if known.contains(&at) => {
                self.identity = true;
                self.client = true;
            }
            _ => {}
        });
        for row in rows {
            if let Some(filter) = filter_of(&row.arguments) {
                self.look(filter, known, depth);
            }
        }
    }

    fn fact(&mut self, fact: &Fact, known: &FxHashSet<ExpressionRef>, depth: u32) {
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
pub(super) fn keys_behind(value: &Value, depth: u32, keys: &mut Vec<Key>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    origins(value, &mut |origin| match origin {
        Origin::Client(key) => keys.push(key),
        Origin::Row(row, _) => keys_behind(&row.arguments, depth, keys),
        _ => {}
    });
}
