//! The datamodel in the words of Prisma's DMMF, to be compared with what Prisma itself says.
//!
//! [`project`] gives what Prisma's `get_dmmf` gives: what the client shows. What DMMF leaves out
//! stands beside it under keys of its own: `ignoredModels`, `joinTables`, `hiddenFields` of a
//! model, `constraint` of an index or relation, and the referential actions that Prisma fills in.

mod value;

use serde::Serialize;

use crate::ast::Arity;
use crate::datamodel::{
    self, CompositeType, Datamodel, FieldType, ForeignKey, Index, IndexKind, OperatorClass,
    RelationMode, SortOrder,
};
pub use value::DefaultValue;

/// A whole schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a> {
    /// Data sources.
    pub datasources: Vec<Datasource<'a>>,
    /// Generators.
    pub generators: Vec<Generator<'a>>,
    /// Models, then views, without the ignored ones.
    pub models: Vec<Model<'a>>,
    /// Composite types.
    pub types: Vec<Type<'a>>,
    /// Enums.
    pub enums: Vec<Enum<'a>>,
    /// Not in DMMF: `@@ignore`d models.
    pub ignored_models: Vec<Model<'a>>,
    /// Not in DMMF: the tables of implicit many-to-many relations.
    pub join_tables: Vec<JoinTable<'a>>,
}

/// A data source.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Datasource<'a> {
    name: &'a str,
    provider: Option<&'a str>,
    active_provider: &'static str,
    schemas: Vec<&'a str>,
}

/// A generator.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Generator<'a> {
    name: &'a str,
    provider: Option<&'a str>,
    output: Option<&'a str>,
    preview_features: Vec<&'a str>,
}

/// A model or view.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model<'a> {
    name: &'a str,
    accessor: &'a str,
    table: &'a str,
    mapped: bool,
    schema: Option<&'a str>,
    fields: Vec<Field<'a>>,
    primary_key: Option<Key<'a>>,
    uniques: Vec<Key<'a>>,
    indexes: Vec<IndexView<'a>>,
    view: bool,
    hidden_fields: Vec<Field<'a>>,
}

/// A composite type.
#[derive(Debug, Serialize)]
pub struct Type<'a> {
    name: &'a str,
    fields: Vec<Field<'a>>,
}

/// A field.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field<'a> {
    name: &'a str,
    db_name: &'a str,
    mapped: bool,
    kind: &'static str,
    #[serde(rename = "type")]
    ty: &'a str,
    is_list: bool,
    is_required: bool,
    is_id: bool,
    is_unique: bool,
    is_updated_at: bool,
    is_read_only: bool,
    native_type: Option<(&'a str, Vec<&'a str>)>,
    has_default_value: bool,
    default: Option<DefaultValue<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relation: Option<Relation<'a>>,
}

/// What a relation field says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Relation<'a> {
    name: &'a str,
    fields: Vec<&'a str>,
    references: Vec<&'a str>,
    on_delete: Option<&'static str>,
    on_update: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign_key: Option<Constraint<'a>>,
}

/// A foreign key as the database gets it; with `relationMode = "prisma"` it gets none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Constraint<'a> {
    constraint: &'a str,
    on_delete: &'static str,
    on_update: &'static str,
}

/// A primary key or unique over several columns.
#[derive(Debug, Serialize)]
pub struct Key<'a> {
    name: Option<&'a str>,
    fields: Vec<&'a str>,
}

/// A primary key, unique or index.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexView<'a> {
    #[serde(rename = "type")]
    ty: &'static str,
    on_field: bool,
    name: Option<&'a str>,
    db_name: Option<&'a str>,
    algorithm: Option<&'a str>,
    clustered: Option<bool>,
    fields: Vec<Column<'a>>,
    constraint: Option<&'a str>,
}

/// A column of an index.
#[derive(Debug, Serialize)]
pub struct Column<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ops: Option<&'a str>,
}

/// An enum.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Enum<'a> {
    name: &'a str,
    db_name: &'a str,
    mapped: bool,
    values: Vec<EnumValue<'a>>,
}

/// A value of an enum.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnumValue<'a> {
    name: &'a str,
    db_name: &'a str,
}

/// The table of an implicit many-to-many relation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinTable<'a> {
    table: &'a str,
    relation: &'a str,
    a: &'a str,
    b: &'a str,
}

/// The datamodel in DMMF's words.
#[must_use]
pub fn project(datamodel: &Datamodel) -> Document<'_> {
    let models = |view: bool, ignored: bool| {
        datamodel
            .models()
            .iter()
            .filter(move |m| m.is_view == view && m.ignored.is_some() == ignored)
            .map(|m| model(datamodel, m))
    };
    Document {
        datasources: datamodel.datasources().iter().map(datasource).collect(),
        generators: datamodel.generators().iter().map(generator).collect(),
        models: models(false, false).chain(models(true, false)).collect(),
        types: datamodel
            .composite_types()
            .iter()
            .map(|t| composite_type(datamodel, t))
            .collect(),
        enums: datamodel.enums().iter().map(enumeration).collect(),
        ignored_models: models(false, true).chain(models(true, true)).collect(),
        join_tables: datamodel
            .join_tables()
            .map(|(relation, table)| JoinTable {
                table: &table.db_name,
                relation: &relation.name,
                a: &datamodel[table.a].name,
                b: &datamodel[table.b].name,
            })
            .collect(),
    }
}

fn datasource(source: &datamodel::Datasource) -> Datasource<'_> {
    Datasource {
        name: &source.name,
        provider: source.provider_name.as_deref(),
        active_provider: source.provider.as_str(),
        schemas: source.schemas.iter().map(|s| s.text.as_str()).collect(),
    }
}

