//! The database that migrations leave behind, without a database.
//!
//! Objects have numbers of their own, as in PostgreSQL's catalogs, so that a rename
//! follows through keys, indexes and views by itself.

mod build;
pub(crate) mod casts;
pub mod document;
mod excerpt;
mod journal;
mod lookup;
mod objects;
mod project;
mod stored;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

pub use crate::library::TypeId;
pub use build::{Builder, ColumnSpec, DefaultSpec, Expected, ForeignKeySpec, IndexSpec};
pub use document::CatalogView;
pub use objects::*;
pub use project::project;
pub(crate) use stored::{stored, stored_jsonb};
pub use types::DataType;

/// Where a statement stands: in which of the replayed texts, and at which bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The index of the migration in the list that was replayed.
    pub migration: u32,
    /// The bytes in it.
    pub span: Span,
}

/// Where an object comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The statement that created it.
    pub created: Place,
    /// The statement that last changed it.
    pub shaped: Place,
}

impl Provenance {
    /// Of an object that `place` creates.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Provenance {
            created: place,
            shaped: place,
        }
    }
}

/// A relation: tables, views, indexes and sequences share one space of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RelationId(pub u32);

/// What the replayed migrations built.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The schemas beside those of the system.
    pub schemas: BTreeMap<SmolStr, Option<Provenance>>,
    /// Where names without a schema are looked for.
    pub search_path: Vec<SmolStr>,
    /// Installed extensions.
    pub extensions: BTreeMap<SmolStr, Extension>,
    /// Publications.
    pub publications: BTreeSet<SmolStr>,
    /// Functions and procedures, in order of creation.
    pub functions: Vec<Arc<Function>>,
    relations: BTreeMap<RelationId, Arc<Relation>>,
    names: BTreeMap<(SmolStr, SmolStr), RelationId>,
    /// Each index behind its table, in order of creation.
    by_table: BTreeSet<(RelationId, RelationId)>,
    types: BTreeMap<TypeId, Arc<UserType>>,
    type_names: BTreeMap<(SmolStr, SmolStr), TypeId>,
    next: u32,
    /// What a statement has changed so far, while it may have to be taken back.
    journal: Option<Vec<journal::Before>>,
}

/// The schema of relations that live as long as the session.
pub(crate) const TEMPORARY: &str = "pg_temp";

impl Catalog {
    /// An empty database: the schema `public` and PL/pgSQL.
    #[must_use]
    pub fn new() -> Self {
        let mut catalog = Catalog {
            search_path: vec!["public".into()],
            ..Catalog::default()
        };
        catalog.schemas.insert("public".into(), None);
        catalog.extensions.insert(
            "plpgsql".into(),
            Extension {
                schema: "pg_catalog".into(),
                version: None,
                provenance: None,
            },
        );
        catalog
    }

    /// An empty database with extensions installed, as far as their contents are known.
    #[must_use]
    pub fn with_extensions(names: impl IntoIterator<Item = SmolStr>) -> Self {
        let mut catalog = Catalog::new();
        for name in names {
            catalog.extensions.insert(
                name,
                Extension {
                    schema: "public".into(),
                    version: None,
                    provenance: None,
                },
            );
        }
        catalog
    }

