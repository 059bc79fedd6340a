//! Lists of facts, each of which goes on from another.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::{
    fact::{Fact, met, shared_start},
    weight::is_bounded_fact,
};

/// Facts that hold together, in the order in which they were learnt, each once.
///
/// A copy costs nothing, and what is learnt on one of two ways is kept beside what both had learnt before: a list of
/// its own for each branch, event and call would be most of what a large function takes.
#[derive(Debug, Clone, Default)]
pub struct Facts(Option<Arc<Part>>);

/// What a list has beyond the one that it went on from. It grows only while nothing else knows of it.
#[derive(Debug)]
struct Part {
    before: Facts,
    own: SmallVec<[Fact; 1]>,
    /// How many facts there are, those before included.
    len: u32,
}

/// More facts than this are forgotten, oldest first kept.
const MAX_FACTS: usize = 96;

impl From<Vec<Fact>> for Facts {
    fn from(facts: Vec<Fact>) -> Self {
        Facts::default().and(facts.into())
    }
}

impl<'f> IntoIterator for &'f Facts {
    type Item = &'f Fact;
    type IntoIter = Iter<'f>;

    fn into_iter(self) -> Iter<'f> {
        self.iter()
    }
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && {
            let shared = self.shared(other);
            self.since(&shared).eq(other.since(&shared))
        }
    }
}

impl Eq for Facts {}

impl Facts {
    /// All of them, oldest first.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        self.since(&Facts::default())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |part| part.len as usize)
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, fact: &Fact) -> bool {
        self.parts().any(|part| part.own.contains(fact))
    }

    /// Whether both are copies of one list, and not merely equal.
    pub(crate) fn is_same_list(&self, other: &Facts) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }

    /// The facts after those that this list surely has from where another has them: who has gone through the
    /// other has seen the rest. Lists of one function, in the order of what it does, mostly go on from each other.
    #[must_use]
    pub fn after(&self, seen: &Facts) -> Iter<'_> {
        self.since(&self.shared(seen))
    }

    /// Adds a fact that is not known yet and small enough to be of use.
    pub(crate) fn learn(&mut self, fact: Fact) {
        if self.len() >= MAX_FACTS || !is_bounded_fact(&fact) || self.contains(&fact) {
            return;
        }
        match self.0.as_mut().and_then(Arc::get_mut) {
            Some(part) => {
                part.own.push(fact);
                part.len += 1;
            }
            None => *self = std::mem::take(self).and(smallvec![fact]),
        }
    }

    /// These, and those of others that are not among them.
    #[must_use]
    pub fn with(&self, further: &Facts) -> Facts {
        match self.is_empty() {
            true => further.clone(),
            false => self.with_each(further),
        }
    }

    /// The same of any others.
    #[must_use]
    pub fn with_each<'f>(&self, further: impl IntoIterator<Item = &'f Fact>) -> Facts {
        let unknown = further.into_iter().filter(|fact| !self.contains(fact));
        let unknown = unknown.cloned().collect();
        self.clone().and(unknown)
    }

    /// What holds when one of two lists does: what both know, and that one of the rests holds.
    pub(crate) fn either(a: Facts, b: Facts) -> Facts {
        let shared = a.shared(&b);
        let a_rest: Vec<&Fact> = a.since(&shared).collect();
        let b_rest: Vec<&Fact> = b.since(&shared).collect();
        let alike = shared_start(&a_rest, &b_rest);
        // One of them says nothing that the other does not: no list of its own.
        if alike == a_rest.len() {
            return a;
        }
        if alike == b_rest.len() {
            return b;
        }
        let mut own: SmallVec<[Fact; 1]> = a_rest[..alike].iter().copied().cloned().collect();
        own.extend(met(&a_rest[alike..], &b_rest[alike..]));
        shared.and(own)
    }

    /// Those that `base` does not have.
    pub(crate) fn beyond(&self, base: &Facts) -> Vec<Fact> {
        let shared = self.shared(base);
        let others: Vec<&Fact> = base.since(&shared).collect();
        let apart = self.since(&shared).filter(|fact| !others.contains(fact));
        apart.cloned().collect()
    }

    /// A list that goes on from this one.
    fn and(self, own: SmallVec<[Fact; 1]>) -> Facts {
        if own.is_empty() {
            return self;
        }
        let len = self.len() + own.len();
        Facts(Some(Arc::new(Part {
            before: self,
            own,
            len: u32::try_from(len).unwrap_or(u32::MAX),
        })))
    }

    /// Its parts, newest first.
    fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::successors(self.0.as_deref(), |part| part.before.0.as_deref())
    }

    /// The longest list that both went on from.
    fn shared(&self, other: &Facts) -> Facts {
        let (mut a, mut b) = (self, other);
        while !a.is_same_list(b) {
            match (&a.0, &b.0) {
                (Some(part), _) if a.len() >= b.len() => a = &part.before,
                (_, Some(part)) => b = &part.before,
                (_, None) => break,
            }
        }
        a.clone()
    }

    /// What this list has beyond one that it went on from.
    fn since(&self, base: &Facts) -> Iter<'_> {
        let base = base.0.as_ref().map(Arc::as_ptr);
        let newer = self
            .parts()
            .take_while(|part| Some(std::ptr::from_ref(*part)) != base);
        let mut iter = Iter {
            parts: newer.map(|part| part.own.as_slice()).collect(),
            facts: [].iter(),
        };
        iter.facts = iter.parts.pop().unwrap_or_default().iter();
        iter
    }
}

