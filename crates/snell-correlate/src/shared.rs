//! What several rules ask for, made when the first of them does.

use std::{
    any::{Any, TypeId},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use rustc_hash::FxHashMap;

type Cell = Arc<OnceLock<Arc<dyn Any + Send + Sync>>>;

/// One value of each type. A category of rules keeps here what its rules have
/// in common, and nobody else needs to know its type.
#[derive(Debug, Default)]
pub struct Shared {
    cells: Mutex<FxHashMap<TypeId, Cell>>,
}

impl Shared {
    /// The value of this type; `make` runs once, and whoever asks meanwhile
    /// waits for it.
    pub(crate) fn get_or_init<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        // The map is free again while the value is made: making it may ask for others.
        let cell = Arc::clone(
            self.cells
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(TypeId::of::<T>())
                .or_default(),
        );
        let value = cell.get_or_init(|| Arc::new(make()));
        Arc::clone(value)
            .downcast()
            .unwrap_or_else(|_| unreachable!("a cell holds the type of its key"))
    }
}

#[cfg(test)]
mod tests {
    use super::Shared;

    #[test]
    fn makes_each_type_once() {
        let shared = Shared::default();
        let first = shared.get_or_init(|| {
            shared.get_or_init(|| 7_u8);
            String::from("first")
        });
        assert_eq!(*first, "first");
        assert_eq!(*shared.get_or_init(|| String::from("second")), "first");
        assert_eq!(*shared.get_or_init(|| 8_u8), 7);
    }
}