    pub(crate) fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// All relations by number: in order of creation.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values().map(AsRef::as_ref)
    }

    /// All tables, in order of creation.
    pub fn tables(&self) -> impl Iterator<Item = (&Relation, &Table)> {
        self.relations()
            .filter_map(|relation| match &relation.kind {
                RelationKind::Table(table) => Some((relation, table)),
                _ => None,
            })
    }

    /// All views, in order of creation.
    pub fn views(&self) -> impl Iterator<Item = (&Relation, &View)> {
        self.relations()
            .filter_map(|relation| match &relation.kind {
                RelationKind::View(view) => Some((relation, view)),
                _ => None,
            })
    }

    /// All indexes, in order of creation.
    pub fn indexes(&self) -> impl Iterator<Item = (&Relation, &Index)> {
        self.relations()
            .filter_map(|relation| match &relation.kind {
                RelationKind::Index(index) => Some((relation, index)),
                _ => None,
            })
    }

    /// The indexes of a table or materialized view.
    pub fn indexes_of(&self, table: RelationId) -> impl Iterator<Item = (&Relation, &Index)> {
        let own = (table, RelationId(0))..=(table, RelationId(u32::MAX));
        self.by_table.range(own).filter_map(|(_, id)| {
            let relation = self.relation(*id)?;
            match &relation.kind {
                RelationKind::Index(index) => Some((relation, index)),
                _ => None,
            }
        })
    }

    /// All types that migrations created.
    pub fn types(&self) -> impl Iterator<Item = &UserType> {
        self.types.values().map(AsRef::as_ref)
    }

    /// A relation by its number.
    #[must_use]
    pub fn relation(&self, id: RelationId) -> Option<&Relation> {
        self.relations.get(&id).map(AsRef::as_ref)
    }

    /// A table by its number.
    #[must_use]
    pub fn table(&self, id: RelationId) -> Option<&Table> {
        match &self.relation(id)?.kind {
            RelationKind::Table(table) => Some(table),
            _ => None,
        }
    }

    /// A type that a migration created.
    #[must_use]
    pub fn user_type(&self, id: TypeId) -> Option<&UserType> {
        self.types.get(&id).map(AsRef::as_ref)
    }

    pub(crate) fn relation_mut(&mut self, id: RelationId) -> Option<&mut Relation> {
        self.note_relation(id);
        self.relations.get_mut(&id).map(Arc::make_mut)
    }

    pub(crate) fn table_mut(&mut self, id: RelationId) -> Option<&mut Table> {
        match &mut self.relation_mut(id)?.kind {
            RelationKind::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(crate) fn type_mut(&mut self, id: TypeId) -> Option<&mut UserType> {
        self.note_type(id);
        self.types.get_mut(&id).map(Arc::make_mut)
    }

    pub(crate) fn add_relation(&mut self, relation: Relation) {
        let key = (relation.schema.clone(), relation.name.clone());
        self.set_name(key, Some(relation.id));
        if let RelationKind::Index(index) = &relation.kind {
            self.set_index((index.table, relation.id), true);
        }
        self.note_relation(relation.id);
        self.relations.insert(relation.id, Arc::new(relation));
    }

    pub(crate) fn remove_relation(&mut self, id: RelationId) -> Option<Arc<Relation>> {
        self.note_relation(id);
        let relation = self.relations.remove(&id)?;
        if let RelationKind::Index(index) = &relation.kind {
            self.set_index((index.table, id), false);
        }
        self.set_name((relation.schema.clone(), relation.name.clone()), None);
        Some(relation)
    }

    /// Moves a relation to another name or schema.
    pub(crate) fn rename_relation(&mut self, id: RelationId, schema: SmolStr, name: SmolStr) {
        let Some(relation) = self.relation_mut(id) else {
            return;
        };
        let old_schema = std::mem::replace(&mut relation.schema, schema.clone());
        let old_name = std::mem::replace(&mut relation.name, name.clone());
        self.set_name((old_schema, old_name), None);
        self.set_name((schema, name), Some(id));
    }

    /// Gives a schema another name, and takes along what is in it.
    pub(crate) fn rename_schema(&mut self, old: &str, new: &str) {
        if let Some(provenance) = self.schemas.remove(old) {
            self.schemas.insert(new.into(), provenance);
        }
        let inside = |schema: &SmolStr| schema == old;
        let relations = self.relations().filter(|relation| inside(&relation.schema));
        let relations: Vec<_> = relations.map(|r| (r.id, r.name.clone())).collect();
        for (id, name) in relations {
            self.rename_relation(id, new.into(), name);
        }
        let types = self.types().filter(|user_type| inside(&user_type.schema));
        let types: Vec<_> = types.map(|t| (t.id, t.name.clone())).collect();
        for (id, name) in types {
            self.rename_type(id, new.into(), name);
        }
        for function in &mut self.functions {
            if inside(&function.schema) {
                Arc::make_mut(function).schema = new.into();
            }
        }
        for extension in self.extensions.values_mut() {
            if inside(&extension.schema) {
                extension.schema = new.into();
            }
        }
    }

    pub(crate) fn add_type(&mut self, user_type: UserType) {
        let key = (user_type.schema.clone(), user_type.name.clone());
        self.set_type_name(key, Some(user_type.id));
        self.note_type(user_type.id);
        self.types.insert(user_type.id, Arc::new(user_type));
    }

    pub(crate) fn remove_type(&mut self, id: TypeId) {
        self.note_type(id);
        if let Some(user_type) = self.types.remove(&id) {
            self.set_type_name((user_type.schema.clone(), user_type.name.clone()), None);
        }
    }

    pub(crate) fn rename_type(&mut self, id: TypeId, schema: SmolStr, name: SmolStr) {
        let Some(user_type) = self.type_mut(id) else {
            return;
        };
        let old_schema = std::mem::replace(&mut user_type.schema, schema.clone());
        let old_name = std::mem::replace(&mut user_type.name, name.clone());
        self.set_type_name((old_schema, old_name), None);
        self.set_type_name((schema, name), Some(id));
    }
}
