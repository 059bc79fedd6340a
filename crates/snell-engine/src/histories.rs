//! Reads the migrations of the live schemas and replays them.

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use snell_prisma::{Datamodel, Provider};
use snell_project::schema::{Drift, History, MigrationFile, Schema, Schemas};
use snell_report::Notice;
use snell_source::{SourceFile, Sources};
use snell_sql::{Migration, OnFailure, Parse, Replay};
use snell_workspace::{FileSystem, Workspace};

use crate::{
    guard::guarded,
    texts::{ReadFile, read_all},
};

/// Gives every PostgreSQL schema with migrations their replay.
pub(crate) fn replay(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    schemas: &mut Schemas,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) {
    for schema in schemas.iter_mut().filter(|schema| is_postgres(schema)) {
        let Some(folder) = schema.migrations.clone() else {
            continue;
        };
        let read = read_all(fs, scripts(workspace, &folder), notices);
        let parsed: Vec<(ReadFile, Result<Parse, Notice>)> = read
            .into_par_iter()
            .map(|file| {
                let parse = guarded(file.path.as_str(), || snell_sql::parse(&file.text));
                (file, parse)
            })
            .collect();
        let parsed: Vec<(ReadFile, Parse)> = parsed
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
                file: sources.add(SourceFile::new(file.path, file.text)),
                parse,
            })
            .collect();
        let runs: Vec<Migration<'_>> = migrations
            .iter()
            .map(|migration| Migration {
                name: &migration.name,
                parse: &migration.parse,
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
                schema.history = Some(History {
                    migrations,
                    replay,
                    drift,
                });
            }
            Err(notice) => notices.push(notice),
        }
    }
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
