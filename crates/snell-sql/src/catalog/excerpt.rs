//! A part of a catalog, with the same numbers and the same ways of asking.

use std::collections::BTreeSet;

use super::{Catalog, RelationId, RelationKind, TypeId};

impl Catalog {
    /// The catalog with these relations, their indexes and their columns' types, and these
    /// types, alone. Functions are left out.
    #[must_use]
    pub fn excerpt(&self, relations: &BTreeSet<RelationId>, types: &BTreeSet<TypeId>) -> Catalog {
        let mut part = Catalog {
            schemas: self.schemas.clone(),
            search_path: self.search_path.clone(),
            extensions: self.extensions.clone(),
            next: self.next,
            ..Catalog::default()
        };
        let mut kept_types = types.clone();
        for id in relations {
            let Some(relation) = self.relations.get(id) else {
                continue;
            };
            if let RelationKind::Table(table) = &relation.kind {
                kept_types.extend(table.columns.iter().map(|column| column.data_type.id));
                let own = self.indexes_of(*id).map(|(index, _)| index.id);
                for index in own.filter(|index| !relations.contains(index)) {
                    if let Some(index) = self.relations.get(&index) {
                        part.take(index);
                    }
                }
            }
            part.take(relation);
        }
        for id in kept_types {
            let id = self.element_of(id).unwrap_or(id);
            if let Some(user_type) = self.types.get(&id) {
                let key = (user_type.schema.clone(), user_type.name.clone());
                part.type_names.insert(key, id);
                part.types.insert(id, user_type.clone());
            }
        }
        part
    }

    fn take(&mut self, relation: &std::sync::Arc<super::Relation>) {
        let key = (relation.schema.clone(), relation.name.clone());
        self.names.insert(key, relation.id);
        if let RelationKind::Index(index) = &relation.kind {
            self.by_table.insert((index.table, relation.id));
        }
        self.relations.insert(relation.id, relation.clone());
    }
}
