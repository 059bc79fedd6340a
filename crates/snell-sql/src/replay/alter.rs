//! `ALTER TABLE`.

use smol_str::SmolStr;

use super::fault::{Fault, fault};
use super::{NoEffect, Related, Replayer};
use crate::ast::{
    AlterAction, AlterActionKind, AlterTable, ColumnDefinition, DropPart, Expr, ObjectKind,
};
use crate::catalog::{KeyTarget, RelationId, RelationKind, TableConstraint};

impl Replayer {
    pub(super) fn alter_table(&mut self, alter: &AlterTable) -> Result<(), Fault> {
        if alter.if_exists && self.catalog.find(&alter.name).is_none() {
            return Ok(());
        }
        let id = self.relation(&alter.name)?;
        let is_table = self.catalog.table(id).is_some();
        if alter.relation == ObjectKind::Table && !is_table {
            // `ALTER TABLE` renames indexes, views and sequences too.
            let renames = alter.actions.iter().all(|action| {
                matches!(
                    action.kind,
                    AlterActionKind::RenameTo(_)
                        | AlterActionKind::SetSchema(_)
                        | AlterActionKind::RenameColumn(..)
                        | AlterActionKind::Owner(_)
                )
            });
            if !renames {
                return Err(fault(
                    "42809",
                    alter.name.span(),
                    format!("\"{}\" is not a table", alter.name.name.text),
                ));
            }
        }
        for action in &alter.actions {
            self.alter_action(id, action)?;
            self.shaped(id);
        }
        Ok(())
    }

    fn alter_action(&mut self, id: RelationId, action: &AlterAction) -> Result<(), Fault> {
        use AlterActionKind as A;
        match &action.kind {
            A::AddColumn(column, if_not_exists) => {
                self.alter_add_column(id, column, *if_not_exists)
            }
            A::DropColumn(drop) => self.drop_column(id, drop),
            A::AddConstraint(constraint) => self.add_constraint(id, constraint, None),
            A::DropConstraint(drop) => self.drop_constraint(id, drop),
            A::AlterConstraint(name, deferral) => self.set_deferral(id, name, *deferral),
            A::ValidateConstraint(name) => self.validate_constraint(id, name),
            A::AlterColumn(name, change) => self.alter_column(id, name, change),
            A::RenameTo(name) => self.rename_relation_to(id, name),
            A::RenameColumn(old, new) => self.rename_column(id, old, new),
            A::RenameConstraint(old, new) => self.rename_constraint(id, old, new),
            A::SetSchema(schema) => self.move_relation(id, schema),
            A::RowSecurity(enabled) => {
                if let Some(table) = self.catalog.table_mut(id) {
                    table.row_security = *enabled;
                }
                Ok(())
            }
            A::ForceRowSecurity(forced) => {
                if let Some(table) = self.catalog.table_mut(id) {
                    table.force_row_security = *forced;
                }
                Ok(())
            }
            A::Trigger(name, enabled) => self.enable_trigger(id, name.as_ref(), *enabled),
            A::AttachPartition(name) => {
                let partition = self.table(name)?;
                if let Some(table) = self.catalog.table_mut(partition) {
                    table.parents.push(id);
                }
                Ok(())
            }
            A::DetachPartition(name, _) => {
                let partition = self.table(name)?;
                if let Some(table) = self.catalog.table_mut(partition) {
                    table.parents.retain(|parent| *parent != id);
                }
                Ok(())
            }
            A::Inherit(name, add) => {
                let parent = self.table(name)?;
                if let Some(table) = self.catalog.table_mut(id) {
                    table.parents.retain(|other| *other != parent);
                    if *add {
                        table.parents.push(parent);
                    }
                }
                Ok(())
            }
            A::Owner(_) | A::Other => Ok(()),
        }
    }

    fn alter_add_column(
        &mut self,
        id: RelationId,
        column: &ColumnDefinition,
        if_not_exists: bool,
    ) -> Result<(), Fault> {
        let exists = self
            .catalog
            .table(id)
            .is_some_and(|table| table.column(&column.name.text).is_some());
        if exists && if_not_exists {
            self.no_effect(&column.name, NoEffect::ThereAlready);
            return Ok(());
        }
        self.check_new_column(id, column)?;
        let number = self.add_column(id, column)?;
        for constraint in &column.constraints {
            self.add_constraint(id, constraint, Some(number))?;
        }
        Ok(())
    }

