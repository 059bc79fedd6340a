//! `snell facts schema`: the datamodels in the words of Prisma's DMMF.

use serde::Serialize;
use snell_prisma::dmmf;
use snell_source::LineColumn;

use crate::Analysis;

/// One schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema<'a> {
    /// The file or folder, from the root.
    pub path: &'a str,
    /// Its files, from the root.
    pub files: Vec<&'a str>,
    /// The folder of its migrations, from the root.
    pub migrations: Option<&'a str>,
    /// Whether Prisma would take it.
    pub accepted: bool,
    /// What it would not.
    pub errors: Vec<Error<'a>>,
    /// What it says.
    #[serde(flatten)]
    pub document: dmmf::Document<'a>,
}

/// A fault of a schema.
#[derive(Debug, Serialize)]
pub struct Error<'a> {
    /// From the root.
    pub file: &'a str,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 units.
    pub column: u32,
    /// In words for the schema's author.
    pub message: &'a str,
}

/// All live schemas, in the order of their paths.
#[must_use]
pub fn schema(analysis: &Analysis) -> Vec<Schema<'_>> {
    let schemas = analysis.project.schemas.iter();
    schemas
        .map(|(_, schema)| {
            let errors = analysis.schema_errors.iter();
            let errors: Vec<Error<'_>> = errors
                .filter(|(file, _)| schema.files.contains(file))
                .map(|(file, error)| {
                    let file = analysis.sources.file(*file);
                    let LineColumn { line, column } = file.position(error.span.start);
                    Error {
                        file: file.path.as_str(),
                        line,
                        column,
                        message: &error.message,
                    }
                })
                .collect();
            let files = schema.files.iter();
            Schema {
                path: schema.path.as_str(),
                files: files
                    .map(|file| analysis.sources.file(*file).path.as_str())
                    .collect(),
                migrations: schema.migrations.as_deref().map(camino::Utf8Path::as_str),
                accepted: errors.is_empty(),
                errors,
                document: dmmf::project(&schema.datamodel),
            }
        })
        .collect()
}
