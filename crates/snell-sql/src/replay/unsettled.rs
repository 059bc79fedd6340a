//! What nobody can know after a replay: the objects that statements would have shaped which
//! could not run here, and did perhaps run where the database is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::Replayer;
use crate::ast::{
    AlterAction, AlterActionKind, AlterTable, Drop, ObjectKind, ObjectName, Rename, Statement,
    StatementKind,
};

/// The objects that the failures and the undecided statements of a replay leave open, by
/// their own names: schemas are left out, as names of the same object may carry them or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsettled {
    /// Whether anything may be otherwise: a text ran that is only known on the server.
    pub everything: bool,
    /// Tables and views that may be there or not, with other columns.
    pub relations: BTreeSet<SmolStr>,
    /// Columns, constraints and indexes, each with its table where the statement names it.
    pub parts: BTreeSet<(Option<SmolStr>, SmolStr)>,
    /// Types.
    pub types: BTreeSet<SmolStr>,
}

impl Unsettled {
    /// Whether a relation is open.
    #[must_use]
    pub fn relation(&self, name: &str) -> bool {
        self.everything || self.relations.contains(name)
    }

    /// Whether a part of a relation is open, or the relation as a whole.
    #[must_use]
    pub fn part(&self, relation: &str, name: &str) -> bool {
        self.relation(relation)
            || self.parts.contains(&(Some(relation.into()), name.into()))
            || self.parts.contains(&(None, name.into()))
    }

    /// Whether a type is open.
    #[must_use]
    pub fn type_named(&self, name: &str) -> bool {
        self.everything || self.types.contains(name)
    }

    fn part_of(&mut self, relation: &ObjectName, name: &SmolStr) {
        let relation = relation.name.text.clone();
        self.parts.insert((Some(relation), name.clone()));
    }

    fn add(&mut self, statement: &Statement) {
        use StatementKind as S;
        match &statement.kind {
            S::CreateTable(create) => self.whole(&create.name),
            S::CreateTableAs(create) => self.whole(&create.name),
            S::CreateView(create) => self.whole(&create.name),
            S::AlterTable(alter) => self.alter(alter),
            S::CreateIndex(create) => match &create.name {
                Some(name) => self.part_of(&create.table, &name.name.text),
                None => self.whole(&create.table),
            },
            S::Drop(drop) => self.drop(drop),
            S::Rename(rename) => self.rename(rename),
            S::SetSchema(set) => self.whole(&set.name),
            S::CreateType(create) => self.type_of(&create.name),
            S::AlterType(alter) => self.type_of(&alter.name),
            S::CreateDomain(create) => self.type_of(&create.name),
            S::Do(block) => self.everything |= block.shapes,
            _ if statement.broken => {
                self.everything |= statement.named.is_empty();
                statement.named.iter().for_each(|name| self.whole(name));
            }
            _ => {}
        }
    }

    fn whole(&mut self, name: &ObjectName) {
        self.relations.insert(name.name.text.clone());
    }

    fn type_of(&mut self, name: &ObjectName) {
        self.types.insert(name.name.text.clone());
    }

    fn alter(&mut self, alter: &AlterTable) {
        for action in &alter.actions {
            self.alter_action(&alter.name, action);
        }
    }

    fn alter_action(&mut self, table: &ObjectName, action: &AlterAction) {
        use AlterActionKind as A;
        match &action.kind {
            A::AddColumn(column, _) => self.part_of(table, &column.name.text),
            A::DropColumn(part) | A::DropConstraint(part) => self.part_of(table, &part.name.text),
            A::AddConstraint(constraint) => match &constraint.name {
                Some(name) => self.part_of(table, &name.text),
                None => self.whole(table),
            },
            A::AlterColumn(name, _) => self.part_of(table, &name.text),
            A::RenameColumn(old, new) | A::RenameConstraint(old, new) => {
                self.part_of(table, &old.text);
                self.part_of(table, &new.text);
            }
            A::RenameTo(new) => {
                self.whole(table);
                self.relations.insert(new.text.clone());
                // `ALTER TABLE` renames indexes too.
                self.parts.insert((None, table.name.text.clone()));
                self.parts.insert((None, new.text.clone()));
            }
            A::SetSchema(_) | A::AttachPartition(_) | A::DetachPartition(..) | A::Inherit(..) => {
                self.whole(table)
            }
            A::AlterConstraint(..)
            | A::ValidateConstraint(_)
            | A::RowSecurity(_)
            | A::ForceRowSecurity(_)
            | A::Trigger(..)
            | A::Owner(_)
            | A::Other => {}
        }
    }

    fn drop(&mut self, drop: &Drop) {
        for target in &drop.names {
            match drop.kind {
                ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView => {
                    self.whole(&target.name);
                }
                ObjectKind::Index => {
                    self.parts.insert((None, target.name.name.text.clone()));
                }
                ObjectKind::Type | ObjectKind::Domain => self.type_of(&target.name),
                ObjectKind::Schema => self.everything = true,
                _ => {}
            }
        }
    }

    fn rename(&mut self, rename: &Rename) {
        let (old, new) = (rename.name.name.text.clone(), rename.new_name.text.clone());
        for name in [old, new] {
            match rename.kind {
                ObjectKind::Index => {
                    self.parts.insert((None, name));
                }
                ObjectKind::Type | ObjectKind::Domain => {
                    self.types.insert(name);
                }
                ObjectKind::Schema => self.everything = true,
                _ => {
                    self.relations.insert(name);
                }
            }
        }
    }
}

impl Replayer {
    /// Remembers what a statement would have shaped.
    pub(super) fn leave_open(&mut self, statement: &Statement) {
        self.unsettled.add(statement);
    }
}
