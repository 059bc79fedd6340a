//! What is known to hold at a place, because every other way was left.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    value::{Choice, LoopId, Root, Step, Value},
    weight::is_bounded_fact,
};

/// Something that holds.
#[derive(Debug, Clone)]
pub enum Fact {
    /// The value is there: not `null`, `undefined`, `false`, `0` or `''`.
    Truthy(Value),
    /// The value is none of that.
    Falsy(Value),
    /// Both are equal.
    Equal(Value, Value),
    /// Both differ.
    Differ(Value, Value),
    /// The second, a list, holds the first.
    Member(Value, Value),
    /// All of one of these groups hold, it is not known of which.
    OneOf(Arc<[Arc<[Fact]>]>),
}

impl Fact {
    /// Whether the two cannot both hold.
    #[must_use]
    pub fn contradicts(&self, other: &Fact) -> bool {
        contradict(self, other)
    }
}

/// Facts that hold together, in the order in which they were learnt, each once.
/// A copy costs nothing: one for each branch and event shares the list.
#[derive(Debug, Clone, Default)]
pub struct Facts(Option<Arc<List>>);

/// Facts, and which other lists begin as this one does. Nothing is ever taken out of a list.
#[derive(Debug)]
struct List {
    facts: Vec<Fact>,
    /// No two lists have the same.
    number: u64,
    /// The numbers of lists that it went on from, nearest first, and how much it has of each.
    from: [(u64, u32); FROM],
}

/// So many lists that a list went on from are known.
const FROM: usize = 3;

static LISTS: AtomicU64 = AtomicU64::new(1);

impl List {
    /// A list that has the first `shared` facts of another.
    fn new(facts: Vec<Fact>, of: Option<&List>, shared: usize) -> Arc<List> {
        let shared = u32::try_from(shared).unwrap_or(u32::MAX);
        let mut from = [(0, 0); FROM];
        if let Some(of) = of {
            from[0] = (of.number, shared);
            for (own, further) in from[1..].iter_mut().zip(of.from) {
                *own = (further.0, further.1.min(shared));
            }
        }
        Arc::new(List {
            facts,
            number: LISTS.fetch_add(1, Ordering::Relaxed),
            from,
        })
    }

    fn beginnings(&self) -> impl Iterator<Item = (u64, u32)> {
        let whole = u32::try_from(self.facts.len()).unwrap_or(u32::MAX);
        [(self.number, whole)].into_iter().chain(self.from)
    }

    /// How many facts two lists have alike because they went on from one.
    fn alike(&self, other: &List) -> usize {
        let mut alike = 0;
        for (number, length) in self.beginnings() {
            for (other, its_length) in other.beginnings() {
                if number == other {
                    alike = alike.max(length.min(its_length));
                }
            }
        }
        alike as usize
    }
}

impl Deref for Facts {
    type Target = [Fact];

    fn deref(&self) -> &[Fact] {
        self.0.as_ref().map_or(&[], |list| &list.facts)
    }
}

impl From<Vec<Fact>> for Facts {
    fn from(facts: Vec<Fact>) -> Self {
        Facts((!facts.is_empty()).then(|| List::new(facts, None, 0)))
    }
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.alike(other) == self.len()
    }
}

impl Eq for Facts {}

/// More facts than this are forgotten, oldest first kept.
const MAX_FACTS: usize = 96;

impl Facts {
    /// Whether both are copies of one list, and not merely equal.
    pub(crate) fn is_same_list(&self, other: &Facts) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }

    /// How many facts two lists begin with alike: all that was learnt before two ways parted.
    fn alike(&self, other: &Facts) -> usize {
        let (Some(own), Some(its)) = (&self.0, &other.0) else {
            return 0;
        };
        let known = own.alike(its);
        known + shared_start(&self[known..], &other[known..])
    }

    /// The facts after those that this list surely has from where another has them: who has gone through the
    /// other has seen the rest. Lists of one function, in the order of what it does, mostly go on from each other.
    #[must_use]
    pub fn after(&self, seen: &Facts) -> &[Fact] {
        match (&self.0, &seen.0) {
            (Some(own), Some(its)) => &self[own.alike(its)..],
            _ => self,
        }
    }

    /// Adds a fact that is not known yet and small enough to be of use.
    pub(crate) fn learn(&mut self, fact: Fact) {
        if self.len() < MAX_FACTS && is_bounded_fact(&fact) && !self.contains(&fact) {
            match self.0.as_mut().map(Arc::get_mut) {
                Some(Some(own)) => own.facts.push(fact),
                // The list that goes on is kept by an event, as often as not: no room to grow.
                _ => {
                    let mut longer = Vec::with_capacity(self.len() + 1);
                    longer.extend_from_slice(self);
                    longer.push(fact);
                    self.0 = Some(List::new(longer, self.0.as_deref(), self.len()));
                }
            }
        }
    }

    /// What holds when one of two lists does, as [`either`] says.
    pub(crate) fn either(a: Facts, b: Facts) -> Facts {
        if a.is_same_list(&b) {
            return a;
        }
        let alike = a.alike(&b);
        // One of them says nothing that the other does not: no list of its own.
        if alike == a.len() {
            return a;
        }
        if alike == b.len() {
            return b;
        }
        let known = either_beyond(alike, &a, &b);
        Facts(Some(List::new(known, a.0.as_deref(), alike)))
    }

    /// Those that `base` does not have.
    pub(crate) fn beyond(&self, base: &Facts) -> Vec<Fact> {
        if self.is_same_list(base) {
            return Vec::new();
        }
        let shared = self.alike(base);
        let (own, others) = (&self[shared..], &base[shared..]);
        let apart = own.iter().filter(|fact| !others.contains(fact));
        apart.cloned().collect()
    }
}

