//! The databases that raw queries run on, and which names something else makes.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_prisma::{Datamodel, FieldType};
use snell_project::{
    Project,
    expected::expected,
    schema::{Schema, SchemaId},
};
use snell_sql::{
    analyze::AnalysisError,
    catalog::{Catalog, Expected, RelationKind},
};

use super::{makes::Names, runs::RawQueries};

/// The databases of all live schemas.
#[derive(Debug, Default)]
pub struct Databases {
    databases: Vec<Database>,
    elsewhere: Names,
    /// The columns that the application makes when it runs, with the names of their tables.
    at_run: FxHashSet<(SmolStr, SmolStr)>,
    /// What dumps and other versions of these databases make.
    versions: Names,
}

/// The database of one schema.
#[derive(Debug)]
pub struct Database {
    /// As the schema describes it.
    pub described: Expected,
    /// Whether migrations say what it holds; else only the schema does.
    pub migrated: bool,
    /// The names of its relations and columns, those that only the schema has included.
    names: Names,
}

impl Databases {
    /// Of a project's schemas; `others` are the texts of SQL files that are no migrations.
    #[must_use]
    pub fn of(project: &Project, raw: &RawQueries, others: &[Arc<str>]) -> Self {
        let databases = project
            .schemas
            .iter()
            .map(|(_, schema)| Database::of(schema));
        let mut found = Databases {
            databases: databases.collect(),
            elsewhere: Names::default(),
            at_run: FxHashSet::default(),
            versions: Names::default(),
        };
        for text in others {
            let made = Names::made_by(text);
            if found.is_another_version(&made) {
                found.versions.absorb(made);
            } else {
                found.elsewhere.absorb(made);
            }
        }
        let runs = raw.iter().flat_map(|query| &query.runs);
        for text in runs.flat_map(|run| &run.texts) {
            let made = Names::made_by(&text.text);
            found.at_run.extend(made.columns.iter().cloned());
            found.elsewhere.absorb(made);
        }
        found
    }

    /// Whether the application makes a column of a table when it runs.
    #[must_use]
    pub fn is_made_at_run(&self, table: &str, column: &str) -> bool {
        let mut made = self.at_run.iter();
        made.any(|(of, name)| of == table && name == column)
    }

    /// Whether a file makes tables that a schema has: it is a dump, or the setup of a database
    /// that is not the one of the migrations.
    fn is_another_version(&self, made: &Names) -> bool {
        let known = |name: &SmolStr| {
            let mut databases = self.databases.iter();
            databases.any(|database| database.names.relations.contains(name))
        };
        made.relations.iter().any(known)
    }

    /// That of a schema.
    #[must_use]
    pub fn get(&self, schema: SchemaId) -> &Database {
        &self.databases[schema.0 as usize]
    }

    /// What a schema's queries run on: what its migrations build, else what it describes.
    #[must_use]
    pub fn catalog<'a>(&'a self, project: &'a Project, schema: SchemaId) -> &'a Catalog {
        match &project.schemas.get(schema).history {
            Some(history) => &history.replay.catalog,
            None => &self.get(schema).described.catalog,
        }
    }

    /// Whether something other than the schema and its migrations makes the name that an
    /// error misses: another SQL file, a raw query, or another database of the workspace.
    #[must_use]
    pub fn is_known_elsewhere(
        &self,
        catalog: &Catalog,
        schema: SchemaId,
        error: &AnalysisError,
    ) -> bool {
        let others = self.databases.iter().zip(0u32..);
        others
            .filter(|(_, n)| *n != schema.0)
            .map(|(other, _)| &other.names)
            .chain([&self.elsewhere])
            .any(|names| names.make(catalog, error))
    }

    /// Whether a dump, or another version of the database, has the name that an error misses.
    #[must_use]
    pub fn is_in_a_dump(&self, catalog: &Catalog, error: &AnalysisError) -> bool {
        self.versions.make(catalog, error)
    }
}

impl Names {
    /// Whether the name that an error misses is one of these.
    fn make(&self, catalog: &Catalog, error: &AnalysisError) -> bool {
        let Some(name) = &error.name else {
            return false;
        };
        match error.sqlstate {
            "42P01" => self.relations.contains(name),
            "42883" => self.functions.contains(name),
            "42704" => self.types.contains(name),
            "42703" => {
                let tables = error
                    .relations
                    .iter()
                    .filter_map(|id| catalog.relation(*id));
                tables
                    .map(|table| (table.name.clone(), name.clone()))
                    .any(|column| self.columns.contains(&column))
            }
            _ => false,
        }
    }
}

impl Database {
    fn of(schema: &Schema) -> Self {
        let open;
        let actual = match &schema.history {
            Some(history) => &history.replay.catalog,
            None => {
                open = Catalog::with_extensions(extensions(&schema.datamodel));
                &open
            }
        };
        let described = expected(&schema.datamodel, actual);
        let mut names = Names::default();
        hold(&mut names, actual);
        hold(&mut names, &described.catalog);
        Database {
            described,
            migrated: schema.history.is_some(),
            names,
        }
    }
}

/// The extensions that a schema needs: those it lists, and those whose types it names.
fn extensions(datamodel: &Datamodel) -> Vec<SmolStr> {
    let mut found: Vec<SmolStr> = datamodel
        .datasources()
        .iter()
        .flat_map(|source| source.extensions.iter().map(|name| name.text.clone()))
        .collect();
    for field in datamodel.models().iter().flat_map(|model| model.columns()) {
        let written = match (&field.ty, &field.native_type) {
            (FieldType::Unsupported(text), _) => text.as_str(),
            (_, Some(native)) => native.name.as_str(),
            _ => continue,
        };
        let name = written.split('(').next().unwrap_or(written);
        found.push(
            match name.trim_matches('"').to_ascii_lowercase().as_str() {
                "vector" | "halfvec" | "sparsevec" => "vector",
                "citext" => "citext",
                "hstore" => "hstore",
                "ltree" => "ltree",
                _ => continue,
            }
            .into(),
        );
    }
    found
}

/// The names that a catalog holds.
fn hold(names: &mut Names, catalog: &Catalog) {
    for relation in catalog.relations() {
        let columns: Vec<&SmolStr> = match &relation.kind {
            RelationKind::Table(table) => table.columns.iter().map(|c| &c.name).collect(),
            RelationKind::View(view) => view.columns.iter().map(|c| &c.name).collect(),
            _ => continue,
        };
        names.relations.insert(relation.name.clone());
        let columns = columns.into_iter();
        names
            .columns
            .extend(columns.map(|c| (relation.name.clone(), c.clone())));
    }
    let functions = catalog.functions.iter();
    names.functions.extend(functions.map(|f| f.name.clone()));
    names
        .types
        .extend(catalog.types().map(|ty| ty.name.clone()));
}
