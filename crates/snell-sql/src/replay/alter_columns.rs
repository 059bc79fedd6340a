//! `ALTER COLUMN`: types, defaults, nullability.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::ast::{ColumnChange, Expr, ExprKind, Name, Part, TypeName, walk_expression};
use crate::catalog::{DataType, KeyTarget, Relation, RelationId, RelationKind, TypeId};

impl Replayer {
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

    pub(super) fn with_column(
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
}
