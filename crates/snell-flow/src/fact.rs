//! What is known to hold at a place, because every other way was left.

use std::sync::Arc;

use crate::{
    facts::Facts,
    value::{Choice, LoopId, Root, Step, Value},
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

/// How many facts two lists begin with alike.
pub(crate) fn shared_start<F: PartialEq>(a: &[F], b: &[F]) -> usize {
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
    let alike = shared_start(a, b);
    let mut known = a[..alike].to_vec();
    let (a, b): (Vec<&Fact>, Vec<&Fact>) =
        (a[alike..].iter().collect(), b[alike..].iter().collect());
    known.extend(met(&a, &b));
    known
}

/// The same of groups that begin with nothing alike.
pub(crate) fn met(a: &[&Fact], b: &[&Fact]) -> Vec<Fact> {
    let (both, left): (Vec<&Fact>, Vec<&Fact>) = a.iter().partition(|fact| b.contains(fact));
    let right = b.iter().copied().filter(|fact| !a.contains(fact));
    let mut shared: Vec<Fact> = both.into_iter().cloned().collect();
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

/// The ways of a choice, each two that differ in nothing but that something holds on the one and does not on the other
/// made one. None is left where that comes to no condition at all.
pub(crate) fn resolved(groups: &[Arc<[Fact]>]) -> Vec<Arc<[Fact]>> {
    let mut groups = groups.to_vec();
    while let Some((first, second, both)) = alike_but_one(&groups) {
        if both.is_empty() {
            return Vec::new();
        }
        groups.remove(second);
        groups[first] = both;
    }
    groups
}

/// Two ways that differ in that alone, and what they share.
fn alike_but_one(groups: &[Arc<[Fact]>]) -> Option<(usize, usize, Arc<[Fact]>)> {
    let only = |a: &[Fact], b: &[Fact]| -> Vec<usize> {
        let positions = a.iter().enumerate();
        let missing = positions.filter(|(_, fact)| !b.contains(fact));
        missing.map(|(n, _)| n).collect()
    };
    (0..groups.len()).find_map(|first| {
        let a = &groups[first];
        (first + 1..groups.len()).find_map(|second| {
            let b = &groups[second];
            match (only(a, b).as_slice(), only(b, a).as_slice()) {
                ([own], [other]) if contradict(&a[*own], &b[*other]) => {
                    let both = a.iter().enumerate().filter(|(n, _)| n != own);
                    Some((first, second, both.map(|(_, fact)| fact.clone()).collect()))
                }
                _ => None,
            }
        })
    })
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
pub(crate) fn settled(facts: &Facts) -> Facts {
    let ruled_out = |group: &[Fact]| {
        let known = |held: &Fact| facts.iter().any(|fact| contradict(fact, held));
        group.iter().any(known)
    };
    let open = |fact: &Fact| matches!(fact, Fact::OneOf(groups) if groups.iter().any(|group| ruled_out(group)));
    if !facts.iter().any(open) {
        return facts.clone();
    }
    let mut settled = Vec::with_capacity(facts.len());
    for fact in facts {
        let Fact::OneOf(groups) = fact else {
            settled.push(fact.clone());
            continue;
        };
        let left: Vec<&Arc<[Fact]>> = groups.iter().filter(|group| !ruled_out(group)).collect();
        match left.as_slice() {
            [only] => settled.extend(only.iter().cloned()),
            // What contradicts itself was not understood.
            [] => settled.push(fact.clone()),
            _ => settled.push(Fact::OneOf(left.into_iter().cloned().collect())),
        }
    }
    settled.into()
}

/// What each round of a loop ensures, without what it says of the element
/// alone: there may be no element, and then nothing is known to be there.
pub(crate) fn beyond_elements(
    facts: impl IntoIterator<Item = Fact>,
    id: LoopId,
) -> impl Iterator<Item = Fact> {
    let all = facts.into_iter();
    all.filter(move |fact| !is_about_element(fact, id))
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
