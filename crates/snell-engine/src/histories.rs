//! Reads the migrations of the live schemas and replays them.

use std::{collections::BTreeSet, sync::Arc};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use snell_prisma::{Datamodel, Provider};
use snell_project::schema::{Age, Drift, History, MigrationFile, Schema, Schemas};
use snell_report::{Notice, NoticeKind};
use snell_source::{FileId, SourceFile, Sources};
use snell_sql::{Migration, OnFailure, Parse, Replay};
use snell_workspace::{FileSystem, Purpose, Workspace};

use crate::{
    guard::guarded,
    memory::Memory,
    scope::NewMigrations,
    texts::{ReadFile, read_all},
};

/// Which migrations are judged by their text.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) new: &'a NewMigrations,
    /// `migrationsAfter` of the configuration.
    pub(crate) after: Option<&'a str>,
}

impl Judged<'_> {
    fn age(self, path: &Utf8Path) -> Age {
        self.new.age(path, &name(path), self.after)
    }
}

/// Gives every PostgreSQL schema with migrations their replay.
pub(crate) fn replay(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    judged: Judged<'_>,
    schemas: &mut Schemas,
    memory: &Memory,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) {
    let taken = judged.new.removed();
    for schema in schemas.iter_mut() {
        schema.removed = removed(schema, taken, workspace);
        if !is_postgres(schema) {
            notices.extend(of_another_database(schema, workspace));
            continue;
        }
        notices.extend(variants(schema));
        let Some(folder) = schema.migrations.clone() else {
            continue;
        };
        let read = read_all(fs, scripts(workspace, &folder), notices);
        let parsed: Vec<(ReadFile, Result<Arc<Parse>, Notice>)> = read
            .into_par_iter()
            .map(|file| {
                let parse = guarded(file.path.as_str(), || memory.sql(&file.text));
                (file, parse)
            })
            .collect();
        let parsed: Vec<(ReadFile, Arc<Parse>)> = parsed
            .into_iter()
            .filter_map(|(file, parse)| match parse {
                Ok(parse) => Some((file, parse)),
                Err(notice) => {
                    notices.push(notice);
                    None
                }
            })
            .collect();
        if parsed.is_empty() {
            continue;
        }
        let migrations: Vec<MigrationFile> = parsed
            .into_iter()
            .map(|(file, parse)| MigrationFile {
                name: name(&file.path),
                age: judged.age(&file.path),
                file: sources.add(SourceFile::new(file.path, file.text)),
                parse,
            })
            .collect();
        let runs: Vec<Migration<'_>> = migrations
            .iter()
            .map(|migration| Migration {
                name: &migration.name,
                parse: &migration.parse,
                traced: migration.is_new(),
            })
            .collect();
        let folder = folder.as_str();
        let replayed = guarded(folder, || {
            let replay = snell_sql::replay(&runs, OnFailure::Statement);
            let drift = drift(&schema.datamodel, &replay);
            (replay, drift)
        });
        match replayed {
            Ok((replay, drift)) => {
                notices.extend(foreign(&migrations, folder));
                notices.extend(unread(&migrations, sources));
                schema.history = Some(History {
                    strays: strays(fs, workspace, judged, folder, sources, notices),
                    migrations,
                    replay,
                    drift,
                    together: judged.new.together(),
                    named: snell_project::schema::Named::default(),
                });
            }
            Err(notice) => notices.push(notice),
        }
    }
}

/// The names of a schema's migrations among files that are taken away. Databases know migrations by their names: those of
/// a folder that moves are there still.
fn removed(schema: &Schema, taken: &BTreeSet<Utf8PathBuf>, workspace: &Workspace) -> Vec<String> {
    let folder_of = |path: &Utf8Path| {
        path.parent()
            .and_then(Utf8Path::parent)
            .map(Utf8Path::to_owned)
    };
    let beside = |folder: &Utf8Path| {
        let parent = folder.parent();
        parent == schema.path.parent() || parent == Some(&*schema.path)
    };
    let of_schema = |path: &&Utf8PathBuf| {
        path.file_name() == Some("migration.sql")
            && folder_of(path).is_some_and(|folder| match &schema.migrations {
                Some(own) => *own == folder,
                None => beside(&folder),
            })
    };
    let left = |name: &str| {
        workspace.files.iter().any(|file| {
            file.path.file_name() == Some("migration.sql") && self::name(&file.path) == name
        })
    };
    let names = taken.iter().filter(of_schema).map(|path| name(path));
    names.filter(|name| !left(name)).collect()
}

