//! `DROP`, with what holds an object fast and what goes along with it.

use super::fault::{Fault, fault};
use super::{NoEffect, Related, Replayer};
use crate::ast::{Drop, DropTarget, ObjectKind};
use crate::catalog::{RelationId, RelationKind, TableConstraint};

impl Replayer {
    pub(super) fn drop_objects(&mut self, drop: &Drop) -> Result<(), Fault> {
        // Objects that are dropped together do not hold each other.
        let together: Vec<RelationId> = drop
            .names
            .iter()
            .filter_map(|target| self.catalog.find(&target.name).map(|relation| relation.id))
            .collect();
        for target in &drop.names {
            match drop.kind {
                ObjectKind::Table
                | ObjectKind::ForeignTable
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Index
                | ObjectKind::Sequence => self.drop_relation(drop, target, &together)?,
                ObjectKind::Type | ObjectKind::Domain => self.drop_type(drop, target)?,
                ObjectKind::Schema => self.drop_schema(drop, target)?,
                ObjectKind::Extension => self.drop_extension(drop, target)?,
                ObjectKind::Function
                | ObjectKind::Procedure
                | ObjectKind::Routine
                | ObjectKind::Aggregate => self.drop_function(drop, target)?,
                ObjectKind::Trigger => self.drop_trigger(drop, target)?,
                ObjectKind::Policy => self.drop_policy(drop, target)?,
                ObjectKind::Publication => {
                    let name = &target.name.name;
                    if !self.catalog.publications.remove(&name.text) && !drop.if_exists {
                        return Err(fault(
                            "42704",
                            name.span,
                            format!("publication \"{}\" does not exist", name.text),
                        ));
                    }
                }
                _ => {}
            }
            self.dropped
                .push((target.name.name.text.clone(), self.place));
        }
        Ok(())
    }

    fn drop_relation(
        &mut self,
        drop: &Drop,
        target: &DropTarget,
        together: &[RelationId],
    ) -> Result<(), Fault> {
        let Some(relation) = self.catalog.find(&target.name) else {
            if drop.if_exists {
                self.no_effect(&target.name.name, NoEffect::NothingToDrop);
                return Ok(());
            }
            // Tables are "undefined table", everything else that has a relation is too,
            // save indexes and sequences, whose word differs and whose code is the same.
            let code = if drop.kind == ObjectKind::Index {
                "42704"
            } else {
                "42P01"
            };
            return Err(fault(
                code,
                target.name.span(),
                format!(
                    "{} \"{}\" does not exist",
                    kind_word(drop.kind),
                    target.name
                ),
            )
            .related(self.dropped_at(&target.name.name.text)));
        };
        let id = relation.id;
        let fits = match (&relation.kind, drop.kind) {
            (RelationKind::Table(_), ObjectKind::Table | ObjectKind::ForeignTable)
            | (RelationKind::Index(_), ObjectKind::Index)
            | (RelationKind::Sequence(_), ObjectKind::Sequence) => true,
            (RelationKind::View(view), ObjectKind::View) => !view.materialized,
            (RelationKind::View(view), ObjectKind::MaterializedView) => view.materialized,
            _ => false,
        };
        if !fits {
            return Err(fault(
                "42809",
                target.name.span(),
                format!("\"{}\" is not a {}", target.name, kind_word(drop.kind)),
            ));
        }
        match drop.kind {
            ObjectKind::Index => self.drop_index(id, target, drop.cascade),
            ObjectKind::Sequence => self.drop_sequence(id, target, drop.cascade),
            _ => self.drop_rows_relation(id, drop, target, together),
        }
    }

    fn drop_rows_relation(
        &mut self,
        id: RelationId,
        drop: &Drop,
        target: &DropTarget,
        together: &[RelationId],
    ) -> Result<(), Fault> {
        let views: Vec<RelationId> = self
            .readers(id, None)
            .into_iter()
            .filter(|view| !together.contains(view))
            .collect();
        let keys: Vec<RelationId> = self
            .catalog
            .references_to(id)
            .map(|(relation, ..)| relation.id)
            .filter(|other| *other != id && !together.contains(other))
            .collect();
        if !drop.cascade
            && let Some(holder) = views
                .first()
                .or_else(|| keys.first())
                .and_then(|holder| self.catalog.relation(*holder))
        {
            return Err(fault(
                "2BP01",
                target.name.span(),
                format!(
                    "cannot drop {} {} because other objects depend on it",
                    kind_word(drop.kind),
                    target.name
                ),
            )
            .related(Some(Related {
                place: holder.provenance.shaped,
                message: format!("\"{}\" depends on it", holder.name),
            })));
        }
        for view in views {
            self.remove_view(view);
        }
        self.remove_table(id);
        Ok(())
    }

