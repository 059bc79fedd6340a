//! Primary keys, uniques and indexes.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{FieldId, Mapped};
use crate::ast::Expression;

/// What an index is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IndexKind {
    /// `@id`, `@@id`
    PrimaryKey,
    /// `@unique`, `@@unique`
    Unique,
    /// `@@index`
    Normal,
    /// `@@fulltext`
    Fulltext,
}

/// `sort: Asc` or `sort: Desc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SortOrder {
    /// Ascending, the default.
    Asc,
    /// Descending.
    Desc,
}

/// `type: ...` of an `@@index`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// `BTree`, the default.
    BTree,
    /// `Hash`
    Hash,
    /// `Gist`
    Gist,
    /// `Gin`
    Gin,
    /// `SpGist`
    SpGist,
    /// `Brin`
    Brin,
    /// Any other, `Hnsw` for one.
    Other(SmolStr),
}

impl Algorithm {
    /// The algorithm of this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "BTree" => Algorithm::BTree,
            "Hash" => Algorithm::Hash,
            "Gist" => Algorithm::Gist,
            "Gin" => Algorithm::Gin,
            "SpGist" => Algorithm::SpGist,
            "Brin" => Algorithm::Brin,
            other => Algorithm::Other(SmolStr::new(other)),
        }
    }

    /// Its name in a schema.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Algorithm::BTree => "BTree",
            Algorithm::Hash => "Hash",
            Algorithm::Gist => "Gist",
            Algorithm::Gin => "Gin",
            Algorithm::SpGist => "SpGist",
            Algorithm::Brin => "Brin",
            Algorithm::Other(name) => name,
        }
    }
}

/// `ops: ...` of an index column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperatorClass {
    /// One that Prisma names: `JsonbPathOps`.
    Named(SmolStr),
    /// `raw("...")`: the database's name.
    Raw(SmolStr),
}

impl OperatorClass {
    /// The name as the schema writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            OperatorClass::Named(name) | OperatorClass::Raw(name) => name,
        }
    }
}

/// A column of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexColumn {
    /// The name as written: a field, or a path into a composite type (`address.street`).
    pub name: SmolStr,
    /// The field, or the composite field where the path starts; absent when there is none of that name.
    pub field: Option<FieldId>,
    /// `sort`.
    pub sort: Option<SortOrder>,
    /// `length`: how much of the column is indexed (MySQL).
    pub length: Option<u32>,
    /// `ops`.
    pub operator_class: Option<OperatorClass>,
    /// Its bytes.
    pub span: Span,
}

impl IndexColumn {
    /// Whether the path goes into a composite type.
    #[must_use]
    pub fn is_path(&self) -> bool {
        self.name.contains('.')
    }
}

/// A primary key, unique or index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// What it is for.
    pub kind: IndexKind,
    /// Its columns, in order.
    pub columns: Vec<IndexColumn>,
    /// `name`: the key under which the client addresses it.
    pub name: Option<Mapped>,
    /// `map`: the name in the database, as the schema gives it.
    pub map: Option<Mapped>,
    /// The name in the database: that of `map`, or the one that Prisma makes. Absent where
    /// the database has no such name (primary keys of MySQL and SQLite).
    pub db_name: Option<SmolStr>,
    /// `type`.
    pub algorithm: Option<Algorithm>,
    /// `clustered` (SQL Server).
    pub clustered: Option<bool>,
    /// `where`: the condition of a partial index.
    pub condition: Option<Expression>,
    /// Whether a field's attribute declares it.
    pub on_field: bool,
    /// The attribute.
    pub span: Span,
}

impl Index {
    /// Whether rows are unique over its columns (a condition narrows that to the rows it holds for).
    #[must_use]
    pub fn is_unique(&self) -> bool {
        matches!(self.kind, IndexKind::PrimaryKey | IndexKind::Unique)
    }

    /// The fields of the columns, when each of them is a field of the model.
    #[must_use]
    pub fn fields(&self) -> Option<Vec<FieldId>> {
        self.columns
            .iter()
            .map(|c| c.field.filter(|_| !c.is_path()))
            .collect()
    }

    /// The key under which a `where` of the client addresses this primary key or unique:
    /// the field, the `name`, or the fields joined by `_`.
    #[must_use]
    pub fn where_key(&self) -> Option<SmolStr> {
        if !self.is_unique() {
            return None;
        }
        match self.columns.as_slice() {
            [] => None,
            [only] => Some(only.name.clone()),
            columns => Some(self.name.as_ref().map_or_else(
                || {
                    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
                    SmolStr::new(names.join("_").replace('.', "_"))
                },
                |name| name.name.clone(),
            )),
        }
    }

    /// Whether the first columns are `fields`, in any order: then the index serves
    /// an equality on all of them.
    #[must_use]
    pub fn covers_prefix(&self, fields: &[FieldId]) -> bool {
        self.columns.len() >= fields.len()
            && fields.iter().all(|field| {
                self.columns[..fields.len()]
                    .iter()
                    .any(|c| c.field == Some(*field) && !c.is_path())
            })
    }
}
