//! `CREATE TABLE`, and the columns that it and `ADD COLUMN` make.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::fault::{Fault, fault};
use super::{NoEffect, Related, Replayer};
use crate::ast::{
    Argument, Call, ColumnDefinition, Constraint, ConstraintKind, CreateTable, CreateTableAs, Expr,
    ExprKind, Like, Name, ObjectName, TypeName,
};
use crate::catalog::{
    Column, DataType, Relation, RelationId, RelationKind, Sequence, TEMPORARY, Table, TypeId,
};

/// The integer type behind a `serial`, which is no type of its own.
fn serial(written: &TypeName) -> Option<TypeId> {
    if written.name.schema.is_some() || written.array {
        return None;
    }
    Some(match written.name.name.text.as_str() {
        "serial" | "serial4" => TypeId::INT4,
        "bigserial" | "serial8" => TypeId::INT8,
        "smallserial" | "serial2" => TypeId::INT2,
        _ => return None,
    })
}

impl Replayer {
    pub(super) fn create_table(&mut self, create: &CreateTable) -> Result<(), Fault> {
        let Some(id) = self.new_relation(
            &create.name,
            create.if_not_exists,
            create.temporary,
            RelationKind::Table(Table {
                partitioned: create.partitioned,
                ..Table::default()
            }),
        )?
        else {
            return Ok(());
        };
        for parent in create.inherits.iter().chain(&create.partition_of) {
            self.inherit(id, parent)?;
        }
        for like in &create.like {
            self.copy_like(id, like)?;
        }
        let mut foreign_keys = Vec::new();
        let mut others = Vec::new();
        for definition in &create.columns {
            self.check_new_column(id, definition)?;
            let number = self.add_column(id, definition)?;
            for constraint in &definition.constraints {
                let list = match constraint.kind {
                    ConstraintKind::ForeignKey(_) => &mut foreign_keys,
                    _ => &mut others,
                };
                list.push((constraint, Some(number)));
            }
        }
        for constraint in &create.constraints {
            let list = match constraint.kind {
                ConstraintKind::ForeignKey(_) => &mut foreign_keys,
                _ => &mut others,
            };
            list.push((constraint, None));
        }
        // Keys first, as the server does: a foreign key may point to the table itself.
        let keys = |(constraint, _): &&(&Constraint, Option<u16>)| {
            matches!(constraint.kind, ConstraintKind::PrimaryKey(_))
        };
        for (constraint, column) in others.iter().filter(keys) {
            self.add_constraint(id, constraint, *column)?;
        }
        for (constraint, column) in others.iter().filter(|entry| !keys(entry)) {
            self.add_constraint(id, constraint, *column)?;
        }
        for (constraint, column) in foreign_keys {
            self.add_constraint(id, constraint, column)?;
        }
        Ok(())
    }

    /// Puts a new relation under a free name; none when `IF NOT EXISTS` finds one.
    pub(super) fn new_relation(
        &mut self,
        name: &ObjectName,
        if_not_exists: bool,
        temporary: bool,
        kind: RelationKind,
    ) -> Result<Option<RelationId>, Fault> {
        let schema = self.catalog.creation_schema(name, temporary);
        if !temporary {
            self.need_schema(name)?;
        }
        if let Some(existing) = self.catalog.find_named(Some(&schema), &name.name.text) {
            if if_not_exists {
                self.no_effect(&name.name, NoEffect::ThereAlready);
                return Ok(None);
            }
            return Err(fault(
                "42P07",
                name.span(),
                format!("relation \"{}\" already exists", name.name.text),
            )
            .related(Some(Related {
                place: existing.provenance.created,
                message: format!("\"{}\" is created here", name.name.text),
            })));
        }
        let id = RelationId(self.catalog.fresh());
        self.catalog.add_relation(Relation {
            id,
            schema,
            name: name.name.text.clone(),
            provenance: self.provenance(),
            uncertain: self.maybe > 0,
            comment: None,
            kind,
        });
        Ok(Some(id))
    }

    pub(super) fn need_schema(&self, name: &ObjectName) -> Result<(), Fault> {
        match &name.schema {
            Some(schema)
                if schema.text != TEMPORARY && !self.catalog.schemas.contains_key(&schema.text) =>
            {
                Err(fault(
                    "3F000",
                    schema.span,
                    format!("schema \"{}\" does not exist", schema.text),
                ))
            }
            _ => Ok(()),
        }
    }

