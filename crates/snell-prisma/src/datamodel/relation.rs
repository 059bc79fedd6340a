//! Relations: both sides, the foreign key or join table between them.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{FieldId, Mapped, ModelId, RelationId};

/// What the database does to a row when the row that it references goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReferentialAction {
    /// Goes or changes with it.
    Cascade,
    /// Forbids it.
    Restrict,
    /// Forbids it, when the constraint is checked.
    NoAction,
    /// The foreign key becomes null.
    SetNull,
    /// The foreign key becomes its default.
    SetDefault,
}

impl ReferentialAction {
    /// The action of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Cascade" => ReferentialAction::Cascade,
            "Restrict" => ReferentialAction::Restrict,
            "NoAction" => ReferentialAction::NoAction,
            "SetNull" => ReferentialAction::SetNull,
            "SetDefault" => ReferentialAction::SetDefault,
            _ => return None,
        })
    }

    /// Its name in a schema.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ReferentialAction::Cascade => "Cascade",
            ReferentialAction::Restrict => "Restrict",
            ReferentialAction::NoAction => "NoAction",
            ReferentialAction::SetNull => "SetNull",
            ReferentialAction::SetDefault => "SetDefault",
        }
    }
}

/// A referential action, and whether the schema says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The action.
    pub action: ReferentialAction,
    /// Where the schema says it; absent when it is Prisma's default.
    pub explicit: Option<Span>,
}

/// How many rows stand on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cardinality {
    /// One on both.
    OneToOne,
    /// One on the referenced side, many on the side that holds the foreign key.
    OneToMany,
    /// Many on both, through an implicit join table (or lists of ids in MongoDB).
    ManyToMany,
}

/// What a relation field says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationField {
    /// The model that it leads to.
    pub target: ModelId,
    /// Its relation; absent when the other side could not be found.
    pub relation: Option<RelationId>,
    /// The field on the other side.
    pub opposite: Option<FieldId>,
    /// The relation's name, as this side gives it.
    pub name: Option<Mapped>,
    /// `fields`: the fields of this model that exist.
    pub fields: Vec<FieldId>,
    /// `references`: the fields of the target that exist.
    pub references: Vec<FieldId>,
    /// Whether this side declares the foreign key (`fields` is written).
    pub holds_key: bool,
    /// `onDelete`, as written.
    pub on_delete: Option<Action>,
    /// `onUpdate`, as written.
    pub on_update: Option<Action>,
    /// `map`: the name of the foreign key.
    pub map: Option<Mapped>,
    /// The `@relation` attribute.
    pub attribute: Option<Span>,
}

/// The foreign key of a relation. The database has the constraint unless
/// [`Datamodel::relation_mode`](super::Datamodel::relation_mode) says that the client keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The relation field that declares it.
    pub field: FieldId,
    /// The columns, on the side of `field`.
    pub columns: Vec<FieldId>,
    /// The columns that they reference.
    pub references: Vec<FieldId>,
    /// What happens when the referenced row is deleted.
    pub on_delete: Action,
    /// What happens when the referenced key changes.
    pub on_update: Action,
    /// `map`.
    pub map: Option<Mapped>,
    /// The constraint's name in the database: that of `map`, or the one that Prisma makes.
    pub db_name: SmolStr,
}

/// The table of an implicit many-to-many relation: columns `A` and `B`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinTable {
    /// `_` and the relation's name.
    pub db_name: SmolStr,
    /// The model whose key is in column `A`: the one whose name sorts first.
    pub a: ModelId,
    /// The model whose key is in column `B`.
    pub b: ModelId,
}

/// A relation between two models, or of a model with itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// Its number.
    pub id: RelationId,
    /// Its name: the one given, or `AToB`.
    pub name: SmolStr,
    /// Whether the schema gives the name.
    pub is_named: bool,
    /// How many rows stand on each side.
    pub cardinality: Cardinality,
    /// The field on the side that holds the foreign key; with a join table, on the side of column `A`.
    pub from: FieldId,
    /// The field on the other side.
    pub to: Option<FieldId>,
    /// The foreign key, when there is one.
    pub foreign_key: Option<ForeignKey>,
    /// The join table, when there is one.
    pub join_table: Option<JoinTable>,
}
