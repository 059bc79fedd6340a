//! Finds a schema's files of TypedSQL.

use camino::{Utf8Path, Utf8PathBuf};
use snell_prisma::Datamodel;
use snell_project::schema::TypedQuery;
use snell_report::Notice;
use snell_source::{SourceFile, Sources};
use snell_workspace::{FileSystem, Workspace};

use crate::texts::read_all;

/// Where a schema's files of TypedSQL are: what the configuration says, else `sql/` beside the
/// file that holds the data source, as it is from Prisma 6.6 on, or beside the schema.
pub(crate) fn folder(
    datamodel: &Datamodel,
    configured: Option<Utf8PathBuf>,
    schema: &Utf8Path,
    holder: Option<&Utf8Path>,
    workspace: &Workspace,
) -> Option<Utf8PathBuf> {
    let mut features = datamodel
        .generators()
        .iter()
        .flat_map(|generator| &generator.preview_features);
    if !features.any(|feature| feature == "typedSql") {
        return None;
    }
    let beside = [holder, Some(schema)].into_iter().flatten();
    let beside = beside.filter_map(|path| Some(path.parent()?.join("sql")));
    configured
        .into_iter()
        .chain(beside)
        .find(|folder| !files(workspace, folder).is_empty())
}

/// Reads the files of a folder; those in folders below it are none of Prisma's.
pub(crate) fn read(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    folder: &Utf8Path,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<TypedQuery> {
    read_all(fs, files(workspace, folder), notices)
        .into_iter()
        .filter_map(|file| {
            let stem = file.path.file_stem()?.to_owned();
            let text = file.text.clone();
            let id = sources.add(SourceFile::new(file.path, file.text));
            TypedQuery::new(&stem, id, text)
        })
        .collect()
}

fn files(workspace: &Workspace, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let files = workspace.files.iter().map(|file| &file.path);
    files
        .filter(|path| path.parent() == Some(folder) && path.extension() == Some("sql"))
        .cloned()
        .collect()
}
