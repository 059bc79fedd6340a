//! `ALTER TABLE`.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::ast::{
    AlterAction, AlterActionKind, AlterTable, ColumnChange, ColumnDefinition, Deferral, DropPart,
    Expr, ExprKind, Name, ObjectKind, Part, TypeName, rewrite_expression, walk_expression,
};
use crate::catalog::{
    DataType, KeyTarget, Relation, RelationId, RelationKind, TableConstraint, TypeId,
};

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
            A::DetachPartition(name) => {
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

    fn drop_constraint(&mut self, id: RelationId, drop: &DropPart) -> Result<(), Fault> {
        let found = self
            .catalog
            .table(id)
            .and_then(|table| table.constraint(&drop.name.text))
            .cloned();
        let Some(constraint) = found else {
            if drop.if_exists {
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

    fn set_deferral(&mut self, id: RelationId, name: &Name, to: Deferral) -> Result<(), Fault> {
        self.with_constraint(id, name, |constraint| constraint.deferral = to)
    }

    fn validate_constraint(&mut self, id: RelationId, name: &Name) -> Result<(), Fault> {
        self.with_constraint(id, name, |constraint| constraint.validated = true)
    }

    fn rename_constraint(&mut self, id: RelationId, old: &Name, new: &Name) -> Result<(), Fault> {
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

    pub(super) fn alter_column(
        &mut self,
        id: RelationId,
        name: &Name,
        change: &ColumnChange,
    ) -> Result<(), Fault> {
        if self.catalog.table(id).is_none() {
            return Ok(());
        }
        let number = self.column_number(id, name)?;
        match change {
            ColumnChange::Type(written, using) => {
                self.change_type(id, number, name, written, using.as_ref())?;
            }
            ColumnChange::SetDefault(value) => {
                if let Some(kind) = self.column_at(id, number) {
                    self.check_default(&kind, value)?;
                }
                let sequence = self.sequence_of(value);
                let types = self.cast_types(value);
                let value = value.clone();
                self.with_column(id, number, |column| {
                    column.default = Some(value);
                    column.default_types = types;
                    column.sequence = sequence;
                });
            }
            ColumnChange::DropDefault => self.with_column(id, number, |column| {
                column.default = None;
                column.default_types.clear();
                column.sequence = None;
            }),
            ColumnChange::NotNull(not_null) => self.set_not_null(id, number, name, *not_null)?,
            ColumnChange::AddIdentity(always) => {
                self.with_column(id, number, |column| column.identity = Some(*always));
                let kind = self.column_at(id, number).map_or(TypeId::INT4, |t| t.id);
                self.own_sequence(id, number, kind, false);
            }
            ColumnChange::DropIdentity(_) => {
                self.with_column(id, number, |column| column.identity = None);
                for sequence in self.owned_sequences(id, Some(number)) {
                    self.catalog.remove_relation(sequence);
                }
            }
            ColumnChange::DropExpression(_) => {
                self.with_column(id, number, |column| column.generated = None);
            }
            ColumnChange::Other => {}
        }
        Ok(())
    }

    fn column_at(&self, id: RelationId, number: u16) -> Option<DataType> {
        Some(self.catalog.table(id)?.column_at(number)?.data_type.clone())
    }

    fn with_column(
        &mut self,
        id: RelationId,
        number: u16,
        change: impl FnOnce(&mut crate::catalog::Column),
    ) {
        let (place, uncertain) = (self.place, self.maybe > 0);
        if let Some(column) = self
            .catalog
            .table_mut(id)
            .and_then(|table| table.column_at_mut(number))
        {
            change(column);
            column.provenance.shaped = place;
            column.uncertain |= uncertain;
        }
    }

    fn set_not_null(
        &mut self,
        id: RelationId,
        number: u16,
        name: &Name,
        not_null: bool,
    ) -> Result<(), Fault> {
        let in_key = self
            .catalog
            .table(id)
            .and_then(|table| table.primary_key())
            .is_some_and(|key| key.columns.contains(&number));
        if in_key && !not_null {
            return Err(fault(
                "42P16",
                name.span,
                format!("column \"{}\" is in a primary key", name.text),
            ));
        }
        self.with_column(id, number, |column| column.not_null = not_null);
        Ok(())
    }

    fn change_type(
        &mut self,
        id: RelationId,
        number: u16,
        name: &Name,
        written: &TypeName,
        using: Option<&Expr>,
    ) -> Result<(), Fault> {
        let new = self.data_type(written)?;
        let Some(column) = self.catalog.table(id).and_then(|t| t.column_at(number)) else {
            return Ok(());
        };
        if let Some(view) = self
            .readers(id, Some(number))
            .first()
            .and_then(|view| self.catalog.relation(*view))
        {
            return Err(fault(
                "0A000",
                name.span,
                "cannot alter type of a column used by a view or rule",
            )
            .related(Some(Related {
                place: view.provenance.shaped,
                message: format!("view \"{}\" reads the column", view.name),
            })));
        }
        let old = column.data_type.clone();
        if using.is_none() && !self.catalog.assignable(old.id, new.id) {
            return Err(fault(
                "42804",
                name.span,
                format!(
                    "column \"{}\" cannot be cast automatically to type {}",
                    name.text,
                    self.catalog.format_type(&new)
                ),
            ));
        }
        if column.default.is_some()
            && column.sequence.is_none()
            && !self.catalog.assignable(old.id, new.id)
        {
            return Err(fault(
                "42804",
                name.span,
                format!(
                    "default for column \"{}\" cannot be cast automatically to type {}",
                    name.text,
                    self.catalog.format_type(&new)
                ),
            ));
        }
        self.with_column(id, number, |column| {
            // The default stays what it was, cast to the new type.
            if column.default.is_some() && old.id != new.id {
                column.default_types.insert(old.id);
            }
            column.data_type = new;
        });
        self.renew_classes(id, number);
        Ok(())
    }

    /// Indexes take the new type's default operator classes.
    fn renew_classes(&mut self, id: RelationId, number: u16) {
        let Some(kind) = self.column_at(id, number) else {
            return;
        };
        let indexes: Vec<(RelationId, SmolStr)> = self
            .catalog
            .indexes_of(id)
            .map(|(relation, index)| (relation.id, index.method.clone()))
            .collect();
        for (index, method) in indexes {
            let class = self.catalog.default_class(&method, kind.id);
            if let Some(Relation {
                kind: RelationKind::Index(entry),
                ..
            }) = self.catalog.relation_mut(index)
            {
                for key in &mut entry.keys {
                    if matches!(key.target, KeyTarget::Column(n) if n == number)
                        && key.default_class
                        && let Some(class) = class
                    {
                        key.operator_class = class.name.clone();
                    }
                }
            }
        }
    }

    /// A default must be assignable to its column; a literal takes the column's type.
    pub(super) fn check_default(&mut self, kind: &DataType, value: &Expr) -> Result<(), Fault> {
        if let ExprKind::String(text) = &value.kind {
            return self.check_enum_literal(kind.id, text, value.span);
        }
        let ExprKind::Cast(inner, written) = &value.kind else {
            return Ok(());
        };
        let cast = self.data_type(written)?;
        if let ExprKind::String(text) = &inner.kind {
            self.check_enum_literal(cast.id, text, inner.span)?;
        }
        if self.catalog.assignable(cast.id, kind.id) {
            return Ok(());
        }
        Err(fault(
            "42804",
            value.span,
            format!(
                "default expression is of type {}, the column is of type {}",
                self.catalog.format_type(&cast),
                self.catalog.format_type(kind)
            ),
        ))
    }

    /// The types that an expression casts to.
    pub(super) fn cast_types(&self, expr: &Expr) -> BTreeSet<TypeId> {
        let mut types = BTreeSet::new();
        walk_expression(expr, &mut |part| {
            if let Part::Expr(Expr {
                kind: ExprKind::Cast(_, written),
                ..
            }) = part
            {
                types.extend(self.catalog.resolve_type(written).map(|t| t.id));
            }
        });
        types
    }

    pub(super) fn check_enum_literal(
        &mut self,
        id: TypeId,
        text: &str,
        span: snell_source::Span,
    ) -> Result<(), Fault> {
        let Some(values) = self.catalog.enum_values(id) else {
            return Ok(());
        };
        if !values.iter().any(|value| value.text == text) {
            return Err(fault(
                "22P02",
                span,
                format!(
                    "invalid input value for enum {}: \"{text}\"",
                    crate::print::identifier(&self.catalog.type_name(id))
                ),
            ));
        }
        self.check_new_value(id, text, span)
    }

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

    fn rename_column(&mut self, id: RelationId, old: &Name, new: &Name) -> Result<(), Fault> {
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
