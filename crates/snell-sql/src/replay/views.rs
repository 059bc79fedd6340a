//! Views, and the types of what expressions and queries give.

use smol_str::SmolStr;
use snell_source::Span;

use super::fault::{Fault, fault};
use super::{NoteKind, OnFailure, Related, Replayer};
use crate::analyze::{self, Shape};
use crate::ast::{CreateView, Expr, Name, Query};
use crate::catalog::{DataType, RelationId, RelationKind, TypeId, View, ViewColumn};

/// A query's column: its name, its type when known, whether it is never null.
type QueryColumn = (SmolStr, Option<DataType>, bool);

impl Replayer {
    /// The columns that a query gives, under the names written for them.
    pub(super) fn query_columns(
        &mut self,
        query: &Query,
        names: &[Name],
    ) -> Result<Vec<QueryColumn>, Fault> {
        let shape = analyze::query(query, &self.catalog);
        self.first_error(&shape)?;
        Ok(named_columns(&shape, names))
    }

    /// A value that the open transaction added to an enum cannot be used in it.
    pub(super) fn check_new_value(
        &mut self,
        id: TypeId,
        text: &str,
        span: Span,
    ) -> Result<(), Fault> {
        let added = self
            .new_values
            .iter()
            .find(|(other, value, _)| *other == id && value == text);
        let Some((_, _, place)) = added else {
            return Ok(());
        };
        let related = Some(Related {
            place: *place,
            message: format!("\"{text}\" is added here, in the same transaction"),
        });
        if self.on_failure == OnFailure::Statement {
            self.note(NoteKind::InTransaction {
                sqlstate: "55P04".into(),
                span,
                related,
            });
            return Ok(());
        }
        Err(fault(
            "55P04",
            span,
            format!(
                "unsafe use of new value \"{text}\" of an enum in the transaction that adds it"
            ),
        )
        .related(related))
    }

    pub(super) fn first_error(&mut self, shape: &Shape) -> Result<(), Fault> {
        for (id, text, span) in &shape.enum_values {
            self.check_new_value(*id, text, *span)?;
        }
        match shape.errors.first() {
            Some(error) if !self.unknown_extension() || error.sqlstate != "42883" => {
                Err(fault(error.sqlstate, error.span, error.message.clone())
                    .related(error.name.as_ref().and_then(|name| self.dropped_at(name))))
            }
            _ => Ok(()),
        }
    }

    /// The type of an expression over the columns of one relation.
    pub(super) fn expression_type(&self, id: RelationId, expr: &Expr) -> Option<DataType> {
        analyze::expression_type(expr, id, &self.catalog)
    }

    pub(super) fn create_view(&mut self, create: &CreateView) -> Result<(), Fault> {
        let mut shape = analyze::query(&create.query, &self.catalog);
        if create.recursive {
            shape.errors.clear();
        }
        self.first_error(&shape)?;
        let columns: Vec<ViewColumn> = named_columns(&shape, &create.columns)
            .into_iter()
            .map(|(name, data_type, not_null)| ViewColumn {
                name,
                data_type,
                not_null,
            })
            .collect();
        if let Some((index, column)) = columns.iter().enumerate().find(|(index, column)| {
            shape.complete
                && columns[..*index]
                    .iter()
                    .any(|other| other.name == column.name)
        }) {
            let span = create
                .columns
                .get(index)
                .map_or(create.query.span, |name| name.span);
            return Err(fault(
                "42701",
                span,
                format!("column \"{}\" specified more than once", column.name),
            ));
        }
        let view = View {
            columns,
            query: create.query.clone(),
            materialized: create.materialized,
            reads: shape.reads,
            types: shape.types,
            resolved: shape.complete,
            triggers: Vec::new(),
        };
        let schema = self.catalog.creation_schema(&create.name, create.temporary);
        let existing = self
            .catalog
            .find_named(Some(&schema), &create.name.name.text)
            .map(|relation| relation.id);
        if let Some(existing) = existing
            && create.or_replace
        {
            return self.replace_view(existing, view, create);
        }
        self.new_relation(
            &create.name,
            create.if_not_exists,
            create.temporary,
            RelationKind::View(view),
        )
        .map(|_| ())
    }

    /// `CREATE OR REPLACE VIEW` may only add columns at the end.
    fn replace_view(
        &mut self,
        id: RelationId,
        mut view: View,
        create: &CreateView,
    ) -> Result<(), Fault> {
        let Some(relation) = self.catalog.relation(id) else {
            return Ok(());
        };
        let RelationKind::View(old) = &relation.kind else {
            return Err(fault(
                "42809",
                create.name.span(),
                format!("\"{}\" is not a view", create.name.name.text),
            ));
        };
        let related = Some(Related {
            place: relation.provenance.shaped,
            message: "the view has its columns from here".into(),
        });
        if old.resolved && view.resolved {
            if view.columns.len() < old.columns.len() {
                return Err(
                    fault("42P16", create.name.span(), "cannot drop columns from view")
                        .related(related),
                );
            }
            for (before, after) in old.columns.iter().zip(&view.columns) {
                let message = if before.name != after.name {
                    format!(
                        "cannot change name of view column \"{}\" to \"{}\"",
                        before.name, after.name
                    )
                } else if changed(before, after) {
                    format!("cannot change data type of view column \"{}\"", before.name)
                } else {
                    continue;
                };
                return Err(fault("42P16", create.name.span(), message).related(related));
            }
        }
        view.triggers = old.triggers.clone();
        if let Some(relation) = self.catalog.relation_mut(id) {
            relation.kind = RelationKind::View(view);
        }
        self.shaped(id);
        Ok(())
    }

    pub(super) fn rename_view_column(
        &mut self,
        id: RelationId,
        old: &Name,
        new: &Name,
    ) -> Result<(), Fault> {
        let name = self.relation_name(id);
        let Some(RelationKind::View(view)) = self.catalog.relation_mut(id).map(|r| &mut r.kind)
        else {
            return Ok(());
        };
        match view
            .columns
            .iter_mut()
            .find(|column| column.name == old.text)
        {
            Some(column) => {
                column.name = new.text.clone();
                Ok(())
            }
            None if !view.resolved => Ok(()),
            None => Err(fault(
                "42703",
                old.span,
                format!(
                    "column \"{}\" of relation \"{name}\" does not exist",
                    old.text
                ),
            )),
        }
    }
}

/// Both types known and not the same.
fn changed(before: &ViewColumn, after: &ViewColumn) -> bool {
    match (&before.data_type, &after.data_type) {
        (Some(before), Some(after)) => before.id != after.id,
        _ => false,
    }
}

fn named_columns(shape: &Shape, names: &[Name]) -> Vec<QueryColumn> {
    shape
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let name = names
                .get(index)
                .map_or_else(|| column.name.clone(), |name| name.text.clone());
            (name, column.data_type.clone(), column.not_null)
        })
        .collect()
}
