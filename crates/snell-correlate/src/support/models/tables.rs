//! The models that are tables of a PostgreSQL database.

use snell_prisma::{Model, Provider};
use snell_project::schema::{ModelRef, Schema, SchemaId};

use crate::rule::Context;

/// A model with its schema.
#[derive(Debug, Clone, Copy)]
pub struct TableModel<'a> {
    /// The schema's number.
    pub id: SchemaId,
    /// The schema.
    pub schema: &'a Schema,
    /// The model.
    pub model: &'a Model,
}

impl TableModel<'_> {
    /// The model by its number.
    pub(crate) fn reference(&self) -> ModelRef {
        ModelRef {
            schema: self.id,
            model: self.model.id,
        }
    }
}

/// Models of PostgreSQL schemas, views and ignored ones left out.
pub(crate) fn of_postgres<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = TableModel<'a>> + use<'a> {
    of_any(context).filter(|table| table.schema.datamodel.provider() == Provider::PostgreSql)
}

/// The same of whatever database.
pub(crate) fn of_any<'a>(context: &Context<'a>) -> impl Iterator<Item = TableModel<'a>> + use<'a> {
    let schemas = context.project.schemas.iter();
    schemas.flat_map(|(id, schema)| {
        let models = schema.datamodel.models().iter();
        let tables = models.filter(|model| !model.is_view && model.ignored.is_none());
        tables.map(move |model| TableModel { id, schema, model })
    })
}