    fn inherit(&mut self, id: RelationId, parent: &ObjectName) -> Result<(), Fault> {
        let parent_id = self.table(parent)?;
        let columns = self
            .catalog
            .table(parent_id)
            .map(|table| table.columns.clone())
            .unwrap_or_default();
        if let Some(table) = self.catalog.table_mut(id) {
            table.parents.push(parent_id);
            for column in columns {
                table.next_column += 1;
                table.columns.push(Column {
                    number: table.next_column,
                    ..column
                });
            }
        }
        Ok(())
    }

    fn copy_like(&mut self, id: RelationId, like: &Like) -> Result<(), Fault> {
        let source = self.relation(&like.table)?;
        let Some(columns) = self
            .catalog
            .table(source)
            .map(|table| table.columns.clone())
        else {
            return Ok(());
        };
        let with = |word: &str| like.including.iter().any(|w| w == word || w == "all");
        let provenance = self.provenance();
        if let Some(table) = self.catalog.table_mut(id) {
            for column in columns {
                table.next_column += 1;
                table.columns.push(Column {
                    number: table.next_column,
                    default: column.default.clone().filter(|_| with("defaults")),
                    sequence: column.sequence.filter(|_| with("defaults")),
                    identity: column.identity.filter(|_| with("identity")),
                    generated: column.generated.clone().filter(|_| with("generated")),
                    provenance,
                    ..column
                });
            }
        }
        Ok(())
    }

    pub(super) fn check_new_column(
        &self,
        id: RelationId,
        definition: &ColumnDefinition,
    ) -> Result<(), Fault> {
        let name = &definition.name;
        let Some(existing) = self.catalog.table(id).and_then(|t| t.column(&name.text)) else {
            return Ok(());
        };
        let table = self
            .catalog
            .relation(id)
            .map(|relation| relation.name.clone())
            .unwrap_or_default();
        let (message, related) = if existing.provenance.created == self.place {
            (
                format!("column \"{}\" specified more than once", name.text),
                None,
            )
        } else {
            (
                format!(
                    "column \"{}\" of relation \"{table}\" already exists",
                    name.text
                ),
                Some(Related {
                    place: existing.provenance.created,
                    message: format!("column \"{}\" is created here", name.text),
                }),
            )
        };
        Err(fault("42701", name.span, message).related(related))
    }

    /// The type that a column, cast or parameter names.
    pub(super) fn data_type(&self, written: &TypeName) -> Result<DataType, Fault> {
        if let Some(element) = serial(written) {
            return Ok(element.into());
        }
        self.catalog.resolve_type(written).ok_or_else(|| {
            fault(
                "42704",
                written.name.span(),
                format!("type \"{}\" does not exist", written.name),
            )
            .related(self.dropped_at(&written.name.name.text))
        })
    }

    /// Adds a column with its type, default and `NOT NULL`; its other constraints come later.
    pub(super) fn add_column(
        &mut self,
        id: RelationId,
        definition: &ColumnDefinition,
    ) -> Result<u16, Fault> {
        let written = definition.type_name.as_ref();
        let data_type = match written {
            Some(written) => self.data_type(written)?,
            None => TypeId::TEXT.into(),
        };
        let mut column = Column {
            number: 0,
            name: definition.name.text.clone(),
            not_null: false,
            default: None,
            default_types: BTreeSet::new(),
            sequence: None,
            identity: None,
            generated: None,
            provenance: self.provenance(),
            uncertain: self.maybe > 0,
            comment: None,
            data_type,
        };
        for constraint in &definition.constraints {
            match &constraint.kind {
                ConstraintKind::NotNull(_) | ConstraintKind::PrimaryKey(_) => {
                    column.not_null = true
                }
                ConstraintKind::Default(value) => {
                    self.check_default(&column.data_type, value)?;
                    column.sequence = self.sequence_of(value);
                    column.default_types = self.cast_types(value);
                    column.default = Some(value.clone());
                }
                ConstraintKind::Generated(value) => column.generated = Some(value.clone()),
                ConstraintKind::Identity(always) => {
                    column.identity = Some(*always);
                    column.not_null = true;
                }
                _ => {}
            }
        }
        let Some(table) = self.catalog.table_mut(id) else {
            return Ok(0);
        };
        table.next_column += 1;
        let number = table.next_column;
        column.number = number;
        let owns = written
            .and_then(serial)
            .or(column.identity.is_some().then_some(column.data_type.id));
        let is_serial = written.and_then(serial).is_some();
        table.columns.push(column);
        if let Some(kind) = owns {
            self.own_sequence(id, number, kind, is_serial);
        }
        Ok(number)
    }

