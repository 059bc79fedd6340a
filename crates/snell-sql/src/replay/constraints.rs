//! Constraints: keys with their indexes, foreign keys, checks.

use smol_str::SmolStr;

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::ast::{
    Constraint, ConstraintKind, Exclusion, Expr, ExprKind, Name, Part, walk_expression,
};
use crate::catalog::{
    Constraint as TableEntry, Index, Relation, RelationId, RelationKind, TableConstraint,
};

impl Replayer {
    /// Adds a constraint to a table; `column` is set for a column's own constraint.
    pub(super) fn add_constraint(
        &mut self,
        id: RelationId,
        constraint: &Constraint,
        column: Option<u16>,
    ) -> Result<(), Fault> {
        match &constraint.kind {
            ConstraintKind::PrimaryKey(parts) => {
                self.add_key(id, constraint, parts, column, true, false)
            }
            ConstraintKind::Unique(parts, not_distinct) => {
                self.add_key(id, constraint, parts, column, false, *not_distinct)
            }
            ConstraintKind::Check(expr) => self.add_check(id, constraint, expr),
            ConstraintKind::ForeignKey(key) => self.add_foreign_key(id, constraint, key, column),
            ConstraintKind::Exclude(exclusion) => self.add_exclusion(id, constraint, exclusion),
            ConstraintKind::NotNull(Some(name)) => {
                let number = self.column_number(id, name)?;
                if let Some(column) = self
                    .catalog
                    .table_mut(id)
                    .and_then(|t| t.column_at_mut(number))
                {
                    column.not_null = true;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn relation_name(&self, id: RelationId) -> SmolStr {
        self.catalog
            .relation(id)
            .map(|relation| relation.name.clone())
            .unwrap_or_default()
    }

    pub(super) fn schema_of(&self, id: RelationId) -> SmolStr {
        self.catalog
            .relation(id)
            .map(|relation| relation.schema.clone())
            .unwrap_or_default()
    }

    pub(super) fn column_number(&self, id: RelationId, name: &Name) -> Result<u16, Fault> {
        self.catalog
            .table(id)
            .and_then(|table| table.column(&name.text))
            .map(|column| column.number)
            .ok_or_else(|| {
                fault(
                    "42703",
                    name.span,
                    format!(
                        "column \"{}\" of relation \"{}\" does not exist",
                        name.text,
                        self.relation_name(id)
                    ),
                )
                .related(self.dropped_at(&name.text))
            })
    }

    /// Key columns are looked up with other words than columns to change.
    pub(super) fn key_columns(&self, id: RelationId, names: &[Name]) -> Result<Vec<u16>, Fault> {
        names
            .iter()
            .map(|name| {
                self.column_number(id, name).map_err(|error| Fault {
                    message: format!("column \"{}\" named in key does not exist", name.text),
                    ..error
                })
            })
            .collect()
    }

    /// Refuses a constraint name that the table already has.
    pub(super) fn free_constraint(&self, id: RelationId, name: &Name) -> Result<(), Fault> {
        let Some(existing) = self
            .catalog
            .table(id)
            .and_then(|t| t.constraint(&name.text))
        else {
            return Ok(());
        };
        Err(fault(
            "42710",
            name.span,
            format!(
                "constraint \"{}\" for relation \"{}\" already exists",
                name.text,
                self.relation_name(id)
            ),
        )
        .related(Some(Related {
            place: existing.provenance.created,
            message: "the constraint is created here".into(),
        })))
    }

    pub(super) fn constraint_name(&self, id: RelationId, second: &str, label: &str) -> SmolStr {
        let schema = self.schema_of(id);
        self.catalog
            .choose_name(&schema, &self.relation_name(id), second, label, &|name| {
                self.catalog.constraint_in_schema(&schema, name)
            })
    }

    pub(super) fn column_names(&self, id: RelationId, numbers: &[u16]) -> String {
        let Some(table) = self.catalog.table(id) else {
            return String::new();
        };
        let names: Vec<&str> = table.names(numbers).map(SmolStr::as_str).collect();
        names.join("_")
    }

    pub(super) fn free_index_name(&self, schema: &str, name: &Name) -> Result<(), Fault> {
        match self.catalog.find_named(Some(schema), &name.text) {
            None => Ok(()),
            Some(existing) => Err(fault(
                "42P07",
                name.span,
                format!("relation \"{}\" already exists", name.text),
            )
            .related(Some(Related {
                place: existing.provenance.created,
                message: format!("\"{}\" is created here", name.text),
            }))),
        }
    }

    fn add_check(
        &mut self,
        id: RelationId,
        constraint: &Constraint,
        expr: &Expr,
    ) -> Result<(), Fault> {
        let columns = self.expression_columns(id, expr)?;
        let name = match &constraint.name {
            Some(name) => {
                self.free_constraint(id, name)?;
                name.text.clone()
            }
            None => {
                let second = match columns.as_slice() {
                    [only] => self.column_names(id, &[*only]),
                    _ => String::new(),
                };
                self.constraint_name(id, &second, "check")
            }
        };
        self.push_constraint(
            id,
            constraint,
            name,
            columns,
            TableConstraint::Check(expr.clone()),
        );
        Ok(())
    }

    pub(super) fn push_constraint(
        &mut self,
        id: RelationId,
        constraint: &Constraint,
        name: SmolStr,
        columns: Vec<u16>,
        kind: TableConstraint,
    ) {
        let entry = TableEntry {
            name,
            columns,
            kind,
            deferral: constraint.deferral,
            validated: !constraint.not_valid,
            provenance: self.provenance(),
        };
        if let Some(table) = self.catalog.table_mut(id) {
            table.constraints.push(entry);
        }
    }

    /// The columns of its own table that an expression names, in order of their numbers.
    pub(super) fn expression_columns(
        &self,
        id: RelationId,
        expr: &Expr,
    ) -> Result<Vec<u16>, Fault> {
        let Some(table) = self.catalog.table(id) else {
            return Ok(Vec::new());
        };
        let own = self.relation_name(id);
        let mut numbers = Vec::new();
        let mut missing = None;
        walk_expression(expr, &mut |part| {
            let Part::Expr(Expr {
                kind: ExprKind::Column(parts),
                span,
            }) = part
            else {
                return;
            };
            let Some(last) = parts.last() else { return };
            match table.column(&last.text) {
                Some(column) => numbers.push(column.number),
                None if last.text == own => {}
                None => {
                    missing.get_or_insert((last.text.clone(), *span));
                }
            }
        });
        if let Some((name, span)) = missing {
            return Err(
                fault("42703", span, format!("column \"{name}\" does not exist"))
                    .related(self.dropped_at(&name)),
            );
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    fn add_exclusion(
        &mut self,
        id: RelationId,
        constraint: &Constraint,
        exclusion: &Exclusion,
    ) -> Result<(), Fault> {
        let method = exclusion
            .method
            .as_ref()
            .map_or_else(|| SmolStr::new_static("btree"), |name| name.text.clone());
        let mut keys = Vec::new();
        let mut columns = Vec::new();
        for (expr, _) in &exclusion.items {
            let found = self.expression_columns(id, expr)?;
            // Columns inside an expression are the index's alone.
            if matches!(expr.kind, ExprKind::Column(_)) {
                columns.extend(found);
            }
            keys.push(self.index_key_of(id, &method, expr)?);
        }
        let name = match &constraint.name {
            Some(name) => {
                self.free_index_name(&self.schema_of(id), name)?;
                name.text.clone()
            }
            None => {
                let second = self.column_names(id, &columns);
                self.constraint_name(id, &second, "excl")
            }
        };
        let index = RelationId(self.catalog.fresh());
        self.catalog.add_relation(Relation {
            id: index,
            schema: self.schema_of(id),
            name: name.clone(),
            provenance: self.provenance(),
            uncertain: self.maybe > 0,
            comment: None,
            kind: RelationKind::Index(Index {
                table: id,
                unique: false,
                primary: false,
                constraint: true,
                method,
                keys,
                include: Vec::new(),
                predicate: exclusion.predicate.clone(),
                options: Vec::new(),
                nulls_not_distinct: false,
            }),
        });
        self.push_constraint(
            id,
            constraint,
            name,
            columns,
            TableConstraint::Exclude(index),
        );
        Ok(())
    }
}