    /// Takes a relation away with its indexes, its sequences and the foreign keys to it.
    pub(super) fn remove_table(&mut self, id: RelationId) {
        let keys: Vec<RelationId> = self
            .catalog
            .references_to(id)
            .map(|(relation, ..)| relation.id)
            .collect();
        for other in keys {
            if let Some(table) = self.catalog.table_mut(other) {
                table.constraints.retain(|constraint| {
                    !matches!(&constraint.kind, TableConstraint::ForeignKey(key) if key.table == id)
                });
            }
        }
        let mut parts: Vec<RelationId> = self
            .catalog
            .indexes_of(id)
            .map(|(relation, _)| relation.id)
            .collect();
        parts.extend(self.owned_sequences(id, None));
        for part in parts {
            self.catalog.remove_relation(part);
        }
        self.catalog.remove_relation(id);
    }

    /// Takes a view away with the views that read it.
    pub(super) fn remove_view(&mut self, id: RelationId) {
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            pending.extend(self.readers(id, None));
            self.remove_table(id);
        }
    }

    /// The views that read a relation, or one of its columns.
    pub(super) fn readers(&self, id: RelationId, column: Option<u16>) -> Vec<RelationId> {
        self.catalog
            .views()
            .filter(|(relation, view)| {
                relation.id != id
                    && view.reads.iter().any(|(read, number)| {
                        *read == id && (column.is_none() || *number == column)
                    })
            })
            .map(|(relation, _)| relation.id)
            .collect()
    }

    fn drop_index(
        &mut self,
        id: RelationId,
        target: &DropTarget,
        cascade: bool,
    ) -> Result<(), Fault> {
        let Some(RelationKind::Index(index)) = self.catalog.relation(id).map(|r| &r.kind) else {
            return Ok(());
        };
        if index.constraint {
            let table = self.relation_name(index.table);
            return Err(fault(
                "2BP01",
                target.name.span(),
                format!(
                    "cannot drop index {} because constraint {} on table {table} requires it",
                    target.name, target.name
                ),
            ));
        }
        let users: Vec<(RelationId, smol_str::SmolStr)> = self
            .catalog
            .references_to(index.table)
            .filter(|(_, _, reference)| index.unique && self.only_key(id, &reference.columns))
            .map(|(relation, constraint, _)| (relation.id, constraint.name.clone()))
            .collect();
        if !cascade && let Some((_, name)) = users.first() {
            return Err(fault(
                "2BP01",
                target.name.span(),
                format!(
                    "cannot drop index {} because foreign key {name} depends on it",
                    target.name
                ),
            ));
        }
        for (table, name) in users {
            if let Some(table) = self.catalog.table_mut(table) {
                table
                    .constraints
                    .retain(|constraint| constraint.name != name);
            }
        }
        self.catalog.remove_relation(id);
        Ok(())
    }

    /// Whether no other unique index covers the columns that this one does.
    fn only_key(&self, id: RelationId, columns: &[u16]) -> bool {
        let Some(RelationKind::Index(index)) = self.catalog.relation(id).map(|r| &r.kind) else {
            return false;
        };
        let covers = |index: &crate::catalog::Index| {
            let mut keys: Vec<u16> = index
                .keys
                .iter()
                .filter_map(|key| match key.target {
                    crate::catalog::KeyTarget::Column(number) => Some(number),
                    crate::catalog::KeyTarget::Expression(_) => None,
                })
                .collect();
            let mut wanted = columns.to_vec();
            keys.sort_unstable();
            wanted.sort_unstable();
            index.unique && index.predicate.is_none() && keys == wanted
        };
        covers(index)
            && !self
                .catalog
                .indexes_of(index.table)
                .any(|(relation, other)| relation.id != id && covers(other))
    }

    fn drop_sequence(
        &mut self,
        id: RelationId,
        target: &DropTarget,
        cascade: bool,
    ) -> Result<(), Fault> {
        let users: Vec<(RelationId, u16)> = self
            .catalog
            .tables()
            .flat_map(|(relation, table)| {
                table
                    .columns
                    .iter()
                    .filter(|column| column.sequence == Some(id))
                    .map(|column| (relation.id, column.number))
            })
            .collect();
        if !cascade && let Some((table, _)) = users.first() {
            let table = self.relation_name(*table);
            return Err(fault(
                "2BP01",
                target.name.span(),
                format!(
                    "cannot drop sequence {} because a default of table {table} depends on it",
                    target.name
                ),
            ));
        }
        for (table, number) in users {
            if let Some(column) = self
                .catalog
                .table_mut(table)
                .and_then(|table| table.column_at_mut(number))
            {
                column.default = None;
                column.sequence = None;
            }
        }
        self.catalog.remove_relation(id);
        Ok(())
    }
}

fn kind_word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Table => "table",
        ObjectKind::ForeignTable => "foreign table",
        ObjectKind::View => "view",
        ObjectKind::MaterializedView => "materialized view",
        ObjectKind::Index => "index",
        ObjectKind::Sequence => "sequence",
        _ => "object",
    }
}
