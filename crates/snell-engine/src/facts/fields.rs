//! `snell facts fields`: what becomes of each field.

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde::Serialize;
use snell_correlate::{FieldLives, field_lives};
use snell_project::schema::FieldRef;
use snell_source::Location;

use super::place::Place;
use crate::Analysis;

/// One field; the position is that of its name in the schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldOf<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// The model.
    pub model: &'a str,
    /// The field.
    pub field: &'a str,
    /// Its name in the database.
    pub name_in_database: &'a str,
    /// Why the rules say nothing of it.
    pub exempt: Option<&'static str>,
    /// Keys of data.
    pub written: Vec<Place<'a>>,
    /// Whether data of which not every key is known may write it.
    pub maybe_written: bool,
    /// Keys of conditions.
    pub filtered: Vec<Place<'a>>,
    /// Keys of orders.
    pub sorted: Vec<Place<'a>>,
    /// Keys of selections.
    pub selected: Vec<Place<'a>>,
    /// Files of code that say its name.
    pub named_in: Vec<String>,
    /// Front ends among them.
    pub front_ends: Vec<String>,
    /// The folders of their packages: the applications that may show it.
    pub apps: Vec<&'a str>,
    /// Whether administrators alone have those applications.
    pub admin_only: bool,
    /// SQL that says it.
    pub sql: Vec<String>,
}

/// All columns, in the order of the schemas.
#[must_use]
pub fn fields(analysis: &Analysis) -> Vec<FieldOf<'_>> {
    fields_of(analysis, &analysis.within(field_lives))
}

/// The same of lives that were found already.
pub(crate) fn fields_of<'a>(analysis: &'a Analysis, lives: &FieldLives) -> Vec<FieldOf<'a>> {
    let places = |list: &[Location]| {
        let mut found: Vec<Place<'_>> = list.iter().map(|at| Place::of(analysis, *at)).collect();
        found.sort();
        found
    };
    let owned = |list: &[&str]| list.iter().map(|path| (*path).to_owned()).collect();
    let mut found = Vec::new();
    for (id, schema, model) in analysis.project.schemas.models() {
        for field in model.columns() {
            let life = lives.field(FieldRef {
                schema: id.schema,
                field: field.id,
            });
            let named = lives.named(field);
            let apps = apps(analysis, &named.front_ends);
            found.push(FieldOf {
                place: Place::of(analysis, schema.field_name(field)),
                model: &model.name,
                field: &field.name,
                name_in_database: &field.db_name,
                exempt: lives.exempt(model, field),
                written: places(&life.written),
                maybe_written: lives.model(id).open,
                filtered: places(&life.filtered),
                sorted: places(&life.sorted),
                selected: places(&life.selected),
                named_in: owned(&named.code),
                front_ends: owned(&named.front_ends),
                admin_only: !apps.is_empty() && apps.iter().all(|app| is_for_administrators(app)),
                apps,
                sql: owned(&named.sql),
            });
        }
    }
    found
}

/// The folders of the packages that files are in, tests and stories left out.
fn apps<'a>(analysis: &'a Analysis, files: &[&str]) -> Vec<&'a str> {
    let workspace = &analysis.project.workspace;
    let shown = files.iter().map(|path| Utf8Path::new(*path));
    let shown = shown.filter(|path| {
        let file = workspace.file(path);
        file.is_some_and(|file| file.facts.is_production())
    });
    let folders: BTreeSet<&str> = shown
        .filter_map(|path| Some(workspace.package_of(path)?.folder.as_str()))
        .collect();
    folders.into_iter().collect()
}

/// `apps/admin`, `packages/backoffice-web`
fn is_for_administrators(folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let mut words = name.split(['-', '_', '.']);
    words.any(|word| {
        matches!(
            word,
            "admin" | "administration" | "backoffice" | "backstage"
        )
    })
}
