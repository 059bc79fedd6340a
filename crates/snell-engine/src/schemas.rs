//! Reads Prisma schemas and their configuration, and keeps the live ones.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use snell_extract::{Dialect, extract};
use snell_prisma::{Datamodel, Parse, SchemaError};
use snell_project::schema::{
    Candidate, Decision, PrismaConfig, Reason, Schema, Schemas, decide, outputs,
};
use snell_report::Notice;
use snell_source::{FileId, SourceFile, Sources};
use snell_workspace::{FileSystem, Purpose, Workspace};

use crate::texts::{ReadFile, read_all};

/// The live schemas, what was decided about the others, and their errors.
pub(crate) struct Found {
    pub(crate) schemas: Schemas,
    pub(crate) decisions: Vec<Decision>,
    /// Errors of the live schemas; the file's number is that of the run.
    pub(crate) errors: Vec<(FileId, SchemaError)>,
}

/// One schema file, parsed.
struct Parsed {
    path: Utf8PathBuf,
    parse: Parse,
    file: FileId,
    alone: Datamodel,
}

/// Reads, lowers and decides. `configured` is the configuration's `schemas`.
pub(crate) fn find(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    configured: &[Utf8PathBuf],
    configured_migrations: Option<&Utf8Path>,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Found {
    let parsed = parse_all(fs, workspace, sources, notices);
    let configs = read_configs(fs, workspace, notices);
    let mut named: BTreeMap<Utf8PathBuf, Reason> = BTreeMap::new();
    for package in &workspace.packages {
        let schema = package
            .manifest
            .prisma
            .as_ref()
            .and_then(|prisma| prisma.schema.as_ref());
        if let Some(path) =
            schema.and_then(|schema| snell_workspace::join(&package.folder, &schema.value))
        {
            named.insert(path, Reason::PackageJson(package.manifest_path()));
        }
    }
    for (path, config) in &configs {
        if let Some(schema) = &config.schema {
            named.insert(schema.clone(), Reason::PrismaConfig(path.clone()));
        }
    }
    named.extend(
        configured
            .iter()
            .map(|path| (path.clone(), Reason::Configured)),
    );
    let groups = grouped(&parsed, &named);
    let candidates: Vec<Candidate> = groups
        .iter()
        .map(|group| candidate(group, &parsed, &named, workspace))
        .collect();
    let decisions = decide(&candidates, !configured.is_empty());
    let mut schemas = Vec::new();
    let mut errors = Vec::new();
    for ((group, candidate), decision) in groups.iter().zip(candidates).zip(&decisions) {
        if !decision.reason.is_live() {
            continue;
        }
        let files: Vec<FileId> = group.files.iter().map(|n| parsed[*n].file).collect();
        let (_, faults) = lowered(group, &parsed);
        errors.extend(faults.into_iter().map(|fault| (files[fault.file], fault)));
        let from_config = configs
            .values()
            .find(|config| config.schema.as_ref() == Some(&group.path));
        let migrations = configured_migrations
            .map(Utf8Path::to_owned)
            .or_else(|| {
                from_config
                    .and_then(|config| config.migrations.clone())
                    .filter(|path| workspace.has_folder(path))
            })
            .or_else(|| migrations_beside(&group.path, workspace));
        schemas.push(Schema {
            outputs: outputs(&group.path, &candidate.datamodel),
            path: group.path.clone(),
            files,
            datamodel: candidate.datamodel,
            migrations,
            history: None,
            reason: decision.reason.clone(),
        });
    }
    Found {
        schemas: Schemas::new(schemas),
        decisions,
        errors,
    }
}

fn parse_all(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<Parsed> {
    let prisma = workspace
        .files
        .iter()
        .filter(|file| file.purpose == Purpose::PrismaSchema && !file.generated);
    let read = read_all(fs, prisma.map(|file| file.path.clone()).collect(), notices);
    let parses: Vec<(ReadFile, Parse)> = read
        .into_par_iter()
        .map(|file| {
            let parse = snell_prisma::parse(&file.text);
            (file, parse)
        })
        .collect();
    parses
        .into_iter()
        .map(|(file, parse)| Parsed {
            file: sources.add(SourceFile::new(file.path.clone(), file.text)),
            alone: snell_prisma::lower(&[(0, &parse)]).0,
            path: file.path,
            parse,
        })
        .collect()
}

fn read_configs(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    notices: &mut Vec<Notice>,
) -> BTreeMap<Utf8PathBuf, PrismaConfig> {
    let paths = workspace
        .files
        .iter()
        .filter(|file| PrismaConfig::is_at(&file.path) && !file.facts.sample);
    read_all(fs, paths.map(|file| file.path.clone()).collect(), notices)
        .into_iter()
        .map(|file| {
            let config = PrismaConfig::read(&file.path, &extract(&file.text, Dialect::TypeScript));
            (file.path, config)
        })
        .collect()
}

/// The files of one candidate, by their numbers among the parsed.
struct Group {
    path: Utf8PathBuf,
    files: Vec<usize>,
}

/// A schema is a file with a `datasource`, or a folder of files of which one has it.
fn grouped(parsed: &[Parsed], named: &BTreeMap<Utf8PathBuf, Reason>) -> Vec<Group> {
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut groups = Vec::new();
    let below = |folder: &Utf8Path| -> Vec<usize> {
        (0..parsed.len())
            .filter(|n| parsed[*n].path.starts_with(folder))
            .collect()
    };
    for path in named.keys() {
        let files = match parsed.iter().position(|file| file.path == *path) {
            Some(file) => vec![file],
            None => below(path),
        };
        if !files.is_empty() {
            taken.extend(&files);
            groups.push(Group {
                path: path.clone(),
                files,
            });
        }
    }
    for (n, file) in parsed.iter().enumerate() {
        if taken.contains(&n) || file.alone.datasource().is_none() {
            continue;
        }
        let folder = file.path.parent().unwrap_or(Utf8Path::new(""));
        let fragments: Vec<usize> = below(folder)
            .into_iter()
            .filter(|other| {
                *other != n && parsed[*other].alone.datasource().is_none() && !taken.contains(other)
            })
            .collect();
        if !fragments.is_empty() && needs_fragments(file, folder) {
            let mut files = fragments;
            files.push(n);
            files.sort_unstable();
            taken.extend(&files);
            groups.push(Group {
                path: folder.to_owned(),
                files,
            });
        } else {
            taken.insert(n);
            groups.push(Group {
                path: file.path.clone(),
                files: vec![n],
            });
        }
    }
    let left = (0..parsed.len())
        .filter(|n| !taken.contains(n))
        .map(|n| Group {
            path: parsed[n].path.clone(),
            files: vec![n],
        });
    groups.extend(left.collect::<Vec<_>>());
    groups.sort_by(|a, b| a.path.cmp(&b.path));
    groups
}

/// Whether a file with a `datasource` is one of several of its schema: it
/// asks for types that it does not declare, has no model of its own, or its
/// folder or preview feature says so.
fn needs_fragments(file: &Parsed, folder: &Utf8Path) -> bool {
    let models = file.alone.models();
    let unresolved = models
        .iter()
        .flat_map(|model| &model.fields)
        .any(|field| matches!(field.ty, snell_prisma::FieldType::Unknown(_)));
    let preview = file.alone.generators().iter().any(|generator| {
        generator
            .preview_features
            .iter()
            .any(|feature| feature == "prismaSchemaFolder")
    });
    models.is_empty() || unresolved || preview || folder.file_name() == Some("schema")
}

fn lowered(group: &Group, parsed: &[Parsed]) -> (Datamodel, Vec<SchemaError>) {
    let files: Vec<(usize, &Parse)> = group
        .files
        .iter()
        .enumerate()
        .map(|(n, file)| (n, &parsed[*file].parse))
        .collect();
    snell_prisma::lower(&files)
}

fn candidate(
    group: &Group,
    parsed: &[Parsed],
    named: &BTreeMap<Utf8PathBuf, Reason>,
    workspace: &Workspace,
) -> Candidate {
    let facts = |n: &usize| {
        workspace
            .file(&parsed[*n].path)
            .map(|file| file.facts)
            .unwrap_or_default()
    };
    Candidate {
        path: group.path.clone(),
        datamodel: lowered(group, parsed).0,
        sample: group.files.iter().any(|n| {
            let facts = facts(n);
            facts.sample || facts.test || facts.vendored
        }),
        perhaps_sample: group.files.iter().any(|n| facts(n).perhaps_sample),
        named: named.get(&group.path).cloned(),
    }
}

/// `migrations/` beside the schema, else any folder of `*/migration.sql` beside it.
fn migrations_beside(schema: &Utf8Path, workspace: &Workspace) -> Option<Utf8PathBuf> {
    let is_file = schema.extension() == Some("prisma");
    let folder = if is_file { schema.parent()? } else { schema };
    let mut folders = vec![folder];
    folders.extend(
        folder
            .parent()
            .filter(|parent| !is_file || !parent.as_str().is_empty()),
    );
    let plain = folders
        .iter()
        .map(|folder| folder.join("migrations"))
        .find(|path| has_migrations(path, workspace));
    plain.or_else(|| {
        let sql = workspace
            .files
            .iter()
            .filter(|file| file.path.file_name() == Some("migration.sql"));
        sql.filter_map(|file| file.path.parent()?.parent())
            .find(|path| path.parent() == Some(folder))
            .map(Utf8Path::to_owned)
    })
}

fn has_migrations(folder: &Utf8Path, workspace: &Workspace) -> bool {
    workspace
        .files
        .iter()
        .any(|file| file.path.file_name() == Some("migration.sql") && file.path.starts_with(folder))
}
