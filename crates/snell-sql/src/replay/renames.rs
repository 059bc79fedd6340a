//! New names and new schemas of relations and columns, and what follows them.

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::ast::{Expr, ExprKind, Name, rewrite_expression};
use crate::catalog::{KeyTarget, Relation, RelationId, RelationKind, TableConstraint};

impl Replayer {
    pub(super) fn rename_relation_to(&mut self, id: RelationId, new: &Name) -> Result<(), Fault> {
        let Some(relation) = self.catalog.relation(id) else {
            return Ok(());
        };
        let (schema, old) = (relation.schema.clone(), relation.name.clone());
        if let Some(existing) = self.catalog.find_named(Some(&schema), &new.text) {
            return Err(fault(
                "42P07",
                new.span,
                format!("relation \"{}\" already exists", new.text),
            )
            .related(Some(Related {
                place: existing.provenance.created,
                message: format!("\"{}\" is created here", new.text),
            })));
        }
        let owner = match &relation.kind {
            RelationKind::Index(index) if index.constraint => Some(index.table),
            _ => None,
        };
        self.catalog.rename_relation(id, schema, new.text.clone());
        if let Some(table) = owner.and_then(|owner| self.catalog.table_mut(owner)) {
            for constraint in &mut table.constraints {
                if let TableConstraint::PrimaryKey(index)
                | TableConstraint::Unique(index)
                | TableConstraint::Exclude(index) = constraint.kind
                    && index == id
                {
                    constraint.name = new.text.clone();
                }
            }
        }
        self.dropped.push((old, self.place));
        self.shaped(id);
        Ok(())
    }

    pub(super) fn rename_schema(&mut self, old: &Name, new: &Name) -> Result<(), Fault> {
        if !self.catalog.schemas.contains_key(&old.text) {
            let message = format!("schema \"{}\" does not exist", old.text);
            return Err(fault("3F000", old.span, message));
        }
        if self.catalog.schemas.contains_key(&new.text) {
            let message = format!("schema \"{}\" already exists", new.text);
            return Err(fault("42P06", new.span, message));
        }
        self.catalog.rename_schema(&old.text, &new.text);
        Ok(())
    }

    pub(super) fn rename_column(
        &mut self,
        id: RelationId,
        old: &Name,
        new: &Name,
    ) -> Result<(), Fault> {
        if let Some(RelationKind::View(_)) = self.catalog.relation(id).map(|r| &r.kind) {
            return self.rename_view_column(id, old, new);
        }
        let number = self.column_number(id, old)?;
        if let Some(existing) = self.catalog.table(id).and_then(|t| t.column(&new.text)) {
            return Err(fault(
                "42701",
                new.span,
                format!(
                    "column \"{}\" of relation \"{}\" already exists",
                    new.text,
                    self.relation_name(id)
                ),
            )
            .related(Some(Related {
                place: existing.provenance.created,
                message: format!("column \"{}\" is created here", new.text),
            })));
        }
        self.rename_in_expressions(id, old, new);
        self.with_column(id, number, |column| column.name = new.text.clone());
        self.dropped.push((old.text.clone(), self.place));
        Ok(())
    }

    /// Checks, policies, generated columns and index expressions follow a renamed column.
    fn rename_in_expressions(&mut self, id: RelationId, old: &Name, new: &Name) {
        let rename = |expr: &mut Expr| {
            rewrite_expression(expr, &mut |expr| {
                if let ExprKind::Column(parts) = &mut expr.kind
                    && let Some(last) = parts.last_mut()
                    && last.text == old.text
                {
                    last.text = new.text.clone();
                }
            });
        };
        let indexes: Vec<RelationId> = self
            .catalog
            .indexes_of(id)
            .filter(|(_, index)| {
                index.predicate.is_some()
                    || index
                        .keys
                        .iter()
                        .any(|key| matches!(key.target, KeyTarget::Expression(_)))
            })
            .map(|(relation, _)| relation.id)
            .collect();
        for index in indexes {
            if let Some(Relation {
                kind: RelationKind::Index(entry),
                ..
            }) = self.catalog.relation_mut(index)
            {
                entry.predicate.iter_mut().for_each(rename);
                for key in &mut entry.keys {
                    if let KeyTarget::Expression(expr) = &mut key.target {
                        rename(expr);
                    }
                }
            }
        }
        let Some(table) = self.catalog.table_mut(id) else {
            return;
        };
        for constraint in &mut table.constraints {
            if let TableConstraint::Check(expr) = &mut constraint.kind {
                rename(expr);
            }
        }
        for policy in &mut table.policies {
            policy.using.iter_mut().for_each(rename);
            policy.check.iter_mut().for_each(rename);
        }
        for column in &mut table.columns {
            column.generated.iter_mut().for_each(rename);
        }
    }

    pub(super) fn move_relation(&mut self, id: RelationId, schema: &Name) -> Result<(), Fault> {
        if !self.catalog.schemas.contains_key(&schema.text) {
            return Err(fault(
                "3F000",
                schema.span,
                format!("schema \"{}\" does not exist", schema.text),
            ));
        }
        let mut moved: Vec<RelationId> = self
            .catalog
            .indexes_of(id)
            .map(|(relation, _)| relation.id)
            .collect();
        moved.extend(self.owned_sequences(id, None));
        moved.push(id);
        for id in moved {
            let name = self.relation_name(id);
            if let Some(existing) = self.catalog.find_named(Some(&schema.text), &name)
                && existing.id != id
            {
                return Err(fault(
                    "42P07",
                    schema.span,
                    format!(
                        "relation \"{name}\" already exists in schema \"{}\"",
                        schema.text
                    ),
                ));
            }
            self.catalog.rename_relation(id, schema.text.clone(), name);
        }
        Ok(())
    }
}
