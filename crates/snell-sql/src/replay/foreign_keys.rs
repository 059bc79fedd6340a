//! Foreign keys: what they may point to, and with which types.

use super::Replayer;
use super::fault::{Fault, fault};
use crate::ast::{Constraint, ForeignKey, Name};
use crate::catalog::{KeyTarget, Reference, RelationId, TableConstraint};

impl Replayer {
    pub(super) fn add_foreign_key(
        &mut self,
        id: RelationId,
        constraint: &Constraint,
        key: &ForeignKey,
        column: Option<u16>,
    ) -> Result<(), Fault> {
        let target = self.table(&key.table)?;
        let columns = match column {
            Some(number) => vec![number],
            None => self.foreign_columns(id, &key.columns)?,
        };
        let references = self.referenced_columns(target, key)?;
        self.check_reference_types(id, &columns, target, &references, constraint)?;
        let name = match &constraint.name {
            Some(name) => {
                self.free_constraint(id, name)?;
                name.text.clone()
            }
            None => {
                let second = self.column_names(id, &columns);
                self.constraint_name(id, &second, "fkey")
            }
        };
        self.push_constraint(
            id,
            constraint,
            name,
            columns,
            TableConstraint::ForeignKey(Reference {
                table: target,
                columns: references,
                on_delete: key.on_delete,
                on_update: key.on_update,
                match_full: key.match_full,
            }),
        );
        Ok(())
    }

    fn foreign_columns(&self, id: RelationId, names: &[Name]) -> Result<Vec<u16>, Fault> {
        names
            .iter()
            .map(|name| {
                self.column_number(id, name).map_err(|error| Fault {
                    message: format!(
                        "column \"{}\" referenced in foreign key constraint does not exist",
                        name.text
                    ),
                    ..error
                })
            })
            .collect()
    }

    fn referenced_columns(&self, target: RelationId, key: &ForeignKey) -> Result<Vec<u16>, Fault> {
        let Some(table) = self.catalog.table(target) else {
            return Ok(Vec::new());
        };
        if key.references.is_empty() {
            return table
                .primary_key()
                .map(|primary| primary.columns.clone())
                .ok_or_else(|| {
                    fault(
                        "42704",
                        key.table.span(),
                        format!(
                            "there is no primary key for referenced table \"{}\"",
                            key.table.name.text
                        ),
                    )
                });
        }
        let columns = self.foreign_columns(target, &key.references)?;
        let mut wanted = columns.clone();
        wanted.sort_unstable();
        let unique = self.catalog.indexes_of(target).any(|(_, index)| {
            let mut keys: Vec<u16> = index
                .keys
                .iter()
                .filter_map(|key| match key.target {
                    KeyTarget::Column(number) => Some(number),
                    KeyTarget::Expression(_) => None,
                })
                .collect();
            keys.sort_unstable();
            index.unique && index.predicate.is_none() && keys == wanted
        });
        if unique {
            return Ok(columns);
        }
        Err(fault(
            "42830",
            key.table.span(),
            format!(
                "there is no unique constraint matching given keys for referenced table \"{}\"",
                key.table.name.text
            ),
        ))
    }

    fn check_reference_types(
        &self,
        id: RelationId,
        columns: &[u16],
        target: RelationId,
        references: &[u16],
        constraint: &Constraint,
    ) -> Result<(), Fault> {
        if columns.len() != references.len() {
            return Err(fault(
                "42830",
                constraint.span,
                "number of referencing and referenced columns for foreign key disagree",
            ));
        }
        let kind = |table: RelationId, number: u16| {
            self.catalog
                .table(table)
                .and_then(|t| t.column_at(number))
                .map(|column| self.catalog.base_of(column.data_type.id))
        };
        for (own, other) in columns.iter().zip(references) {
            let (Some(own), Some(other)) = (kind(id, *own), kind(target, *other)) else {
                continue;
            };
            let comparable = own == other
                || self.catalog.cast(own, other)
                    == Some(crate::catalog::casts::CastContext::Implicit)
                || self.catalog.cast(other, own)
                    == Some(crate::catalog::casts::CastContext::Implicit);
            if !comparable {
                return Err(fault(
                    "42804",
                    constraint.span,
                    format!(
                        "foreign key constraint cannot be implemented: key columns are of incompatible types: {} and {}",
                        self.catalog.format_type(&own.into()),
                        self.catalog.format_type(&other.into())
                    ),
                ));
            }
        }
        Ok(())
    }
}
