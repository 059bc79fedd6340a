//! Which function or operator is meant: PostgreSQL's manual, sections 10.2 and 10.3.

use crate::catalog::casts::CastContext;
use crate::catalog::{Catalog, TypeId};
use crate::library::library;

/// The pseudo-types that stand for any type (`pg_type`, typtype `p`).
pub(super) fn polymorphic(id: TypeId) -> Option<&'static str> {
    let entry = library().types.get(&id)?;
    if entry.kind != 'p' {
        return None;
    }
    match entry.name.as_str() {
        "any" => Some("any"),
        "anyelement" | "anynonarray" | "anyenum" => Some("element"),
        "anyarray" => Some("array"),
        "anycompatible" | "anycompatiblenonarray" => Some("compatible"),
        "anycompatiblearray" => Some("compatible array"),
        "anyrange" | "anycompatiblerange" => Some("range"),
        "anymultirange" | "anycompatiblemultirange" => Some("multirange"),
        _ => None,
    }
}

/// A way to call something.
pub(super) struct Candidate<'a, T> {
    pub(super) arguments: Vec<TypeId>,
    pub(super) item: &'a T,
}

/// What the choice came to.
pub(super) enum Choice<'a, T> {
    One(Candidate<'a, T>),
    Ambiguous,
    None,
}

impl Catalog {
    /// Whether an argument of one type may be passed where another is asked for.
    pub(super) fn passes(&self, from: TypeId, to: TypeId) -> bool {
        if from == to || from == TypeId::UNKNOWN {
            return true;
        }
        match polymorphic(to) {
            Some("any" | "element" | "compatible") => return self.fits_kind(from, to),
            Some("array" | "compatible array") => {
                return self.element_of(self.base_of(from)).is_some();
            }
            Some(of @ ("range" | "multirange")) => {
                let kind = if of == "range" { 'r' } else { 'm' };
                return self.traits(from).is_some_and(|traits| traits.kind == kind);
            }
            _ => {}
        }
        if to == TypeId::RECORD {
            return self.traits(from).is_some_and(|traits| traits.kind == 'c');
        }
        self.cast(from, to) == Some(CastContext::Implicit)
    }

    fn fits_kind(&self, from: TypeId, to: TypeId) -> bool {
        match library().types.get(&to).map(|entry| entry.name.as_str()) {
            Some("anyenum") => self.enum_values(from).is_some(),
            Some("anynonarray" | "anycompatiblenonarray") => self.element_of(from).is_none(),
            _ => true,
        }
    }

