//! Models, views, enums and composite types.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{CompositeTypeId, EnumId, Field, FieldId, Index, IndexKind, Mapped, ModelId, Place};
use crate::ast::{Attribute, Comments};

/// A model or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Its number.
    pub id: ModelId,
    /// Its name.
    pub name: SmolStr,
    /// The client's name for it: its name, the first letter lower case.
    pub accessor: SmolStr,
    /// The name of its table: that of `@@map`, or its own.
    pub db_name: SmolStr,
    /// `@@map("...")`.
    pub map: Option<Mapped>,
    /// `@@schema("...")`.
    pub schema: Option<Mapped>,
    /// Whether it is a view.
    pub is_view: bool,
    /// Whether every line of the block could be read; else a field may be missing.
    pub is_complete: bool,
    /// The span of `@@ignore`.
    pub ignored: Option<Span>,
    /// Its fields, in source order.
    pub fields: Vec<Field>,
    /// Primary key, uniques and indexes in Prisma's order: the primary key, then `@unique`,
    /// `@@index`, `@@unique` and `@@fulltext`, each in source order.
    pub all_indexes: Vec<Index>,
    /// Its `@@` attributes as written.
    pub attributes: Vec<Attribute>,
    /// Comments above it, and the one behind its opening brace.
    pub comments: Comments,
    /// The whole block.
    pub at: Place,
    /// The span of its name.
    pub name_span: Span,
}

impl Model {
    /// The field of this name; of two, the first.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The field that is this column.
    #[must_use]
    pub fn field_of_column(&self, column: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|f| f.db_name == column && f.is_column())
    }

    /// The relation fields, in source order.
    pub fn relation_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| f.relation().is_some())
    }

    /// The fields that are columns, in source order.
    pub fn columns(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| f.is_column())
    }

    /// `@id` or `@@id`.
    #[must_use]
    pub fn primary_key(&self) -> Option<&Index> {
        self.all_indexes
            .iter()
            .find(|i| i.kind == IndexKind::PrimaryKey)
    }

    /// `@unique` and `@@unique`.
    pub fn uniques(&self) -> impl Iterator<Item = &Index> {
        self.all_indexes
            .iter()
            .filter(|i| i.kind == IndexKind::Unique)
    }

    /// `@@index` and `@@fulltext`: those that are not unique.
    pub fn indexes(&self) -> impl Iterator<Item = &Index> {
        self.all_indexes.iter().filter(|i| !i.is_unique())
    }

    /// Every key by which one row can be found: the primary key and the uniques without a condition.
    pub fn unique_criteria(&self) -> impl Iterator<Item = &Index> {
        self.all_indexes
            .iter()
            .filter(|i| i.is_unique() && i.condition.is_none())
    }

    /// The unique criterion that the client addresses by this key of a `where`.
    #[must_use]
    pub fn unique_criterion(&self, where_key: &str) -> Option<&Index> {
        self.unique_criteria()
            .find(|i| i.where_key().as_deref() == Some(where_key))
    }

    /// Primary key, uniques and indexes whose first columns are `fields`, in any order. Full-text
    /// indexes are left out; conditions and algorithms are the caller's to weigh.
    pub fn indexes_covering(&self, fields: &[FieldId]) -> impl Iterator<Item = &Index> {
        self.all_indexes
            .iter()
            .filter(move |i| i.kind != IndexKind::Fulltext && i.covers_prefix(fields))
    }

    /// Whether the field alone is the primary key (`@id`, or `@@id` over it alone).
    #[must_use]
    pub fn is_id(&self, field: FieldId) -> bool {
        self.primary_key().is_some_and(|key| is_single(key, field))
    }

    /// Whether the field alone is unique (`@unique`, or `@@unique` over it alone).
    #[must_use]
    pub fn is_unique(&self, field: FieldId) -> bool {
        self.uniques().any(|key| is_single(key, field))
    }

    /// Whether a foreign key of this model holds the field.
    #[must_use]
    pub fn is_foreign_key(&self, field: FieldId) -> bool {
        self.relation_fields()
            .filter_map(Field::relation)
            .any(|r| r.fields.contains(&field))
    }

    /// The text of its `///` comments.
    #[must_use]
    pub fn documentation(&self) -> Option<String> {
        self.comments.documentation()
    }

    /// A place in the model's file.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place {
            file: self.at.file,
            span,
        }
    }
}

fn is_single(key: &Index, field: FieldId) -> bool {
    matches!(key.columns.as_slice(), [only] if only.field == Some(field) && !only.is_path())
}

/// An enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// Its number.
    pub id: EnumId,
    /// Its name.
    pub name: SmolStr,
    /// The name of its type in the database.
    pub db_name: SmolStr,
    /// `@@map("...")`.
    pub map: Option<Mapped>,
    /// `@@schema("...")`.
    pub schema: Option<Mapped>,
    /// Its values, in source order.
    pub values: Vec<EnumValue>,
    /// Comments above it, and the one behind its opening brace.
    pub comments: Comments,
    /// The whole block.
    pub at: Place,
    /// The span of its name.
    pub name_span: Span,
}

impl Enum {
    /// The value of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&EnumValue> {
        self.values.iter().find(|v| v.name == name)
    }
}

/// A value of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumValue {
    /// Its name.
    pub name: SmolStr,
    /// Its name in the database: that of `@map`, or its own.
    pub db_name: SmolStr,
    /// `@map("...")`.
    pub map: Option<Mapped>,
    /// Comments above and behind it.
    pub comments: Comments,
    /// The whole value.
    pub span: Span,
    /// The span of its name.
    pub name_span: Span,
}

/// A composite type (MongoDB).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeType {
    /// Its number.
    pub id: CompositeTypeId,
    /// Its name.
    pub name: SmolStr,
    /// Its fields, in source order. No relations.
    pub fields: Vec<Field>,
    /// Comments above it, and the one behind its opening brace.
    pub comments: Comments,
    /// The whole block.
    pub at: Place,
    /// The span of its name.
    pub name_span: Span,
}

impl CompositeType {
    /// The field of this name; of two, the first.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
}
