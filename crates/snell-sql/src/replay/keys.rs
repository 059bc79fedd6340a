//! Primary keys and unique constraints, with their indexes.

use snell_source::Span;

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::ast::{Constraint, KeyParts, Name};
use crate::catalog::{
    Constraint as TableEntry, Index, Key, KeyTarget, Relation, RelationId, RelationKind,
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
    pub(super) fn add_key(
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
}