/// What is said of a schema that is not PostgreSQL's, or of its migrations.
fn of_another_database(schema: &Schema, workspace: &Workspace) -> Option<Notice> {
    let datasource = schema.datamodel.datasource()?;
    let provider = datasource.provider_name.as_deref()?;
    let folder = schema.migrations.as_deref();
    let folder = folder.filter(|folder| !scripts(workspace, folder).is_empty());
    Some(match folder {
        Some(folder) => not_judged(
            folder.as_str(),
            format!("the migrations are of another database ({provider}), and are not judged"),
        ),
        None => not_judged(
            schema.path.as_str(),
            format!(
                "the schema is of another database ({provider}): rules about PostgreSQL and raw SQL say nothing of it"
            ),
        ),
    })
}

/// What is said of the same schema for other databases.
fn variants(schema: &Schema) -> Option<Notice> {
    let mut others: Vec<&str> = schema.variants.iter().map(|one| one.as_str()).collect();
    others.retain(|name| !name.is_empty() && *name != Provider::PostgreSql.as_str());
    others.sort_unstable();
    others.dedup();
    (!others.is_empty()).then(|| {
        not_judged(
            schema.path.as_str(),
            format!("its variants for {} are left out", others.join(", ")),
        )
    })
}

/// What is said, once, of migrations between PostgreSQL's that another database would run.
fn foreign(migrations: &[MigrationFile], folder: &str) -> Option<Notice> {
    let mut foreign = migrations
        .iter()
        .filter_map(|migration| Some((migration, migration.parse.dialect?)));
    let (first, dialect) = foreign.next()?;
    let others = foreign.count();
    let which = match others {
        0 => format!("migration `{}` is", first.name),
        1 => format!("migration `{}` and another one are", first.name),
        others => format!("migration `{}` and {others} others are", first.name),
    };
    let message = format!("{which} written for {}, and left out", dialect.name());
    Some(not_judged(folder, message))
}

/// Where statements are nested too deeply to be read.
fn unread(migrations: &[MigrationFile], sources: &Sources) -> Vec<Notice> {
    let all = migrations.iter();
    let unread = all.flat_map(|migration| {
        let spans = migration.parse.unread.iter();
        spans.map(move |span| (sources.file(migration.file), span))
    });
    unread
        .map(|(file, span)| {
            let line = file.position(span.start).line;
            not_judged(
                &format!("{}:{line}", file.path),
                "this statement is nested too deeply to be read, and left out".to_owned(),
            )
        })
        .collect()
}

fn not_judged(path: &str, message: String) -> Notice {
    Notice {
        kind: NoticeKind::NotJudged,
        path: Some(path.to_owned()),
        message,
    }
}

/// SQL files below the folder that are no migrations, nor what is kept beside one to undo it.
fn strays(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    judged: Judged<'_>,
    folder: &str,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<(FileId, bool)> {
    let depth = Utf8Path::new(folder).components().count();
    let is_stray = |path: &Utf8Path| {
        let inside = path.components().count() - depth;
        match path.file_name() {
            _ if !path.starts_with(folder) => false,
            Some("migration.sql") => inside != 2,
            _ => inside == 1,
        }
    };
    let paths: Vec<Utf8PathBuf> = workspace
        .files
        .iter()
        .filter(|file| file.purpose == Purpose::Sql && file.path.starts_with(folder))
        .filter(|file| is_stray(&file.path))
        .map(|file| file.path.clone())
        .collect();
    read_all(fs, paths, notices)
        .into_iter()
        .map(|file| {
            let stem = file.path.file_stem().unwrap_or_default().to_owned();
            let age = judged.new.age(&file.path, &stem, judged.after);
            let id = sources.add(SourceFile::new(file.path, file.text));
            (id, age != Age::Applied)
        })
        .collect()
}

/// Where the migrations depart from the schema.
fn drift(datamodel: &Datamodel, replay: &Replay) -> Drift {
    let expected = snell_project::expected::expected(datamodel, &replay.catalog);
    let differences = snell_sql::drift::compare(&expected, &replay.catalog);
    Drift {
        expected,
        differences,
    }
}

/// How many migrations were replayed.
pub(crate) fn count(schemas: &Schemas) -> usize {
    let histories = schemas
        .iter()
        .filter_map(|(_, schema)| schema.history.as_ref());
    histories.map(|history| history.migrations.len()).sum()
}

fn is_postgres(schema: &Schema) -> bool {
    schema
        .datamodel
        .datasource()
        .is_some_and(|datasource| datasource.provider == Provider::PostgreSql)
}

/// Prisma's order: `<folder>/<name>/migration.sql` by the names of their folders.
fn scripts(workspace: &Workspace, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut scripts: Vec<Utf8PathBuf> = workspace
        .files
        .iter()
        .filter(|file| {
            file.path.file_name() == Some("migration.sql")
                && file.path.parent().and_then(Utf8Path::parent) == Some(folder)
        })
        .map(|file| file.path.clone())
        .collect();
    scripts.sort_by_key(|path| name(path));
    scripts
}

fn name(path: &Utf8Path) -> String {
    let folder = path.parent().and_then(Utf8Path::file_name);
    folder.unwrap_or_default().to_owned()
}
