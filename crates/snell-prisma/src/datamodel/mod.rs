//! What the files of one schema declare together, every name resolved.
//!
//! A [`Datamodel`] is plain data: items in source order, addressed by cheap
//! numbers ([`ModelId`], [`FieldId`], ...) that index it.

mod config;
mod field;
mod index;
mod model;
mod relation;

use std::collections::BTreeMap;
use std::ops;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

pub use config::{Datasource, Generator, Provider, RelationMode};
pub use field::{Default, Field, FieldType, Mapped, NativeType, ScalarType, Value};
pub use index::{Algorithm, Index, IndexColumn, IndexKind, OperatorClass, SortOrder};
pub use model::{CompositeType, Enum, EnumValue, Model};
pub use relation::{
    Action, Cardinality, ForeignKey, JoinTable, ReferentialAction, Relation, RelationField,
};

/// A span in one of the files that were lowered together.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Place {
    /// The number that the caller gave the file.
    pub file: usize,
    /// The bytes in it.
    pub span: Span,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $field:ident: $item:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(u32);

        impl $name {
            pub(crate) fn new(index: usize) -> Self {
                $name(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// Its position in source order.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl ops::Index<$name> for Datamodel {
            type Output = $item;

            fn index(&self, id: $name) -> &$item {
                &self.$field[id.index()]
            }
        }
    )*};
}

ids! {
    /// The number of a model or view in its [`Datamodel`].
    ModelId => models: Model;
    /// The number of an enum in its [`Datamodel`].
    EnumId => enums: Enum;
    /// The number of a composite type in its [`Datamodel`].
    CompositeTypeId => composite_types: CompositeType;
    /// The number of a relation in its [`Datamodel`].
    RelationId => relations: Relation;
}

/// The number of a field of a model in its [`Datamodel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldId {
    /// The model.
    pub model: ModelId,
    index: u32,
}

impl FieldId {
    pub(crate) fn new(model: ModelId, index: usize) -> Self {
        FieldId {
            model,
            index: u32::try_from(index).unwrap_or(u32::MAX),
        }
    }

    /// Its position in the model's fields.
    #[must_use]
    pub fn index(self) -> usize {
        self.index as usize
    }
}

impl ops::Index<FieldId> for Datamodel {
    type Output = Field;

    fn index(&self, id: FieldId) -> &Field {
        &self[id.model].fields[id.index()]
    }
}

/// What a schema declares.
#[derive(Debug, Clone, PartialEq, Eq, std::default::Default, Serialize, Deserialize)]
pub struct Datamodel {
    pub(crate) datasources: Vec<Datasource>,
    pub(crate) generators: Vec<Generator>,
    pub(crate) models: Vec<Model>,
    pub(crate) enums: Vec<Enum>,
    pub(crate) composite_types: Vec<CompositeType>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) names: BTreeMap<SmolStr, Declaration>,
    pub(crate) accessors: BTreeMap<SmolStr, ModelId>,
    pub(crate) tables: BTreeMap<SmolStr, Vec<ModelId>>,
}

/// What a type name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Declaration {
    /// A model or view.
    Model(ModelId),
    /// An enum.
    Enum(EnumId),
    /// A composite type.
    CompositeType(CompositeTypeId),
}

impl Datamodel {
    /// The first `datasource` block: Prisma allows one.
    #[must_use]
    pub fn datasource(&self) -> Option<&Datasource> {
        self.datasources.first()
    }

    /// The `datasource` blocks in source order.
    #[must_use]
    pub fn datasources(&self) -> &[Datasource] {
        &self.datasources
    }

    /// The `generator` blocks in source order.
    #[must_use]
    pub fn generators(&self) -> &[Generator] {
        &self.generators
    }

    /// Models and views in source order, `@@ignore`d ones included.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Enums in source order.
    #[must_use]
    pub fn enums(&self) -> &[Enum] {
        &self.enums
    }

    /// Composite types in source order.
    #[must_use]
    pub fn composite_types(&self) -> &[CompositeType] {
        &self.composite_types
    }

    /// Relations, in the order of their first field.
    #[must_use]
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// What a type name means; of two declarations of one name, the first.
    #[must_use]
    pub fn declaration(&self, name: &str) -> Option<Declaration> {
        self.names.get(name).copied()
    }

