//! Types: how they are found by name and how PostgreSQL spells them.

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

use super::{Catalog, TypeId, UserTypeKind};
use crate::ast::TypeName;
use crate::library::library;

/// A type with its modifiers: `varchar(191)`, `numeric(10,2)`, `vector(1536)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataType {
    /// The type; an array has a number of its own.
    pub id: TypeId,
    /// What stood in the parentheses.
    pub modifiers: Vec<i32>,
}

impl From<TypeId> for DataType {
    fn from(id: TypeId) -> Self {
        DataType {
            id,
            modifiers: Vec::new(),
        }
    }
}

/// What the rules of casts and overloads ask of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) category: char,
    pub(crate) preferred: bool,
    /// `pg_type.typtype`.
    pub(crate) kind: char,
    pub(crate) element: Option<TypeId>,
    pub(crate) array: Option<TypeId>,
}

impl Catalog {
    /// The type that a written name means; none when no such type exists.
    #[must_use]
    pub fn resolve_type(&self, written: &TypeName) -> Option<DataType> {
        let id = self.type_named(
            written
                .name
                .schema
                .as_ref()
                .map(|schema| schema.text.as_str()),
            &written.name.name.text,
        )?;
        let id = if written.array {
            self.array_of(id)?
        } else {
            id
        };
        Some(DataType {
            id,
            modifiers: written
                .modifiers
                .iter()
                .filter_map(|modifier| modifier.parse().ok())
                .collect(),
        })
    }

    /// A type by its name, built-in types and extensions included.
    #[must_use]
    pub fn type_named(&self, schema: Option<&str>, name: &str) -> Option<TypeId> {
        let built_in = || {
            let id = *library().type_names.get(name)?;
            let entry = library().types.get(&id)?;
            match entry.extension {
                None => (schema.is_none() || schema == Some("pg_catalog")).then_some(id),
                Some(extension) => self.extensions.contains_key(extension).then_some(id),
            }
        };
        let user = |schema: &str| self.type_names.get(&(schema.into(), name.into())).copied();
        match schema {
            Some(schema) => user(schema).or_else(built_in),
            None => built_in()
                .or_else(|| user(super::TEMPORARY))
                .or_else(|| self.search_path.iter().find_map(|schema| user(schema))),
        }
    }

    /// The array type over a type.
    #[must_use]
    pub fn array_of(&self, id: TypeId) -> Option<TypeId> {
        match self.user_type(id) {
            Some(user_type) => Some(user_type.array),
            None => library().types.get(&id)?.array,
        }
    }

    /// The type of an array's elements.
    #[must_use]
    pub fn element_of(&self, id: TypeId) -> Option<TypeId> {
        if id.0 > TypeId::USER {
            let element = TypeId(id.0 - 1);
            return self
                .user_type(element)
                .filter(|user_type| user_type.array == id)
                .map(|_| element);
        }
        library().types.get(&id)?.element
    }

    /// The enum behind a type, its domain opened.
    #[must_use]
    pub fn enum_values(&self, id: TypeId) -> Option<&[super::EnumValue]> {
        match &self.user_type(self.base_of(id))?.kind {
            UserTypeKind::Enum(values) => Some(values),
            _ => None,
        }
    }

    /// The type under a domain; any other type itself.
    #[must_use]
    pub fn base_of(&self, id: TypeId) -> TypeId {
        let mut id = id;
        for _ in 0..32 {
            match self.user_type(id).map(|user_type| &user_type.kind) {
                Some(UserTypeKind::Domain(domain)) => id = domain.base.id,
                _ => break,
            }
        }
        id
    }

    pub(crate) fn traits(&self, id: TypeId) -> Option<Traits> {
        if let Some(entry) = library().types.get(&id) {
            return Some(Traits {
                category: entry.category,
                preferred: entry.preferred,
                kind: entry.kind,
                element: entry.element,
                array: entry.array,
            });
        }
        if let Some(element) = self.element_of(id) {
            return Some(Traits {
                category: 'A',
                preferred: false,
                kind: 'b',
                element: Some(element),
                array: None,
            });
        }
        let user_type = self.user_type(id)?;
        let (category, kind) = match &user_type.kind {
            UserTypeKind::Enum(_) => ('E', 'e'),
            UserTypeKind::Domain(domain) => {
                (self.traits(domain.base.id).map_or('U', |t| t.category), 'd')
            }
            UserTypeKind::Composite(_) => ('C', 'c'),
            UserTypeKind::Other => ('U', 'b'),
        };
        Some(Traits {
            category,
            preferred: false,
            kind,
            element: None,
            array: Some(user_type.array),
        })
    }

    /// A type's own name in `pg_type`: `int4`, `_text`, `Role`.
    #[must_use]
    pub fn type_name(&self, id: TypeId) -> SmolStr {
        if let Some(entry) = library().types.get(&id) {
            return entry.name.clone();
        }
        if let Some(element) = self.element_of(id) {
            return format_smolstr!("_{}", self.type_name(element));
        }
        self.user_type(id)
            .map_or_else(|| "???".into(), |user_type| user_type.name.clone())
    }

    /// A type as PostgreSQL's `format_type` spells it.
    #[must_use]
    pub fn format_type(&self, data_type: &DataType) -> String {
        if let Some(element) = self.element_of(data_type.id) {
            let inner = DataType {
                id: element,
                modifiers: data_type.modifiers.clone(),
            };
            return format!("{}[]", self.format_type(&inner));
        }
        let modifiers = data_type
            .modifiers
            .iter()
            .map(i32::to_string)
            .collect::<Vec<_>>()
            .join(",");
        let suffix = if modifiers.is_empty() {
            String::new()
        } else {
            format!("({modifiers})")
        };
        match data_type.id {
            TypeId::BOOL => "boolean".into(),
            TypeId::CHAR => "\"char\"".into(),
            TypeId::INT2 => "smallint".into(),
            TypeId::INT4 => "integer".into(),
            TypeId::INT8 => "bigint".into(),
            TypeId::FLOAT4 => "real".into(),
            TypeId::FLOAT8 => "double precision".into(),
            TypeId::NUMERIC if data_type.modifiers.len() == 1 => format!("numeric({modifiers},0)"),
            TypeId::BPCHAR if modifiers.is_empty() => "bpchar".into(),
            TypeId::BPCHAR => format!("character{suffix}"),
            TypeId::VARCHAR => format!("character varying{suffix}"),
            TypeId::BIT if modifiers.is_empty() => "\"bit\"".into(),
            TypeId::VARBIT => format!("bit varying{suffix}"),
            TypeId::TIME => format!("time{suffix} without time zone"),
            TypeId::TIMETZ => format!("time{suffix} with time zone"),
            TypeId::TIMESTAMP => format!("timestamp{suffix} without time zone"),
            TypeId::TIMESTAMPTZ => format!("timestamp{suffix} with time zone"),
            id => format!("{}{suffix}", self.qualified_type_name(id)),
        }
    }

    fn qualified_type_name(&self, id: TypeId) -> String {
        // Built-in names are words of the grammar, not identifiers that need quotes.
        if id.0 < TypeId::EXTENSIONS {
            return self.type_name(id).to_string();
        }
        let name = crate::print::identifier(&self.type_name(id));
        match self.user_type(id) {
            Some(user_type) if !self.search_path.contains(&user_type.schema) => {
                format!("{}.{name}", crate::print::identifier(&user_type.schema))
            }
            _ => name,
        }
    }
}