    /// Picks the candidate that fits the argument types best.
    pub(super) fn choose<'a, T>(
        &self,
        given: &[TypeId],
        candidates: Vec<Candidate<'a, T>>,
    ) -> Choice<'a, T> {
        let mut rest: Vec<Candidate<'a, T>> = candidates
            .into_iter()
            .filter(|candidate| {
                given
                    .iter()
                    .zip(&candidate.arguments)
                    .all(|(from, to)| self.passes(*from, *to))
                    && self.agree(given, &candidate.arguments)
            })
            .collect();
        if let Some(exact) = rest.iter().position(|c| c.arguments == given) {
            return Choice::One(rest.swap_remove(exact));
        }
        if rest.len() > 1 {
            let bases: Vec<TypeId> = given.iter().map(|id| self.base_of(*id)).collect();
            keep_best(&mut rest, |candidate| {
                bases
                    .iter()
                    .zip(&candidate.arguments)
                    .filter(|(from, to)| **from != TypeId::UNKNOWN && from == to)
                    .count()
            });
            if rest.len() > 1 {
                keep_best(&mut rest, |candidate| {
                    bases
                        .iter()
                        .zip(&candidate.arguments)
                        .filter(|(from, to)| {
                            **from != TypeId::UNKNOWN && (from == to || self.prefers(**from, **to))
                        })
                        .count()
                });
            }
        }
        if rest.len() > 1 {
            self.settle_unknown(given, &mut rest);
        }
        match rest.len() {
            0 => Choice::None,
            1 => rest.pop().map_or(Choice::None, Choice::One),
            _ => self.settle_alike(given, rest),
        }
    }

    /// Whether what stands for the pseudo-types of one family is one type
    /// (`check_generic_type_consistency`).
    fn agree(&self, given: &[TypeId], asked: &[TypeId]) -> bool {
        let (mut same, mut compatible) = (Vec::new(), Vec::new());
        let mut ranges = Vec::new();
        for (from, to) in given.iter().zip(asked) {
            if *from == TypeId::UNKNOWN {
                continue;
            }
            let element = || self.element_of(self.base_of(*from));
            match polymorphic(*to) {
                Some("element") => same.push(*from),
                Some("array") => same.extend(element()),
                Some("range") => ranges.push(self.base_of(*from)),
                Some("compatible") => compatible.push(*from),
                Some("compatible array") => compatible.extend(element()),
                _ => {}
            }
        }
        let alike = |types: &[TypeId]| types.windows(2).all(|pair| pair[0] == pair[1]);
        alike(&same)
            && alike(&ranges)
            && (compatible.is_empty() || self.common_type(&compatible).is_some())
    }

    /// Whether `to` is the preferred type of the category that `from` belongs to.
    fn prefers(&self, from: TypeId, to: TypeId) -> bool {
        match (self.traits(from), self.traits(to)) {
            (Some(from), Some(to)) => to.preferred && from.category == to.category,
            _ => false,
        }
    }

    /// Open arguments: a string category wins, else the one category that all agree on.
    fn settle_unknown<T>(&self, given: &[TypeId], rest: &mut Vec<Candidate<'_, T>>) {
        for (index, from) in given.iter().enumerate() {
            if *from != TypeId::UNKNOWN {
                continue;
            }
            let category = |candidate: &Candidate<'_, T>| {
                candidate
                    .arguments
                    .get(index)
                    .and_then(|id| self.traits(*id))
                    .map(|traits| (traits.category, traits.preferred))
            };
            let categories: Vec<_> = rest.iter().filter_map(category).collect();
            let wanted = if categories.iter().any(|(c, _)| *c == 'S') {
                'S'
            } else {
                match categories.first() {
                    Some((first, _)) if categories.iter().all(|(c, _)| c == first) => *first,
                    _ => return,
                }
            };
            let preferred = categories.iter().any(|(c, p)| *c == wanted && *p);
            rest.retain(|candidate| {
                category(candidate).is_some_and(|(c, p)| c == wanted && (p || !preferred))
            });
        }
    }

    /// All known arguments of one type: try the open ones as that type.
    fn settle_alike<'a, T>(
        &self,
        given: &[TypeId],
        mut rest: Vec<Candidate<'a, T>>,
    ) -> Choice<'a, T> {
        let mut known = given.iter().filter(|id| **id != TypeId::UNKNOWN);
        let Some(first) = known.next().map(|id| self.base_of(*id)) else {
            return Choice::Ambiguous;
        };
        if known.any(|id| self.base_of(*id) != first) {
            return Choice::Ambiguous;
        }
        rest.retain(|candidate| candidate.arguments.iter().all(|to| self.passes(first, *to)));
        match rest.len() {
            1 => rest.pop().map_or(Choice::None, Choice::One),
            _ => Choice::Ambiguous,
        }
    }

    /// The type that several values share (`select_common_type`); none when they have none.
    pub(super) fn common_type(&self, ids: &[TypeId]) -> Option<TypeId> {
        let mut known = ids.iter().copied().filter(|id| *id != TypeId::UNKNOWN);
        let Some(mut common) = known.next() else {
            return Some(TypeId::TEXT);
        };
        if ids.iter().all(|id| *id == common) {
            return Some(common);
        }
        common = self.base_of(common);
        for id in known {
            let id = self.base_of(id);
            if id == common {
                continue;
            }
            let (Some(have), Some(next)) = (self.traits(common), self.traits(id)) else {
                return None;
            };
            if have.category != next.category {
                return None;
            }
            let forward = self.cast(common, id) == Some(CastContext::Implicit);
            let back = self.cast(id, common) == Some(CastContext::Implicit);
            if !have.preferred && forward && !back {
                common = id;
            }
        }
        Some(common)
    }
}

fn keep_best<T>(rest: &mut Vec<Candidate<'_, T>>, score: impl Fn(&Candidate<'_, T>) -> usize) {
    let best = rest.iter().map(&score).max().unwrap_or(0);
    rest.retain(|candidate| score(candidate) == best);
}
