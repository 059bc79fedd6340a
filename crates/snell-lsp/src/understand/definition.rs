//! Where a name leads: from SQL and code to the schema, from the schema to the migration.

use snell_prisma::FieldType;
use snell_project::schema::{FieldRef, ModelRef, Schemas};
use snell_source::Location;
use snell_sql::catalog::RelationKind;

use super::{Found, Place, Subject};
use crate::snapshot::Snapshot;

/// The places that a name leads to.
pub(crate) fn targets(snapshot: &Snapshot, found: &Found) -> Vec<Location> {
    let schemas = &snapshot.analysis.project.schemas;
    let targets = found.subjects.iter().map(|subject| match subject {
        Subject::Model(id) if found.place == Place::Declaration => {
            created(schemas, *id).unwrap_or_else(|| declared(snapshot, *subject))
        }
        Subject::Field(id) if found.place == Place::Declaration => {
            leads(schemas, *id).unwrap_or_else(|| declared(snapshot, *subject))
        }
        subject => declared(snapshot, *subject),
    });
    targets.collect()
}

/// Where the schema declares it.
pub(super) fn declared(snapshot: &Snapshot, subject: Subject) -> Location {
    let schemas = &snapshot.analysis.project.schemas;
    match subject {
        Subject::Model(id) => schemas.get(id.schema).model_name(schemas.model(id)),
        Subject::Field(id) => schemas.get(id.schema).field_name(schemas.field(id)),
    }
}

/// The statement of a migration that creates a model's table.
pub(super) fn created(schemas: &Schemas, id: ModelRef) -> Option<Location> {
    let schema = schemas.get(id.schema);
    let model = schemas.model(id);
    let history = schema.history.as_ref()?;
    let folder = model.schema.as_ref().map(|folder| folder.name.as_str());
    let relation = history.replay.catalog.find_named(folder, &model.db_name)?;
    Some(history.part(relation.provenance.created, &relation.name))
}

/// The statement of a migration that creates a field's column; of a relation, its model.
fn leads(schemas: &Schemas, id: FieldRef) -> Option<Location> {
    let schema = schemas.get(id.schema);
    let field = schemas.field(id);
    if let FieldType::Relation(relation) = &field.ty {
        let model = schemas.model(ModelRef {
            schema: id.schema,
            model: relation.target,
        });
        return Some(schema.model_name(model));
    }
    column(schemas, id).map(|(at, _)| at)
}

/// Where a migration creates a field's column, and what its type is.
pub(super) fn column(schemas: &Schemas, id: FieldRef) -> Option<(Location, String)> {
    let schema = schemas.get(id.schema);
    let field = schemas.field(id);
    let history = schema.history.as_ref()?;
    let catalog = &history.replay.catalog;
    let model = schemas.model(model_of(schemas, id)?);
    let folder = model.schema.as_ref().map(|folder| folder.name.as_str());
    let relation = catalog.find_named(folder, &model.db_name)?;
    let RelationKind::Table(table) = &relation.kind else {
        return None;
    };
    let column = table.column(&field.db_name)?;
    let mut ty = catalog.format_type(&column.data_type);
    if column.not_null {
        ty.push_str(" NOT NULL");
    }
    Some((history.part(column.provenance.created, &column.name), ty))
}

/// The model that has a field.
pub(super) fn model_of(schemas: &Schemas, id: FieldRef) -> Option<ModelRef> {
    let schema = schemas.get(id.schema);
    let mut models = schema.datamodel.models().iter();
    let model = models.find(|model| model.fields.iter().any(|field| field.id == id.field))?;
    Some(ModelRef {
        schema: id.schema,
        model: model.id,
    })
}
