//! What the last run understood, kept to answer questions.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use snell_engine::{
    Analysis,
    facts::{self},
};
use snell_project::{module::ModuleId, schema::FieldRef};
use snell_report::Report;
use snell_source::{FileId, LineColumn, Location, SourceFile};

use crate::{
    position,
    understand::lens::{self, Lens},
};

/// One run.
pub(crate) struct Snapshot {
    /// The root, absolute.
    pub(crate) root: Utf8PathBuf,
    /// What was understood.
    pub(crate) analysis: Analysis,
    /// What was found.
    pub(crate) report: Report,
    /// The versions of the documents that were open.
    pub(crate) versions: FxHashMap<Utf8PathBuf, i32>,
    files: FxHashMap<Utf8PathBuf, FileId>,
    modules: FxHashMap<FileId, ModuleId>,
    lenses: OnceLock<Vec<Lens>>,
    fields: OnceLock<Vec<FieldUse>>,
    declared: OnceLock<FxHashMap<(String, u32, u32), FieldRef>>,
    indexes: OnceLock<Vec<IndexOf>>,
}

/// Where the code uses a field.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldUse {
    /// The file of the schema, and the position of the field's name in it.
    pub(crate) declared: (String, u32, u32),
    /// Keys of data.
    pub(crate) written: Vec<Spot>,
    /// Whether data of which not every key is known may write it.
    pub(crate) maybe_written: bool,
    /// Keys of conditions.
    pub(crate) filtered: Vec<Spot>,
    /// Keys of orders.
    pub(crate) sorted: Vec<Spot>,
    /// Keys of selections.
    pub(crate) selected: Vec<Spot>,
    /// Files of SQL that say it.
    pub(crate) sql: Vec<String>,
}

impl FieldUse {
    /// All keys that name it.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Spot> {
        let lists = [&self.written, &self.filtered, &self.sorted, &self.selected];
        lists.into_iter().flatten()
    }
}

/// A place by its file, line and column from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// An index of a table.
#[derive(Debug, Clone)]
pub(crate) struct IndexOf {
    /// The file of the schema, and the position of the model's name in it.
    pub(crate) declared: (String, u32, u32),
    pub(crate) name: String,
    /// `primary key`, `unique`, `index`
    pub(crate) kind: &'static str,
    pub(crate) method: String,
    /// The names of columns in the database.
    pub(crate) columns: Vec<Option<String>>,
    /// How many queries use it.
    pub(crate) queries: usize,
}

impl Snapshot {
    /// Of one run.
    pub(crate) fn new(
        root: Utf8PathBuf,
        analysis: Analysis,
        report: Report,
        versions: FxHashMap<Utf8PathBuf, i32>,
    ) -> Self {
        let mut files = FxHashMap::default();
        for (id, file) in analysis.sources.iter() {
            files.entry(file.path.clone()).or_insert(id);
        }
        let modules = analysis.project.modules.iter();
        let modules = modules.map(|(id, module)| (module.file, id)).collect();
        Snapshot {
            root,
            analysis,
            report,
            versions,
            files,
            modules,
            lenses: OnceLock::new(),
            fields: OnceLock::new(),
            declared: OnceLock::new(),
            indexes: OnceLock::new(),
        }
    }

    /// The file of a path from the root, when the run read it.
    pub(crate) fn file(&self, path: &Utf8Path) -> Option<(FileId, &SourceFile)> {
        let id = *self.files.get(path)?;
        Some((id, self.analysis.sources.file(id)))
    }

    /// The module that a file is.
    pub(crate) fn module(&self, file: FileId) -> Option<ModuleId> {
        self.modules.get(&file).copied()
    }

    /// The field that the schema declares at a place.
    pub(crate) fn declared_field(&self, at: &(String, u32, u32)) -> Option<FieldRef> {
        self.declared
            .get_or_init(|| {
                let models = self.analysis.project.schemas.models();
                let fields = models.flat_map(|(id, schema, model)| {
                    model.columns().map(move |field| {
                        let place = facts::Place::of(&self.analysis, schema.field_name(field));
                        let found = FieldRef {
                            schema: id.schema,
                            field: field.id,
                        };
                        (self::at(&place), found)
                    })
                });
                fields.collect()
            })
            .get(at)
            .copied()
    }

    /// Where the code uses a field.
    pub(crate) fn field_use(&self, id: FieldRef) -> Option<&FieldUse> {
        let schemas = &self.analysis.project.schemas;
        let at = schemas.get(id.schema).field_name(schemas.field(id));
        let declared = self::at(&facts::Place::of(&self.analysis, at));
        self.fields()
            .iter()
            .find(|field| field.declared == declared)
    }

    /// The indexes of the model whose name stands at a place.
    pub(crate) fn indexes_of(&self, model: Location) -> impl Iterator<Item = &IndexOf> {
        let declared = at(&facts::Place::of(&self.analysis, model));
        let indexes = self.indexes().iter();
        indexes.filter(move |index| index.declared == declared)
    }

    /// The name that stands at a spot.
    pub(crate) fn location(&self, spot: &Spot) -> Option<Location> {
        let (id, file) = self.file(Utf8Path::new(&spot.file))?;
        let start = file.offset(LineColumn {
            line: spot.line,
            column: spot.column,
        })?;
        let quoted = file.text[start as usize..].starts_with(['\'', '"']);
        let word = position::word(&file.text, start + u32::from(quoted));
        Some(Location::new(id, word))
    }

    /// The lenses of all files, found when they are first asked for.
    pub(crate) fn lenses(&self) -> &[Lens] {
        self.lenses.get_or_init(|| lens::all(self))
    }

    /// What becomes of all fields, found when it is first asked for.
    pub(crate) fn fields(&self) -> &[FieldUse] {
        self.fields.get_or_init(|| {
            let found = facts::fields(&self.analysis).into_iter();
            found
                .map(|field| FieldUse {
                    declared: at(&field.place),
                    written: spots(&field.written),
                    maybe_written: field.maybe_written,
                    filtered: spots(&field.filtered),
                    sorted: spots(&field.sorted),
                    selected: spots(&field.selected),
                    sql: field.sql,
                })
                .collect()
        })
    }

    /// The indexes of all tables, found when they are first asked for.
    pub(crate) fn indexes(&self) -> &[IndexOf] {
        self.indexes.get_or_init(|| {
            let tables = facts::indexes(&self.analysis).into_iter();
            tables
                .flat_map(|table| {
                    let declared = at(&table.place);
                    table.indexes.into_iter().map(move |index| IndexOf {
                        declared: declared.clone(),
                        queries: index.queries.iter().map(|query| query.places.len()).sum(),
                        name: index.name_in_database.unwrap_or(index.name),
                        kind: index.kind,
                        method: index.method,
                        columns: index.columns,
                    })
                })
                .collect()
        })
    }
}

fn at(place: &facts::Place<'_>) -> (String, u32, u32) {
    (place.file.to_owned(), place.line, place.column)
}

fn spots(places: &[facts::Place<'_>]) -> Vec<Spot> {
    places
        .iter()
        .map(|place| Spot {
            file: place.file.to_owned(),
            line: place.line,
            column: place.column,
        })
        .collect()
}
