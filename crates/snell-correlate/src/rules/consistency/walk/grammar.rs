//! The keys that the objects of a schema's operations may have, made once for all calls.

use std::{cell::RefCell, rc::Rc};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_prisma::Datamodel;
use snell_project::client::arguments::{Key, Shape};

/// The grammar of one schema's client.
pub(in crate::rules::consistency) struct Grammar<'p> {
    pub(super) datamodel: &'p Datamodel,
    known: RefCell<FxHashMap<Shape, Option<Rc<Keys>>>>,
}

/// The keys of one shape.
pub(super) struct Keys {
    /// In the order in which the client declares them.
    pub(super) all: Vec<Key>,
}

impl<'p> Grammar<'p> {
    /// Of a schema.
    pub(in crate::rules::consistency) fn of(datamodel: &'p Datamodel) -> Self {
        Grammar {
            datamodel,
            known: RefCell::default(),
        }
    }

    /// The keys of a shape; `None` when they are not known.
    pub(super) fn keys(&self, shape: Shape) -> Option<Rc<Keys>> {
        let mut known = self.known.borrow_mut();
        let keys = known.entry(shape).or_insert_with(|| {
            let all = shape.keys(self.datamodel)?;
            Some(Rc::new(Keys { all }))
        });
        keys.clone()
    }
}

impl Keys {
    /// The key of a name.
    pub(super) fn get(&self, name: &SmolStr) -> Option<&Key> {
        self.all.iter().find(|key| key.name == *name)
    }
}
