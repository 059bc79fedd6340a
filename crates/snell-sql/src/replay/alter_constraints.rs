//! `ALTER TABLE` on constraints.

use smol_str::SmolStr;

use super::fault::{Fault, fault};
use super::{NoEffect, Related, Replayer};
use crate::ast::{Deferral, DropPart, Name};
use crate::catalog::{RelationId, TableConstraint};

impl Replayer {
    pub(super) fn drop_constraint(&mut self, id: RelationId, drop: &DropPart) -> Result<(), Fault> {
        let found = self
            .catalog
            .table(id)
            .and_then(|table| table.constraint(&drop.name.text))
            .cloned();
        let Some(constraint) = found else {
            if drop.if_exists {
                let reason = if self.index_named(id, &drop.name) {
                    NoEffect::NoConstraint
                } else {
                    NoEffect::NothingToDrop
                };
                self.no_effect(&drop.name, reason);
                return Ok(());
            }
            return Err(fault(
                "42704",
                drop.name.span,
                format!(
                    "constraint \"{}\" of relation \"{}\" does not exist",
                    drop.name.text,
                    self.relation_name(id)
                ),
            )
            .related(self.dropped_at(&drop.name.text)));
        };
        if let TableConstraint::PrimaryKey(index) | TableConstraint::Unique(index) = constraint.kind
        {
            self.release_key(id, &constraint.columns, drop)?;
            self.catalog.remove_relation(index);
        } else if let TableConstraint::Exclude(index) = constraint.kind {
            self.catalog.remove_relation(index);
        }
        self.dropped.push((drop.name.text.clone(), self.place));
        if let Some(table) = self.catalog.table_mut(id) {
            table
                .constraints
                .retain(|constraint| constraint.name != drop.name.text);
        }
        Ok(())
    }

    fn index_named(&self, table: RelationId, name: &Name) -> bool {
        let mut indexes = self.catalog.indexes_of(table);
        indexes.any(|(relation, _)| relation.name == name.text)
    }

    /// A key that foreign keys rely on cannot go, unless another unique index stands in.
    fn release_key(
        &mut self,
        id: RelationId,
        columns: &[u16],
        drop: &DropPart,
    ) -> Result<(), Fault> {
        let users: Vec<(RelationId, SmolStr)> = self
            .catalog
            .references_to(id)
            .filter(|(_, _, reference)| {
                let mut wanted = reference.columns.clone();
                let mut offered = columns.to_vec();
                wanted.sort_unstable();
                offered.sort_unstable();
                wanted == offered
            })
            .map(|(relation, constraint, _)| (relation.id, constraint.name.clone()))
            .collect();
        let Some((user, name)) = users.first() else {
            return Ok(());
        };
        if drop.cascade {
            for (table, name) in users {
                if let Some(table) = self.catalog.table_mut(table) {
                    table
                        .constraints
                        .retain(|constraint| constraint.name != name);
                }
            }
            return Ok(());
        }
        let related = self
            .catalog
            .table(*user)
            .and_then(|table| table.constraint(name))
            .map(|constraint| Related {
                place: constraint.provenance.created,
                message: format!("foreign key \"{name}\" depends on it"),
            });
        Err(fault(
            "2BP01",
            drop.name.span,
            format!(
                "cannot drop constraint {} on table {} because other objects depend on it",
                drop.name.text,
                self.relation_name(id)
            ),
        )
        .related(related))
    }

    fn missing_constraint(&self, id: RelationId, name: &Name) -> Fault {
        fault(
            "42704",
            name.span,
            format!(
                "constraint \"{}\" of relation \"{}\" does not exist",
                name.text,
                self.relation_name(id)
            ),
        )
        .related(self.dropped_at(&name.text))
    }

    fn with_constraint(
        &mut self,
        id: RelationId,
        name: &Name,
        change: impl FnOnce(&mut crate::catalog::Constraint),
    ) -> Result<(), Fault> {
        let place = self.place;
        let found = self.catalog.table_mut(id).and_then(|table| {
            table
                .constraints
                .iter_mut()
                .find(|constraint| constraint.name == name.text)
        });
        match found {
            Some(constraint) => {
                change(constraint);
                constraint.provenance.shaped = place;
                Ok(())
            }
            None => Err(self.missing_constraint(id, name)),
        }
    }

    pub(super) fn set_deferral(
        &mut self,
        id: RelationId,
        name: &Name,
        to: Deferral,
    ) -> Result<(), Fault> {
        self.with_constraint(id, name, |constraint| constraint.deferral = to)
    }

    pub(super) fn validate_constraint(&mut self, id: RelationId, name: &Name) -> Result<(), Fault> {
        self.with_constraint(id, name, |constraint| constraint.validated = true)
    }

    pub(super) fn rename_constraint(
        &mut self,
        id: RelationId,
        old: &Name,
        new: &Name,
    ) -> Result<(), Fault> {
        if let Some(existing) = self.catalog.table(id).and_then(|t| t.constraint(&new.text)) {
            return Err(fault(
                "42710",
                new.span,
                format!(
                    "constraint \"{}\" for relation \"{}\" already exists",
                    new.text,
                    self.relation_name(id)
                ),
            )
            .related(Some(Related {
                place: existing.provenance.created,
                message: "the constraint is created here".into(),
            })));
        }
        let index = self
            .catalog
            .table(id)
            .and_then(|table| table.constraint(&old.text))
            .and_then(|constraint| match constraint.kind {
                TableConstraint::PrimaryKey(index)
                | TableConstraint::Unique(index)
                | TableConstraint::Exclude(index) => Some(index),
                _ => None,
            });
        match index {
            // The index carries its constraint along.
            Some(index) => self.rename_relation_to(index, new)?,
            None => self.with_constraint(id, old, |constraint| {
                constraint.name = new.text.clone();
            })?,
        }
        self.dropped.push((old.text.clone(), self.place));
        Ok(())
    }
}
