//! Keeps what a traced statement met: enough of the catalog to judge it, not all of it.

use std::collections::BTreeSet;

use super::{Replayer, Step};
use crate::ast::{
    AlterActionKind, ColumnChange, ColumnDefinition, Constraint, ConstraintKind, Name, ObjectName,
    Part, Statement, StatementKind, TypeName, walk_statement,
};
use crate::catalog::{RelationId, RelationKind, TypeId};

impl Replayer {
    /// Keeps a statement that is about to run; its number among the steps.
    pub(super) fn trace(&mut self, statement: &Statement) -> Option<usize> {
        if !self.traced {
            return None;
        }
        let named = Named::of(statement);
        let mut relations: BTreeSet<RelationId> = BTreeSet::new();
        for name in &named.relations {
            let Some(relation) = self.catalog.find(name) else {
                continue;
            };
            relations.insert(relation.id);
            if let RelationKind::Index(index) = &relation.kind {
                relations.insert(index.table);
            }
        }
        for name in &named.own_indexes {
            let found = self.catalog.find_named(None, &name.text);
            relations.extend(found.map(|relation| relation.id));
        }
        let types: BTreeSet<TypeId> = named
            .types
            .iter()
            .filter_map(|name| self.catalog.resolve_type(name))
            .map(|data_type| data_type.id)
            .collect();
        let before = self.catalog.excerpt(&relations, &types);
        self.steps.push(Step {
            place: self.place,
            statement: statement.clone(),
            span: self.executed.unwrap_or(statement.span),
            before,
            maybe: self.maybe > 0,
            ran: false,
        });
        Some(self.steps.len() - 1)
    }
}

/// The names in a statement.
#[derive(Default)]
struct Named<'a> {
    relations: Vec<&'a ObjectName>,
    /// Indexes that a constraint takes over, in the table's own schema.
    own_indexes: Vec<&'a Name>,
    types: Vec<&'a TypeName>,
}

impl<'a> Named<'a> {
    fn of(statement: &'a Statement) -> Self {
        use StatementKind as S;
        let mut named = Named::default();
        match &statement.kind {
            S::CreateTable(create) => {
                create
                    .columns
                    .iter()
                    .for_each(|column| named.column(column));
                create.constraints.iter().for_each(|c| named.constraint(c));
                named.relations.push(&create.name);
            }
            S::AlterTable(alter) => {
                named.relations.push(&alter.name);
                for action in &alter.actions {
                    match &action.kind {
                        AlterActionKind::AddColumn(column, _) => named.column(column),
                        AlterActionKind::AddConstraint(added) => named.constraint(added),
                        AlterActionKind::AlterColumn(_, ColumnChange::Type(to, _)) => {
                            named.types.push(to);
                        }
                        AlterActionKind::AttachPartition(other)
                        | AlterActionKind::DetachPartition(other, _) => named.relations.push(other),
                        _ => {}
                    }
                }
            }
            S::CreateIndex(create) => named.relations.push(&create.table),
            S::Drop(drop) => {
                let targets = drop.names.iter();
                named
                    .relations
                    .extend(targets.flat_map(|t| std::iter::once(&t.name).chain(&t.table)));
            }
            S::Rename(rename) => {
                named.relations.push(&rename.name);
                named.relations.extend(&rename.table);
            }
            S::SetSchema(set) => named.relations.push(&set.name),
            S::CreateTrigger(create) => named.relations.push(&create.table),
            S::CreatePolicy(create) => named.relations.push(&create.table),
            S::AlterPolicy(alter) => named.relations.push(&alter.table),
            S::CreateView(create) => named.relations.push(&create.name),
            S::Truncate(tables) | S::Lock(tables) => named.relations.extend(tables),
            S::Rebuild(rebuild) => named.relations.extend(&rebuild.names),
            S::Refresh(refresh) => named.relations.push(&refresh.name),
            _ => {}
        }
        walk_statement(statement, &mut |part| match part {
            Part::Change(change) => named.relations.extend(target(&change.kind)),
            Part::From(crate::ast::FromItem::Table(name, _)) => named.relations.push(name),
            _ => {}
        });
        named
    }

    fn column(&mut self, column: &'a ColumnDefinition) {
        self.types.extend(&column.type_name);
        column.constraints.iter().for_each(|c| self.constraint(c));
    }

    fn constraint(&mut self, constraint: &'a Constraint) {
        match &constraint.kind {
            ConstraintKind::ForeignKey(key) => self.relations.push(&key.table),
            ConstraintKind::PrimaryKey(parts) | ConstraintKind::Unique(parts, _) => {
                self.own_indexes.extend(&parts.using_index);
            }
            _ => {}
        }
    }
}

/// The table that a statement over rows changes.
fn target(kind: &StatementKind) -> Option<&ObjectName> {
    match kind {
        StatementKind::Insert(insert) => Some(&insert.table),
        StatementKind::Update(update) => Some(&update.table),
        StatementKind::Delete(delete) => Some(&delete.table),
        StatementKind::Merge(merge) => Some(&merge.table),
        _ => None,
    }
}
