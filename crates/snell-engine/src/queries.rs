//! Understands raw queries in parallel, and reads the SQL files beside the migrations.

use std::{collections::BTreeSet, sync::Arc};

use camino::Utf8PathBuf;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use snell_flow::raw::{self, Databases, RawQueries, Reading, Readings};
use snell_project::Project;
use snell_report::{Notice, NoticeKind};
use snell_workspace::{FileSystem, Purpose};

use crate::{guard::guarded, texts::read_all};

/// The texts of the SQL files that are no migrations of a live schema.
pub(crate) fn other_scripts(
    fs: &dyn FileSystem,
    project: &Project,
    notices: &mut Vec<Notice>,
) -> Vec<Arc<str>> {
    if project
        .calls
        .iter()
        .all(|(_, call)| !call.operation.is_raw())
    {
        return Vec::new();
    }
    let schemas = project.schemas.iter();
    let folders: FxHashSet<&Utf8PathBuf> = schemas
        .filter(|(_, schema)| schema.history.is_some())
        .filter_map(|(_, schema)| schema.migrations.as_ref())
        .collect();
    let scripts = project.workspace.files.iter().filter(|file| {
        file.purpose == Purpose::Sql
            && !file
                .path
                .ancestors()
                .any(|folder| folders.contains(&folder.to_owned()))
    });
    let read = read_all(fs, scripts.map(|file| file.path.clone()).collect(), notices);
    read.into_iter().map(|file| file.text).collect()
}

/// Understands every raw query.
pub(crate) fn read(
    project: &Project,
    databases: &Databases,
    queries: &RawQueries,
    notices: &mut Vec<Notice>,
) -> Readings {
    let all: Vec<_> = queries.iter().collect();
    let read: Vec<Result<Vec<Reading>, Notice>> = all
        .into_par_iter()
        .with_max_len(4)
        .map(|query| {
            let module = project.calls.get(query.call).module;
            let path = project.modules.get(module).path.as_str();
            guarded(path, || raw::read(project, databases, query))
        })
        .collect();
    let mut readings = raw::read_uncalled(project, databases, queries);
    readings.extend(kept(read, notices).into_iter().flatten());
    notices.extend(unread(project, &readings));
    Readings::new(readings)
}

/// The modules with queries that are nested too deeply to be read, each told once.
fn unread(project: &Project, readings: &[Reading]) -> Vec<Notice> {
    let unread = readings.iter().filter(|one| !one.parse.unread.is_empty());
    let paths: BTreeSet<&str> = unread
        .filter_map(|one| Some(project.calls.get(one.call?).module))
        .map(|module| project.modules.get(module).path.as_str())
        .collect();
    let told = paths.into_iter().map(|path| Notice {
        kind: NoticeKind::NotJudged,
        path: Some(path.to_owned()),
        message: "a raw query is nested too deeply to be read, and left out".to_owned(),
    });
    told.collect()
}

fn kept<T>(results: Vec<Result<T, Notice>>, notices: &mut Vec<Notice>) -> Vec<T> {
    let mut found = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(one) => found.push(one),
            Err(notice) => notices.push(notice),
        }
    }
    found
}
