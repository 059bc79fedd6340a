//! What a statement changes, noted so that it can be taken back when the statement fails.
//!
//! Nearly every statement of a migration succeeds, and a copy of all names for each of them would
//! make the whole take the square of its length.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smol_str::SmolStr;

use super::{Catalog, Extension, Function, Provenance, Relation, RelationId, TypeId, UserType};

type Named = (SmolStr, SmolStr);

/// What stood in one place before it was changed first.
#[derive(Debug, Clone)]
pub(super) enum Before {
    Relation(RelationId, Option<Arc<Relation>>),
    Name(Named, Option<RelationId>),
    Index((RelationId, RelationId), bool),
    Type(TypeId, Option<Arc<UserType>>),
    TypeName(Named, Option<TypeId>),
}

/// The small parts of a catalog as they were.
pub(crate) struct Start {
    schemas: BTreeMap<SmolStr, Option<Provenance>>,
    search_path: Vec<SmolStr>,
    extensions: BTreeMap<SmolStr, Extension>,
    publications: BTreeSet<SmolStr>,
    functions: Vec<Arc<Function>>,
    next: u32,
}

impl Catalog {
    /// From here on changes are noted, until they are kept or taken back.
    pub(crate) fn begin(&mut self) -> Start {
        self.journal = Some(Vec::new());
        Start {
            schemas: self.schemas.clone(),
            search_path: self.search_path.clone(),
            extensions: self.extensions.clone(),
            publications: self.publications.clone(),
            functions: self.functions.clone(),
            next: self.next,
        }
    }

    /// Keeps what was changed.
    pub(crate) fn keep(&mut self) {
        self.journal = None;
    }

    /// Takes back what was changed since `start`.
    pub(crate) fn take_back(&mut self, start: Start) {
        for before in self.journal.take().into_iter().flatten().rev() {
            match before {
                Before::Relation(id, was) => put(&mut self.relations, id, was),
                Before::Name(name, was) => put(&mut self.names, name, was),
                Before::Type(id, was) => put(&mut self.types, id, was),
                Before::TypeName(name, was) => put(&mut self.type_names, name, was),
                Before::Index(index, true) => drop(self.by_table.insert(index)),
                Before::Index(index, false) => drop(self.by_table.remove(&index)),
            }
        }
        self.schemas = start.schemas;
        self.search_path = start.search_path;
        self.extensions = start.extensions;
        self.publications = start.publications;
        self.functions = start.functions;
        self.next = start.next;
    }

    /// To be called before a relation is changed, added or removed.
    pub(super) fn note_relation(&mut self, id: RelationId) {
        let Some(journal) = &mut self.journal else {
            return;
        };
        // Once is enough, and a second copy would be copied whole for the next change.
        let noted = |before: &Before| matches!(before, Before::Relation(one, _) if *one == id);
        if !journal.iter().any(noted) {
            journal.push(Before::Relation(id, self.relations.get(&id).cloned()));
        }
    }

    /// The same of a type.
    pub(super) fn note_type(&mut self, id: TypeId) {
        let Some(journal) = &mut self.journal else {
            return;
        };
        let noted = |before: &Before| matches!(before, Before::Type(one, _) if *one == id);
        if !journal.iter().any(noted) {
            journal.push(Before::Type(id, self.types.get(&id).cloned()));
        }
    }

    pub(super) fn set_name(&mut self, name: Named, id: Option<RelationId>) {
        if let Some(journal) = &mut self.journal {
            journal.push(Before::Name(name.clone(), self.names.get(&name).copied()));
        }
        put(&mut self.names, name, id);
    }

    pub(super) fn set_type_name(&mut self, name: Named, id: Option<TypeId>) {
        if let Some(journal) = &mut self.journal {
            let was = self.type_names.get(&name).copied();
            journal.push(Before::TypeName(name.clone(), was));
        }
        put(&mut self.type_names, name, id);
    }

    pub(super) fn set_index(&mut self, index: (RelationId, RelationId), there: bool) {
        let was = match there {
            true => !self.by_table.insert(index),
            false => self.by_table.remove(&index),
        };
        if let Some(journal) = &mut self.journal {
            journal.push(Before::Index(index, was));
        }
    }
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}