    /// The model or view of this name.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&Model> {
        match self.declaration(name)? {
            Declaration::Model(id) => Some(&self[id]),
            _ => None,
        }
    }

    /// The enum of this name.
    #[must_use]
    pub fn enumeration(&self, name: &str) -> Option<&Enum> {
        match self.declaration(name)? {
            Declaration::Enum(id) => Some(&self[id]),
            _ => None,
        }
    }

    /// The composite type of this name.
    #[must_use]
    pub fn composite_type(&self, name: &str) -> Option<&CompositeType> {
        match self.declaration(name)? {
            Declaration::CompositeType(id) => Some(&self[id]),
            _ => None,
        }
    }

    /// The model that `client.<accessor>` reads and writes. An `@@ignore`d model has none.
    #[must_use]
    pub fn model_by_accessor(&self, accessor: &str) -> Option<&Model> {
        self.accessors.get(accessor).map(|id| &self[*id])
    }

    /// The models whose table or view has this name in the database (one per `@@schema`).
    pub fn models_of_table<'a>(&'a self, table: &str) -> impl Iterator<Item = &'a Model> {
        let ids = self.tables.get(table).map_or(&[][..], Vec::as_slice);
        ids.iter().map(|id| &self[*id])
    }

    /// The tables of the implicit many-to-many relations, with their relations.
    pub fn join_tables(&self) -> impl Iterator<Item = (&Relation, &JoinTable)> {
        self.relations
            .iter()
            .filter_map(|r| r.join_table.as_ref().map(|t| (r, t)))
    }

    /// The provider of the datasource; `Unknown` without one.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.datasource().map_or(Provider::Unknown, |d| d.provider)
    }

    /// Whether foreign keys are the database's (`foreignKeys`, the default) or the client's work.
    #[must_use]
    pub fn relation_mode(&self) -> RelationMode {
        self.datasource()
            .map_or(RelationMode::ForeignKeys, |d| d.relation_mode)
    }

    /// The model at the other end of a relation field.
    #[must_use]
    pub fn target(&self, field: &Field) -> Option<&Model> {
        field.relation().map(|r| &self[r.target])
    }

    /// The model of which each row has a few rows of this one at most: a unique over the key to
    /// it, alone or beside what has few values (an enum, a kind, a language).
    #[must_use]
    pub fn bounded_by(&self, model: &Model) -> Option<&Model> {
        const FEW: [&str; 15] = [
            "key",
            "type",
            "kind",
            "provider",
            "platform",
            "channel",
            "locale",
            "lang",
            "language",
            "role",
            "currency",
            "country",
            "attribute",
            "property",
            "field",
        ];
        let has_few = |field: &Field| {
            let name = field.name.to_ascii_lowercase();
            match field.ty {
                FieldType::Enum(_) | FieldType::Scalar(ScalarType::Boolean) => true,
                FieldType::Scalar(ScalarType::String) => FEW.iter().any(|end| name.ends_with(end)),
                _ => false,
            }
        };
        let uniques: Vec<Vec<FieldId>> =
            model.unique_criteria().filter_map(Index::fields).collect();
        let (_, key) = self.foreign_keys_of(model.id).find(|(_, key)| {
            uniques.iter().any(|fields| {
                key.columns.iter().all(|column| fields.contains(column))
                    && fields
                        .iter()
                        .filter(|field| !key.columns.contains(field))
                        .all(|field| !model.is_foreign_key(*field) && has_few(&self[*field]))
            })
        })?;
        self.target(&self[key.field])
            .filter(|target| target.id != model.id)
    }

    /// The foreign key of a relation field's relation, whichever side declares it.
    #[must_use]
    pub fn foreign_key(&self, field: &Field) -> Option<&ForeignKey> {
        self[field.relation()?.relation?].foreign_key.as_ref()
    }

    /// The foreign keys that `model` itself holds, with their relations, in their order.
    pub fn foreign_keys_of(
        &self,
        model: ModelId,
    ) -> impl Iterator<Item = (&Relation, &ForeignKey)> {
        let fields = self[model].fields.iter().filter_map(Field::relation);
        let mut own: Vec<RelationId> = fields.filter_map(|field| field.relation).collect();
        own.sort_unstable();
        own.dedup();
        own.into_iter()
            .map(|id| &self[id])
            .filter_map(|r| r.foreign_key.as_ref().map(|key| (r, key)))
            .filter(move |(_, key)| key.field.model == model)
    }
}
