//! Which type becomes which, and when by itself: `find_coercion_pathway`.

use super::{Catalog, TypeId};
pub(crate) use crate::library::CastContext;
use crate::library::library;

impl Catalog {
    /// How a value of one type becomes another; none when it cannot.
    pub(crate) fn cast(&self, from: TypeId, to: TypeId) -> Option<CastContext> {
        if from == to || from == TypeId::UNKNOWN {
            return Some(CastContext::Implicit);
        }
        let (source, target) = (self.base_of(from), self.base_of(to));
        if source == target {
            return Some(CastContext::Implicit);
        }
        if let Some(context) = library().casts.get(&(source, target)) {
            return Some(*context);
        }
        let (source_traits, target_traits) = (self.traits(source)?, self.traits(target)?);
        if let (Some(a), Some(b)) = (source_traits.element, target_traits.element) {
            return self.cast(a, b);
        }
        // Any type has a text form: going there is an assignment, coming back is explicit.
        if target_traits.category == 'S' {
            return Some(CastContext::Assignment);
        }
        if source_traits.category == 'S' {
            return Some(CastContext::Explicit);
        }
        let rows = |kind: char, id: TypeId| kind == 'c' || id == TypeId::RECORD;
        if rows(source_traits.kind, source) && rows(target_traits.kind, target) {
            return Some(CastContext::Implicit);
        }
        None
    }

    /// Whether a value of one type may be stored in a column of another without a cast.
    pub(crate) fn assignable(&self, from: TypeId, to: TypeId) -> bool {
        self.cast(from, to)
            .is_some_and(|context| context >= CastContext::Assignment)
    }
}
