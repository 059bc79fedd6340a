//! What a request leaves in a store under a made-up key, for a later one to find: a sign-in with
//! another service begins with who asks known, and its answer comes with nothing but a state.
//!
//! Where everything that is written under a name is who asks, what is read under it is who asked: the
//! key was made for them, and whoever brings it was given it.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::Expression;
use snell_project::{
    Project,
    module::{ExpressionRef, ModuleId},
};

use super::{Origin, Trust, origins};
use crate::{
    call_graph::Once,
    event::{EventKind, Summary},
    facts::Facts,
    follow::Flow,
    value::{TextPart, Value},
};

/// Methods of stores that write, and where the value stands.
const WRITES: [(&str, usize); 5] = [
    ("set", 1),
    ("setnx", 1),
    ("setex", 2),
    ("psetex", 2),
    ("setEx", 2),
];

/// Methods that read.
const READS: [&str; 3] = ["get", "getdel", "getDel"];

/// Reads of a store that give back who asked.
#[derive(Debug, Default)]
pub struct Stored {
    /// The calls that read.
    pub reads: FxHashSet<ExpressionRef>,
    /// The modules whose endpoints come to one.
    pub modules: FxHashSet<ModuleId>,
}

/// Finds them, by everything that endpoints write. What functions write that no endpoint was seen
/// to come to is anything.
#[must_use]
pub fn stored(project: &Project, flow: &Flow) -> Stored {
    let mut seen = Seen {
        project,
        written: FxHashSet::default(),
        names: BTreeMap::new(),
    };
    let mut once = Once::of(flow);
    for entered in flow.endpoints() {
        let module = project.endpoints.get(entered.endpoint).module;
        if !project.path_facts(module).test {
            once.visit(&entered.summary, &mut |event| {
                if let EventKind::Unfollowed { at, arguments } = &event.kind {
                    seen.call(*at, arguments, &event.facts, module);
                }
            });
        }
    }
    for function in flow.functions() {
        seen.alone(function);
    }
    let mut found = Stored::default();
    let of_who_asks = seen
        .names
        .into_values()
        .filter(|name| name.who && !name.other);
    for (read, module) in of_who_asks.flat_map(|name| name.reads) {
        found.modules.extend([read.module, module]);
        found.reads.insert(read);
    }
    found
}

/// What is written and read under one name.
#[derive(Default)]
struct Name {
    who: bool,
    other: bool,
    reads: Vec<(ExpressionRef, ModuleId)>,
}

struct Seen<'p> {
    project: &'p Project,
    written: FxHashSet<ExpressionRef>,
    names: BTreeMap<SmolStr, Name>,
}

impl Seen<'_> {
    fn call(&mut self, at: ExpressionRef, handed: &[Value], facts: &Facts, module: ModuleId) {
        let Some((does, name, made)) = self.does(at, handed) else {
            return;
        };
        let name = self.names.entry(name).or_default();
        match does {
            Does::Reads => name.reads.push((at, module)),
            Does::Writes(value) => {
                let who = handed
                    .get(value)
                    .is_some_and(|value| is_who_asks(value, facts));
                name.who |= who && made;
                name.other |= !who || !made;
                self.written.insert(at);
            }
        }
    }

    /// What a function writes by itself that no endpoint was seen to.
    fn alone(&mut self, summary: &Summary) {
        for event in &summary.events {
            if let EventKind::Unfollowed { at, arguments } = &event.kind
                && !self.written.contains(at)
                && let Some((Does::Writes(_), name, _)) = self.does(*at, arguments)
            {
                self.names.entry(name).or_default().other = true;
            }
        }
    }

    /// What a call does with a store, under which name, and whether the rest of the key is made up.
    fn does(&self, at: ExpressionRef, handed: &[Value]) -> Option<(Does, SmolStr, bool)> {
        let facts = self.project.modules.facts(at.module);
        let Expression::Call { callee, .. } = facts.expression(at.id) else {
            return None;
        };
        let Expression::Member { property, .. } = facts.expression(*callee) else {
            return None;
        };
        let method = property.text.as_str();
        let does = match WRITES.iter().find(|(name, _)| *name == method) {
            Some((_, value)) => Does::Writes(*value),
            None if READS.contains(&method) => Does::Reads,
            None => return None,
        };
        let Value::Text(parts) = handed.first()? else {
            return None;
        };
        match &**parts {
            [TextPart::Constant(name), TextPart::Value(rest, _)] if name.len() > 1 => {
                Some((does, name.clone(), is_made(rest)))
            }
            _ => None,
        }
    }
}

enum Does {
    Reads,
    /// The position of the value.
    Writes(usize),
}

/// Whether a value is made up by a call: neither sent, nor of anybody that a client could name.
fn is_made(value: &Value) -> bool {
    let (mut made, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Result(_) => made = true,
        Origin::Constant => {}
        _ => other = true,
    });
    made && !other
}

/// Whether a value is who asks, or of a row that was looked up by that.
fn is_who_asks(value: &Value, facts: &Facts) -> bool {
    let trust = Trust::of(facts);
    let (mut who, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Identity(_) => who = true,
        Origin::Row(row, _) if trust.is_row_in_scope(row) => who = true,
        Origin::Constant => {}
        _ => other = true,
    });
    who && !other
}
