//! The live Prisma schemas, and which of them a client is of.

mod config;
mod history;
mod live;
mod typed;

use camino::Utf8PathBuf;
use smol_str::SmolStr;
use snell_prisma::{Datamodel, Field, FieldId, Model, ModelId, Place, Provider};
use snell_source::{FileId, Location};
use snell_sql::catalog::RelationKind;

use crate::types::Client;

pub use config::PrismaConfig;
pub use history::{Age, Drift, History, MigrationFile, Named};
pub use live::{Candidate, Decision, Reason, decide, outputs};
pub use typed::{DeclaredParameter, TypedQuery};

/// A live schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaId(pub u32);

/// A model of one of the live schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelRef {
    /// The schema.
    pub schema: SchemaId,
    /// The model in it.
    pub model: ModelId,
}

/// A field of one of the live schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldRef {
    /// The schema.
    pub schema: SchemaId,
    /// The field in it.
    pub field: FieldId,
}

/// One schema: one or more files, lowered together.
#[derive(Debug)]
pub struct Schema {
    /// The file, or the folder of a schema of several files; relative to the root.
    pub path: Utf8PathBuf,
    /// The files, as the datamodel's places number them.
    pub files: Vec<FileId>,
    /// What the files say.
    pub datamodel: Datamodel,
    /// The folder of its migrations, when there is one.
    pub migrations: Option<Utf8PathBuf>,
    /// Its migrations, replayed, when the database is PostgreSQL.
    pub history: Option<History>,
    /// The names of migrations that databases have run, and that a change takes away.
    pub removed: Vec<String>,
    /// Its files of TypedSQL, by name.
    pub typed: Vec<TypedQuery>,
    /// Where its generators write clients, relative to the root.
    pub outputs: Vec<Utf8PathBuf>,
    /// Why it is taken for live.
    pub reason: Reason,
    /// The databases that variants of it are for: the same models, made for another provider.
    pub variants: Vec<Provider>,
}

impl Schema {
    /// Whether policies of the database decide which rows of a model each caller sees.
    #[must_use]
    pub fn is_under_policies(&self, model: &Model) -> bool {
        let Some(history) = &self.history else {
            return false;
        };
        let namespace = model.schema.as_ref().map(|mapped| mapped.name.as_str());
        let built = history.replay.catalog.find_named(namespace, &model.db_name);
        built.is_some_and(|relation| {
            matches!(&relation.kind, RelationKind::Table(table)
                if table.row_security && !table.policies.is_empty())
        })
    }

    /// A place of the datamodel as a location of the run.
    #[must_use]
    pub fn location(&self, place: Place) -> Location {
        let file = self.files.get(place.file).or(self.files.first()).copied();
        Location::new(file.unwrap_or_default(), place.span)
    }

    /// The name of a model, where it is declared.
    #[must_use]
    pub fn model_name(&self, model: &Model) -> Location {
        self.location(model.place(model.name_span))
    }

    /// The name of a field, where it is declared.
    #[must_use]
    pub fn field_name(&self, field: &Field) -> Location {
        self.location(field.place(field.name_span))
    }

    /// The type of a field, where it is declared.
    #[must_use]
    pub fn field_type(&self, field: &Field) -> Location {
        self.location(field.place(field.type_span))
    }
}

/// All live schemas, in the order of their paths.
#[derive(Debug, Default)]
pub struct Schemas {
    schemas: Vec<Schema>,
}

impl Schemas {
    /// These schemas.
    #[must_use]
    pub fn new(schemas: Vec<Schema>) -> Self {
        Schemas { schemas }
    }

    /// The schema of this number.
    #[must_use]
    pub fn get(&self, id: SchemaId) -> &Schema {
        &self.schemas[id.0 as usize]
    }

    /// All schemas with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (SchemaId, &Schema)> {
        self.schemas
            .iter()
            .zip(0u32..)
            .map(|(schema, n)| (SchemaId(n), schema))
    }

    /// All schemas, to be completed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Schema> {
        self.schemas.iter_mut()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.schemas.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.schemas.is_empty()
    }

    /// A model.
    #[must_use]
    pub fn model(&self, id: ModelRef) -> &Model {
        &self.get(id.schema).datamodel[id.model]
    }

    /// A field.
    #[must_use]
    pub fn field(&self, id: FieldRef) -> &Field {
        &self.get(id.schema).datamodel[id.field]
    }

    /// All models of all schemas.
    pub fn models(&self) -> impl Iterator<Item = (ModelRef, &Schema, &Model)> {
        self.iter().flat_map(|(id, schema)| {
            let models = schema.datamodel.models().iter();
            models.map(move |model| {
                (
                    ModelRef {
                        schema: id,
                        model: model.id,
                    },
                    schema,
                    model,
                )
            })
        })
    }

    /// The schema that a client was generated from: by the import of its
    /// class when a generator writes there, else the schema nearest to the
    /// module that holds the client.
    #[must_use]
    pub fn of_client(&self, client: &Client, module: &str) -> Option<SchemaId> {
        if let Some(origin) = &client.origin
            && let Some(id) = self.of_output(origin)
        {
            return Some(id);
        }
        self.nearest(module)
    }

    /// The schema whose generator writes the client where its class was imported from.
    #[must_use]
    pub fn of_import(&self, client: &Client) -> Option<SchemaId> {
        self.of_output(client.origin.as_ref()?)
    }

    fn of_output(&self, origin: &SmolStr) -> Option<SchemaId> {
        let inside = |schema: &Schema| {
            schema.outputs.iter().any(|output| {
                let output = output.as_str();
                origin.as_str() == output
                    || origin
                        .strip_prefix(output)
                        .is_some_and(|rest| rest.starts_with('/'))
            })
        };
        self.iter()
            .find(|(_, schema)| inside(schema))
            .map(|(id, _)| id)
    }

    /// The schema whose path shares most folders with a file's.
    #[must_use]
    pub fn nearest(&self, module: &str) -> Option<SchemaId> {
        let shared = |path: &str| {
            path.split('/')
                .zip(module.split('/'))
                .take_while(|(a, b)| a == b)
                .count()
        };
        // The first of equals: schemas are sorted by path.
        self.iter()
            .max_by_key(|(id, schema)| (shared(schema.path.as_str()), std::cmp::Reverse(*id)))
            .map(|(id, _)| id)
    }
}