/// How many facts two lists begin with alike.
fn shared_start(a: &[Fact], b: &[Fact]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// What holds when a value is truthy (or falsy); `None` when it cannot be.
pub(crate) fn when(value: &Value, truthy: bool) -> Option<Vec<Fact>> {
    if let Some(truth) = value.truth() {
        return (truth == truthy).then(Vec::new);
    }
    match value {
        Value::OneOf(choices) => common(choices, truthy),
        value if truthy => Some(vec![Fact::Truthy(value.clone())]),
        value => Some(vec![Fact::Falsy(value.clone())]),
    }
}

/// What holds under the choices that can be truthy (or falsy).
fn common(choices: &[Choice], truthy: bool) -> Option<Vec<Fact>> {
    let mut held: Option<Vec<Fact>> = None;
    for choice in choices {
        let Some(mut facts) = when(&choice.value, truthy) else {
            continue;
        };
        facts.extend(choice.facts.iter().cloned());
        held = Some(match held {
            None => facts,
            Some(held) => either(&held, &facts),
        });
    }
    held
}

/// Groups of more facts than this are not kept apart.
const MAX_GROUP: usize = 8;
/// Nor more groups than this.
const MAX_GROUPS: usize = 6;

/// What holds when one of two groups of facts does: what both share, and that
/// one of the rests holds.
pub(crate) fn either(a: &[Fact], b: &[Fact]) -> Vec<Fact> {
    either_beyond(shared_start(a, b), a, b)
}

/// The same of groups that begin with so many facts alike.
fn either_beyond(alike: usize, a: &[Fact], b: &[Fact]) -> Vec<Fact> {
    let (a_rest, b_rest) = (&a[alike..], &b[alike..]);
    let (both, left): (Vec<&Fact>, Vec<&Fact>) =
        a_rest.iter().partition(|fact| b_rest.contains(fact));
    let right = b_rest.iter().filter(|fact| !a_rest.contains(fact));
    let mut shared = a[..alike].to_vec();
    shared.extend(both.into_iter().cloned());
    let left: Vec<Fact> = left.into_iter().cloned().collect();
    let right: Vec<Fact> = right.cloned().collect();
    if left.is_empty() || right.is_empty() || opposite(&left, &right) {
        return shared;
    }
    let mut groups: Vec<Arc<[Fact]>> = Vec::new();
    for side in [left, right] {
        match side.as_slice() {
            [Fact::OneOf(inner)] => groups.extend(inner.iter().cloned()),
            _ if side.len() <= MAX_GROUP => groups.push(side.into()),
            _ => return shared,
        }
    }
    groups.dedup();
    if groups.len() > 1 && groups.len() <= MAX_GROUPS {
        shared.push(Fact::OneOf(groups.into()));
    }
    shared
}

/// Whether one of two single facts always holds, so that knowing it is knowing nothing.
fn opposite(a: &[Fact], b: &[Fact]) -> bool {
    match (a, b) {
        ([a], [b]) => contradict(a, b),
        _ => false,
    }
}

/// Whether two facts cannot both hold.
fn contradict(a: &Fact, b: &Fact) -> bool {
    match (a, b) {
        (Fact::Truthy(x), Fact::Falsy(y)) | (Fact::Falsy(x), Fact::Truthy(y)) => x == y,
        (Fact::Equal(x, y), Fact::Differ(z, w)) | (Fact::Differ(x, y), Fact::Equal(z, w)) => {
            x == z && y == w
        }
        _ => false,
    }
}

/// The same facts without the ways that others of them rule out: of a choice
/// that has one way left, what holds on it.
pub(crate) fn settled(facts: &[Fact]) -> Vec<Fact> {
    let mut settled = Vec::with_capacity(facts.len());
    for fact in facts {
        let Fact::OneOf(groups) = fact else {
            settled.push(fact.clone());
            continue;
        };
        let ruled_out = |group: &[Fact]| {
            let known = |held: &Fact| facts.iter().any(|fact| contradict(fact, held));
            group.iter().any(known)
        };
        let left: Vec<&Arc<[Fact]>> = groups.iter().filter(|group| !ruled_out(group)).collect();
        match left.as_slice() {
            [only] => settled.extend(only.iter().cloned()),
            // What contradicts itself was not understood.
            [] => settled.push(fact.clone()),
            _ => settled.push(Fact::OneOf(left.into_iter().cloned().collect())),
        }
    }
    settled
}

/// What each round of a loop ensures, without what it says of the element
/// alone: there may be no element, and then nothing is known to be there.
pub(crate) fn beyond_elements(facts: Vec<Fact>, id: LoopId) -> Vec<Fact> {
    facts
        .into_iter()
        .filter(|fact| !is_about_element(fact, id))
        .collect()
}

fn is_about_element(fact: &Fact, id: LoopId) -> bool {
    match fact {
        Fact::Truthy(Value::Opaque(opaque)) | Fact::Falsy(Value::Opaque(opaque)) => {
            matches!(opaque.root, Root::Row(_)) && opaque.path.contains(&Step::Each(Some(id)))
        }
        Fact::OneOf(groups) => groups
            .iter()
            .any(|group| group.iter().any(|fact| is_about_element(fact, id))),
        _ => false,
    }
}