/// The facts of a list, oldest first.
#[derive(Debug, Clone)]
pub struct Iter<'f> {
    /// What is not begun, newest first.
    parts: SmallVec<[&'f [Fact]; 8]>,
    facts: std::slice::Iter<'f, Fact>,
}

impl<'f> Iterator for Iter<'f> {
    type Item = &'f Fact;

    fn next(&mut self) -> Option<&'f Fact> {
        loop {
            if let Some(fact) = self.facts.next() {
                return Some(fact);
            }
            self.facts = self.parts.pop()?.iter();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn fact(name: &str) -> Fact {
        Fact::Truthy(Value::string(name))
    }

    fn list(names: &[&str]) -> Facts {
        names
            .iter()
            .map(|name| fact(name))
            .collect::<Vec<_>>()
            .into()
    }

    fn learnt(from: &Facts, names: &[&str]) -> Facts {
        let mut facts = from.clone();
        names.iter().for_each(|name| facts.learn(fact(name)));
        facts
    }

    #[test]
    fn is_told_in_the_order_in_which_it_was_learnt() {
        let start = list(&["a"]);
        let longer = learnt(&start, &["b", "c", "a"]);
        assert_eq!(longer, list(&["a", "b", "c"]));
        assert_eq!(longer.len(), 3);
        assert_eq!(start, list(&["a"]));
    }

    #[test]
    fn goes_on_from_what_both_ways_know() {
        let start = list(&["a"]);
        let (left, right) = (learnt(&start, &["b", "c"]), learnt(&start, &["b", "d"]));
        let seen: Vec<&Fact> = right.after(&left).collect();
        assert_eq!(seen, [&fact("b"), &fact("d")]);
        assert_eq!(left.beyond(&right), [fact("c")]);
        let met = Facts::either(left, right);
        assert_eq!(
            met.iter().take(2).collect::<Vec<_>>(),
            [&fact("a"), &fact("b")]
        );
        assert!(matches!(met.iter().nth(2), Some(Fact::OneOf(groups)) if groups.len() == 2));
    }

    #[test]
    fn takes_no_list_of_its_own_where_one_way_says_less() {
        let start = list(&["a"]);
        let longer = learnt(&start, &["b"]);
        assert!(Facts::either(longer, start.clone()).is_same_list(&start));
        assert!(start.with(&list(&["a"])).is_same_list(&start));
    }
}
