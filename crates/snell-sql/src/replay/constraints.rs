//! Constraints: keys with their indexes, foreign keys, checks.

use smol_str::SmolStr;
use snell_source::Span;

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::ast::{
    Constraint, ConstraintKind, Exclusion, Expr, ExprKind, ForeignKey, KeyParts, Name, Part,
    walk_expression,
};
use crate::catalog::{
    Constraint as TableEntry, Index, Key, KeyTarget, Reference, Relation, RelationId, RelationKind,
    TableConstraint, TypeId,
};

/// What a key constraint is made of.
struct KeyRequest<'a> {
    name: Option<&'a Name>,
    span: Span,
    columns: Vec<u16>,
    include: Vec<u16>,
    primary: bool,
    nulls_not_distinct: bool,
}

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

    fn schema_of(&self, id: RelationId) -> SmolStr {
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
    fn free_constraint(&self, id: RelationId, name: &Name) -> Result<(), Fault> {
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

    fn constraint_name(&self, id: RelationId, second: &str, label: &str) -> SmolStr {
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

    fn add_key(
        &mut self,
        id: RelationId,
        constraint: &Constraint,
        parts: &KeyParts,
        column: Option<u16>,
        primary: bool,
        nulls_not_distinct: bool,
    ) -> Result<(), Fault> {
        if primary && let Some(existing) = self.catalog.table(id).and_then(|t| t.primary_key()) {
            return Err(fault(
                "42P16",
                constraint.span,
                format!(
                    "multiple primary keys for table \"{}\" are not allowed",
                    self.relation_name(id)
                ),
            )
            .related(Some(Related {
                place: existing.provenance.created,
                message: "the table gets its primary key here".into(),
            })));
        }
        if let Some(index) = &parts.using_index {
            return self.adopt_index(id, constraint, index, primary);
        }
        let columns = match column {
            Some(number) => vec![number],
            None => self.key_columns(id, &parts.columns)?,
        };
        let include = self.key_columns(id, &parts.include)?;
        let index = self.key_index(
            id,
            KeyRequest {
                name: constraint.name.as_ref(),
                span: constraint.span,
                columns: columns.clone(),
                include,
                primary,
                nulls_not_distinct,
            },
        )?;
        self.push_key(id, constraint, index, columns, primary);
        Ok(())
    }

    fn push_key(
        &mut self,
        id: RelationId,
        constraint: &Constraint,
        index: RelationId,
        columns: Vec<u16>,
        primary: bool,
    ) {
        let entry = TableEntry {
            name: self.relation_name(index),
            columns: columns.clone(),
            kind: if primary {
                TableConstraint::PrimaryKey(index)
            } else {
                TableConstraint::Unique(index)
            },
            deferral: constraint.deferral,
            validated: true,
            provenance: self.provenance(),
        };
        let place = self.place;
        if let Some(table) = self.catalog.table_mut(id) {
            table.constraints.push(entry);
            if primary {
                for number in columns {
                    if let Some(column) = table.column_at_mut(number) {
                        column.not_null = true;
                        column.provenance.shaped = place;
                    }
                }
            }
        }
    }

    /// The index behind a primary key or unique constraint.
    fn key_index(&mut self, id: RelationId, request: KeyRequest<'_>) -> Result<RelationId, Fault> {
        let schema = self.schema_of(id);
        let name = match request.name {
            Some(name) => {
                self.free_index_name(&schema, name)?;
                self.free_constraint(id, name)?;
                name.text.clone()
            }
            None => {
                let (second, label) = if request.primary {
                    (String::new(), "pkey")
                } else {
                    (self.column_names(id, &request.columns), "key")
                };
                self.constraint_name(id, &second, label)
            }
        };
        let keys = request
            .columns
            .iter()
            .map(|number| self.plain_key(id, *number, request.span))
            .collect::<Result<_, _>>()?;
        let index = RelationId(self.catalog.fresh());
        self.catalog.add_relation(Relation {
            id: index,
            schema,
            name,
            provenance: self.provenance(),
            uncertain: self.maybe > 0,
            comment: None,
            kind: RelationKind::Index(Index {
                table: id,
                unique: true,
                primary: request.primary,
                constraint: true,
                method: "btree".into(),
                keys,
                include: request.include,
                predicate: None,
                options: Vec::new(),
                nulls_not_distinct: request.nulls_not_distinct,
            }),
        });
        Ok(index)
    }

    fn free_index_name(&self, schema: &str, name: &Name) -> Result<(), Fault> {
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

    fn plain_key(&self, id: RelationId, number: u16, span: Span) -> Result<Key, Fault> {
        let type_id = self
            .catalog
            .table(id)
            .and_then(|table| table.column_at(number))
            .map_or(TypeId::UNKNOWN, |column| column.data_type.id);
        let class = self.catalog.default_class("btree", type_id);
        if class.is_none() && type_id != TypeId::UNKNOWN && type_id.0 < TypeId::EXTENSIONS {
            return Err(fault(
                "42704",
                span,
                format!(
                    "data type {} has no default operator class for access method \"btree\"",
                    self.catalog.format_type(&type_id.into())
                ),
            ));
        }
        Ok(Key {
            target: KeyTarget::Column(number),
            operator_class: class.map(|class| class.name.clone()).unwrap_or_default(),
            default_class: true,
            descending: false,
            nulls_first: false,
        })
    }

    /// `ADD CONSTRAINT name UNIQUE USING INDEX index`: the index becomes the constraint's.
    fn adopt_index(
        &mut self,
        id: RelationId,
        constraint: &Constraint,
        index: &Name,
        primary: bool,
    ) -> Result<(), Fault> {
        let schema = self.schema_of(id);
        let found = self
            .catalog
            .find_named(Some(&schema), &index.text)
            .and_then(|relation| match &relation.kind {
                RelationKind::Index(entry) => Some((relation.id, entry.clone())),
                _ => None,
            });
        let Some((index_id, entry)) = found else {
            return Err(fault(
                "42704",
                index.span,
                format!("index \"{}\" does not exist", index.text),
            )
            .related(self.dropped_at(&index.text)));
        };
        if let Some(name) = &constraint.name {
            self.free_constraint(id, name)?;
            if name.text != index.text {
                self.catalog
                    .rename_relation(index_id, schema, name.text.clone());
            }
        }
        if let Some(Relation {
            kind: RelationKind::Index(entry),
            ..
        }) = self.catalog.relation_mut(index_id)
        {
            entry.constraint = true;
            entry.primary = primary;
        }
        let columns = entry
            .keys
            .iter()
            .filter_map(|key| match key.target {
                KeyTarget::Column(number) => Some(number),
                KeyTarget::Expression(_) => None,
            })
            .collect();
        self.push_key(id, constraint, index_id, columns, primary);
        Ok(())
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

    fn push_constraint(
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

    fn add_foreign_key(
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
            columns.extend(found);
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
