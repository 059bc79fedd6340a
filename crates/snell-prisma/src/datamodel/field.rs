//! Fields, their types and defaults.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{CompositeTypeId, EnumId, FieldId, Place, RelationField};
use crate::ast::{self, Arity, Attribute, Comments};

/// Prisma's scalar types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScalarType {
    /// `String`
    String,
    /// `Int`: 32 bits
    Int,
    /// `BigInt`: 64 bits
    BigInt,
    /// `Float`
    Float,
    /// `Decimal`
    Decimal,
    /// `Boolean`
    Boolean,
    /// `DateTime`
    DateTime,
    /// `Json`
    Json,
    /// `Bytes`
    Bytes,
}

impl ScalarType {
    /// The scalar of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "String" => ScalarType::String,
            "Int" => ScalarType::Int,
            "BigInt" => ScalarType::BigInt,
            "Float" => ScalarType::Float,
            "Decimal" => ScalarType::Decimal,
            "Boolean" => ScalarType::Boolean,
            "DateTime" => ScalarType::DateTime,
            "Json" => ScalarType::Json,
            "Bytes" => ScalarType::Bytes,
            _ => return None,
        })
    }

    /// Its name in a schema.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ScalarType::String => "String",
            ScalarType::Int => "Int",
            ScalarType::BigInt => "BigInt",
            ScalarType::Float => "Float",
            ScalarType::Decimal => "Decimal",
            ScalarType::Boolean => "Boolean",
            ScalarType::DateTime => "DateTime",
            ScalarType::Json => "Json",
            ScalarType::Bytes => "Bytes",
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldType {
    /// A scalar.
    Scalar(ScalarType),
    /// A value of an enum.
    Enum(EnumId),
    /// Rows of another model.
    Relation(RelationField),
    /// A composite value.
    Composite(CompositeTypeId),
    /// `Unsupported("...")`: the database type. The client leaves the field out.
    Unsupported(SmolStr),
    /// A name that nothing declares.
    Unknown(SmolStr),
}

/// A database name set by `map`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// The name.
    pub name: SmolStr,
    /// The string that gives it.
    pub span: Span,
}

/// `@db.Name(arguments)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeType {
    /// The name without the datasource's.
    pub name: SmolStr,
    /// The arguments as written.
    pub arguments: Vec<SmolStr>,
    /// The whole attribute.
    pub span: Span,
}

/// `@default(...)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Default {
    /// What it gives.
    pub value: Value,
    /// The span of the value.
    pub value_span: Span,
    /// The name of the constraint (SQL Server).
    pub map: Option<Mapped>,
    /// The whole attribute.
    pub span: Span,
}

/// A value that a schema writes down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A string, escapes resolved.
    String(SmolStr),
    /// A number as written.
    Number(SmolStr),
    /// `true` or `false`.
    Boolean(bool),
    /// A value of the field's enum, by its name in the schema.
    EnumValue(SmolStr),
    /// `now()`, `cuid(2)`, `dbgenerated("...")`, ...
    Function {
        /// Its name.
        name: SmolStr,
        /// Its arguments; names of arguments are left out.
        arguments: Vec<Value>,
    },
    /// `[...]`
    List(Vec<Value>),
    /// Anything that Prisma gives no meaning.
    Other(SmolStr),
}

impl Value {
    /// Whether this is a call of `function`.
    #[must_use]
    pub fn is_function(&self, function: &str) -> bool {
        matches!(self, Value::Function { name, .. } if name == function)
    }

    /// The SQL of `dbgenerated("...")`.
    #[must_use]
    pub fn db_generated(&self) -> Option<&str> {
        match self {
            Value::Function { name, arguments } if name == "dbgenerated" => {
                match arguments.as_slice() {
                    [Value::String(sql)] => Some(sql),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// A field of a model, view or composite type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its number; for a field of a composite type it has no meaning outside of that type.
    pub id: FieldId,
    /// Its name.
    pub name: SmolStr,
    /// The name of its column: that of `@map`, or its own.
    pub db_name: SmolStr,
    /// `@map("...")`.
    pub map: Option<Mapped>,
    /// What it holds.
    pub ty: FieldType,
    /// How many.
    pub arity: Arity,
    /// `@db.X(...)`.
    pub native_type: Option<NativeType>,
    /// `@default(...)`.
    pub default: Option<Default>,
    /// The span of `@updatedAt`.
    pub updated_at: Option<Span>,
    /// The span of `@ignore`.
    pub ignored: Option<Span>,
    /// Every attribute as written, with the spans of its arguments.
    pub attributes: Vec<Attribute>,
    /// Comments above and behind it.
    pub comments: Comments,
    /// The whole field.
    pub at: Place,
    /// The span of its name.
    pub name_span: Span,
    /// The span of its type, arity included.
    pub type_span: Span,
}

impl Field {
    /// What the field says about its relation, if it is a relation field.
    #[must_use]
    pub fn relation(&self) -> Option<&RelationField> {
        match &self.ty {
            FieldType::Relation(relation) => Some(relation),
            _ => None,
        }
    }

    /// The scalar type, if it is one.
    #[must_use]
    pub fn scalar(&self) -> Option<ScalarType> {
        match self.ty {
            FieldType::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The enum, if it holds one.
    #[must_use]
    pub fn enumeration(&self) -> Option<EnumId> {
        match self.ty {
            FieldType::Enum(id) => Some(id),
            _ => None,
        }
    }

    /// Whether it has exactly one value.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.arity == Arity::Required
    }

    /// Whether it may have none.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.arity == Arity::Optional
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.arity == Arity::List
    }

    /// Whether it is a column of its table: anything but a relation.
    #[must_use]
    pub fn is_column(&self) -> bool {
        !matches!(self.ty, FieldType::Relation(_))
    }

    /// The type as the database has it, when it is one of pgvector's
    /// (<https://github.com/pgvector/pgvector#reference>): `vector(1536)`.
    #[must_use]
    pub fn vector(&self) -> Option<&SmolStr> {
        let FieldType::Unsupported(ty) = &self.ty else {
            return None;
        };
        let name = ty.split('(').next().unwrap_or(ty).trim();
        let name = name.rsplit('.').next().unwrap_or(name);
        matches!(name, "vector" | "halfvec" | "sparsevec").then_some(ty)
    }

    /// Whether the client shows it: neither `@ignore`d nor `Unsupported`.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.ignored.is_none() && !matches!(self.ty, FieldType::Unsupported(_))
    }

    /// Whether the value may be left out of a create.
    #[must_use]
    pub fn may_be_omitted(&self) -> bool {
        !self.is_required() || self.default.is_some() || self.updated_at.is_some()
    }

    /// The attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name.text == name)
    }

    /// The text of its `///` comments.
    #[must_use]
    pub fn documentation(&self) -> Option<String> {
        self.comments.documentation()
    }

    /// A place in the field's file.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place {
            file: self.at.file,
            span,
        }
    }
}

impl From<&ast::Name> for Mapped {
    fn from(name: &ast::Name) -> Self {
        Mapped {
            name: name.text.clone(),
            span: name.span,
        }
    }
}