    /// The sequence that `serial` and identity columns bring along.
    pub(super) fn own_sequence(
        &mut self,
        table: RelationId,
        column: u16,
        kind: TypeId,
        default: bool,
    ) {
        let Some(relation) = self.catalog.relation(table) else {
            return;
        };
        let schema = relation.schema.clone();
        let Some(column_name) = self
            .catalog
            .table(table)
            .and_then(|t| t.column_at(column))
            .map(|c| c.name.clone())
        else {
            return;
        };
        let name = self
            .catalog
            .choose_name(&schema, &relation.name, &column_name, "seq", &|_| false);
        let id = RelationId(self.catalog.fresh());
        self.catalog.add_relation(Relation {
            id,
            schema,
            name: name.clone(),
            provenance: self.provenance(),
            uncertain: self.maybe > 0,
            comment: None,
            kind: RelationKind::Sequence(Sequence {
                data_type: kind,
                start: "1".into(),
                increment: "1".into(),
                owned_by: Some((table, column)),
            }),
        });
        let span = self.place.span;
        if default
            && let Some(column) = self
                .catalog
                .table_mut(table)
                .and_then(|t| t.column_at_mut(column))
        {
            column.not_null = true;
            column.sequence = Some(id);
            column.default = Some(next_value(&name, span));
        }
    }

    /// The sequence behind `nextval('name')`.
    pub(super) fn sequence_of(&self, value: &Expr) -> Option<RelationId> {
        let ExprKind::Call(call) = &value.kind else {
            return None;
        };
        if call.name.name.text != "nextval" {
            return None;
        }
        let mut argument = &call.arguments.first()?.value;
        while let ExprKind::Cast(inner, _) = &argument.kind {
            argument = inner;
        }
        let ExprKind::String(text) = &argument.kind else {
            return None;
        };
        let (schema, name) = split_qualified(text);
        let relation = self.catalog.find_named(schema.as_deref(), &name)?;
        matches!(relation.kind, RelationKind::Sequence(_)).then_some(relation.id)
    }

    pub(super) fn create_table_as(&mut self, create: &CreateTableAs) -> Result<(), Fault> {
        let columns = match &create.query {
            Some(query) => self.query_columns(query, &create.columns)?,
            None => Vec::new(),
        };
        let place = self.place;
        let uncertain = self.maybe > 0;
        let provenance = self.provenance();
        let mut table = Table {
            rows: true,
            ..Table::default()
        };
        for (name, data_type, _) in columns {
            table.next_column += 1;
            table.columns.push(Column {
                number: table.next_column,
                name,
                uncertain: uncertain || data_type.is_none(),
                data_type: data_type.unwrap_or_else(|| TypeId::UNKNOWN.into()),
                not_null: false,
                default: None,
                default_types: BTreeSet::new(),
                sequence: None,
                identity: None,
                generated: None,
                provenance,
                comment: None,
            });
        }
        self.new_relation(
            &create.name,
            create.if_not_exists,
            create.temporary,
            RelationKind::Table(table),
        )?;
        debug_assert_eq!(place, self.place);
        Ok(())
    }
}

/// `schema.name` inside a string, as `regclass` reads it.
pub(crate) fn split_qualified(text: &str) -> (Option<SmolStr>, SmolStr) {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (index, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    let mut parts = parts
        .into_iter()
        .map(|part| crate::parse::identifier(part.trim()).0);
    let name = parts.next_back().unwrap_or_default();
    (parts.next_back(), name)
}

fn next_value(sequence: &str, span: snell_source::Span) -> Expr {
    let name = |text: &str| ObjectName {
        schema: None,
        name: Name {
            text: text.into(),
            span,
            quoted: false,
        },
    };
    let literal = Expr {
        span,
        kind: ExprKind::String(crate::print::identifier(sequence).into()),
    };
    let value = Expr {
        span,
        kind: ExprKind::Cast(
            Box::new(literal),
            TypeName {
                span,
                name: name("regclass"),
                modifiers: Vec::new(),
                array: false,
                indirect: false,
            },
        ),
    };
    Expr {
        span,
        kind: ExprKind::Call(Box::new(Call {
            name: name("nextval"),
            arguments: vec![Argument {
                name: None,
                variadic: false,
                value,
            }],
            star: false,
            distinct: false,
            order_by: Vec::new(),
            within_group: false,
            filter: None,
            over: None,
        })),
    }
}