    fn drop_column(&mut self, id: RelationId, drop: &DropPart) -> Result<(), Fault> {
        let found = self
            .catalog
            .table(id)
            .and_then(|table| table.column(&drop.name.text))
            .map(|column| column.number);
        let number = match found {
            Some(number) => number,
            None if drop.if_exists => return Ok(()),
            None => self.column_number(id, &drop.name)?,
        };
        self.check_column_free(id, number, drop)?;
        self.dropped.push((drop.name.text.clone(), self.place));
        self.remove_column(id, number);
        Ok(())
    }

    /// Views and foreign keys of other tables hold a column fast unless `CASCADE` drops them.
    fn check_column_free(
        &mut self,
        id: RelationId,
        number: u16,
        drop: &DropPart,
    ) -> Result<(), Fault> {
        let views = self.readers(id, Some(number));
        let keys: Vec<(RelationId, SmolStr)> = self
            .catalog
            .references_to(id)
            .filter(|(relation, _, reference)| {
                relation.id != id && reference.columns.contains(&number)
            })
            .map(|(relation, constraint, _)| (relation.id, constraint.name.clone()))
            .collect();
        if drop.cascade {
            for view in views {
                self.remove_view(view);
            }
            for (table, name) in keys {
                if let Some(table) = self.catalog.table_mut(table) {
                    table
                        .constraints
                        .retain(|constraint| constraint.name != name);
                }
            }
            return Ok(());
        }
        let holder = views
            .first()
            .copied()
            .or_else(|| keys.first().map(|(table, _)| *table));
        let Some(holder) = holder.and_then(|holder| self.catalog.relation(holder)) else {
            return Ok(());
        };
        Err(fault(
            "2BP01",
            drop.name.span,
            format!(
                "cannot drop column {} of table {} because other objects depend on it",
                drop.name.text,
                self.relation_name(id)
            ),
        )
        .related(Some(Related {
            place: holder.provenance.shaped,
            message: format!("\"{}\" depends on the column", holder.name),
        })))
    }

    /// Takes a column away with the keys, indexes and checks that need it.
    pub(super) fn remove_column(&mut self, id: RelationId, number: u16) {
        let indexes: Vec<RelationId> = self
            .catalog
            .indexes_of(id)
            .filter(|(_, index)| self.index_needs(id, index, number))
            .map(|(relation, _)| relation.id)
            .collect();
        let sequences = self.owned_sequences(id, Some(number));
        for relation in indexes.iter().chain(&sequences) {
            self.catalog.remove_relation(*relation);
        }
        if let Some(table) = self.catalog.table_mut(id) {
            table.columns.retain(|column| column.number != number);
            table
                .constraints
                .retain(|constraint| match constraint.kind {
                    TableConstraint::PrimaryKey(index)
                    | TableConstraint::Unique(index)
                    | TableConstraint::Exclude(index) => !indexes.contains(&index),
                    _ => !constraint.columns.contains(&number),
                });
            table
                .triggers
                .retain(|trigger| !trigger.columns.contains(&number));
        }
    }

    fn index_needs(&self, id: RelationId, index: &crate::catalog::Index, number: u16) -> bool {
        let names = |expr: &Expr| {
            self.expression_columns(id, expr)
                .is_ok_and(|columns| columns.contains(&number))
        };
        index.include.contains(&number)
            || index.predicate.as_ref().is_some_and(names)
            || index.keys.iter().any(|key| match &key.target {
                KeyTarget::Column(column) => *column == number,
                KeyTarget::Expression(expr) => names(expr),
            })
    }

    /// The sequences that belong to a table, or to one of its columns.
    pub(super) fn owned_sequences(&self, id: RelationId, number: Option<u16>) -> Vec<RelationId> {
        self.catalog
            .relations()
            .filter(|relation| match &relation.kind {
                RelationKind::Sequence(sequence) => {
                    sequence.owned_by.is_some_and(|(table, column)| {
                        table == id && number.is_none_or(|number| number == column)
                    })
                }
                _ => false,
            })
            .map(|relation| relation.id)
            .collect()
    }
}