fn generator(generator: &datamodel::Generator) -> Generator<'_> {
    Generator {
        name: &generator.name,
        provider: generator.provider.as_deref(),
        output: generator.output.as_deref(),
        preview_features: generator
            .preview_features
            .iter()
            .map(AsRef::as_ref)
            .collect(),
    }
}

fn enumeration(item: &datamodel::Enum) -> Enum<'_> {
    Enum {
        name: &item.name,
        db_name: &item.db_name,
        mapped: item.map.is_some(),
        values: item
            .values
            .iter()
            .map(|value| EnumValue {
                name: &value.name,
                db_name: &value.db_name,
            })
            .collect(),
    }
}

fn composite_type<'a>(datamodel: &'a Datamodel, item: &'a CompositeType) -> Type<'a> {
    Type {
        name: &item.name,
        fields: item
            .fields
            .iter()
            .filter(|f| f.is_visible())
            .map(|f| field(datamodel, None, f))
            .collect(),
    }
}

fn model<'a>(datamodel: &'a Datamodel, model: &'a datamodel::Model) -> Model<'a> {
    let fields = |visible: bool| {
        model
            .fields
            .iter()
            .filter(move |f| f.is_visible() == visible)
            .map(|f| field(datamodel, Some(model), f))
            .collect()
    };
    Model {
        name: &model.name,
        accessor: &model.accessor,
        table: &model.db_name,
        mapped: model.map.is_some(),
        schema: model.schema.as_ref().map(|s| s.name.as_str()),
        fields: fields(true),
        primary_key: model.primary_key().filter(|k| !k.on_field).map(key),
        uniques: model.uniques().filter(|k| !k.on_field).map(key).collect(),
        indexes: model.all_indexes.iter().map(index).collect(),
        view: model.is_view,
        hidden_fields: fields(false),
    }
}

fn key(key: &Index) -> Key<'_> {
    Key {
        name: key.name.as_ref().map(|n| n.name.as_str()),
        fields: key.columns.iter().map(|c| c.name.as_str()).collect(),
    }
}

fn index(index: &Index) -> IndexView<'_> {
    IndexView {
        ty: match index.kind {
            IndexKind::PrimaryKey => "id",
            IndexKind::Unique => "unique",
            IndexKind::Normal => "normal",
            IndexKind::Fulltext => "fulltext",
        },
        on_field: index.on_field,
        name: index.name.as_ref().map(|n| n.name.as_str()),
        db_name: index.map.as_ref().map(|m| m.name.as_str()),
        algorithm: index.algorithm.as_ref().map(|a| a.as_str()),
        clustered: index.clustered,
        fields: index
            .columns
            .iter()
            .map(|column| Column {
                name: &column.name,
                length: column.length,
                sort: column.sort.map(|sort| match sort {
                    SortOrder::Asc => "asc",
                    SortOrder::Desc => "desc",
                }),
                ops: column.operator_class.as_ref().map(OperatorClass::as_str),
            })
            .collect(),
        constraint: index.db_name.as_deref(),
    }
}

fn field<'a>(
    datamodel: &'a Datamodel,
    model: Option<&'a datamodel::Model>,
    field: &'a datamodel::Field,
) -> Field<'a> {
    let (kind, ty) = match &field.ty {
        FieldType::Scalar(scalar) => ("scalar", scalar.as_str()),
        FieldType::Enum(id) => ("enum", datamodel[*id].name.as_str()),
        FieldType::Relation(r) => ("object", datamodel[r.target].name.as_str()),
        FieldType::Composite(id) => ("object", datamodel[*id].name.as_str()),
        FieldType::Unsupported(name) => ("unsupported", name.as_str()),
        FieldType::Unknown(name) => ("unknown", name.as_str()),
    };
    Field {
        name: &field.name,
        db_name: &field.db_name,
        mapped: field.map.is_some(),
        kind,
        ty,
        is_list: field.arity == Arity::List,
        is_required: field.arity != Arity::Optional,
        is_id: model.is_some_and(|m| m.is_id(field.id)),
        is_unique: model.is_some_and(|m| m.is_unique(field.id) && !m.is_id(field.id)),
        is_updated_at: field.updated_at.is_some(),
        is_read_only: model.is_some_and(|m| m.is_foreign_key(field.id)),
        native_type: field.native_type.as_ref().map(|native| {
            let arguments = native.arguments.iter().map(AsRef::as_ref).collect();
            (native.name.as_str(), arguments)
        }),
        has_default_value: field.default.is_some(),
        default: field
            .default
            .as_ref()
            .map(|default| value::project(&default.value, field.scalar())),
        relation: field.relation().map(|r| relation(datamodel, field, r)),
    }
}

fn relation<'a>(
    datamodel: &'a Datamodel,
    field: &datamodel::Field,
    relation: &'a datamodel::RelationField,
) -> Relation<'a> {
    let names =
        |ids: &[datamodel::FieldId]| ids.iter().map(|id| datamodel[*id].name.as_str()).collect();
    let whole = relation.relation.map(|id| &datamodel[id]);
    Relation {
        name: whole.map_or("", |r| r.name.as_str()),
        fields: names(&relation.fields),
        references: names(&relation.references),
        on_delete: relation.on_delete.map(|a| a.action.as_str()),
        on_update: relation.on_update.map(|a| a.action.as_str()),
        foreign_key: whole
            .and_then(|r| r.foreign_key.as_ref())
            .filter(|key| key.field == field.id)
            .filter(|_| datamodel.relation_mode() == RelationMode::ForeignKeys)
            .map(constraint),
    }
}

fn constraint(key: &ForeignKey) -> Constraint<'_> {
    Constraint {
        constraint: &key.db_name,
        on_delete: key.on_delete.action.as_str(),
        on_update: key.on_update.action.as_str(),
    }
}
