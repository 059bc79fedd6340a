//! Reads Prisma schemas and their configuration, and keeps the live ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use snell_extract::Dialect;
use snell_prisma::{Datamodel, Parse, Provider, SchemaError};
use snell_project::schema::{
    Candidate, Decision, PrismaConfig, Reason, Schema, Schemas, decide, outputs,
};
use snell_report::Notice;
use snell_source::{FileId, SourceFile, Sources};
use snell_workspace::{FileSystem, Purpose, Workspace};

use crate::{
    memory::Memory,
    texts::{ReadFile, read_all},
    typed,
};

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
    parse: Arc<Parse>,
    file: FileId,
    alone: Datamodel,
}

/// Reads, lowers and decides. `configured` is the configuration's `schemas`.
pub(crate) fn find(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    configured: &[Utf8PathBuf],
    configured_migrations: Option<&Utf8Path>,
    memory: &Memory,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Found {
    let parsed = parse_all(fs, workspace, memory, sources, notices);
    let configs = read_configs(fs, workspace, memory, notices);
    let named = named(workspace, &configs, configured);
    let groups = grouped(&parsed, &named);
    let locks = locks(fs, workspace);
    let candidates: Vec<Candidate> = groups
        .iter()
        .map(|group| candidate(group, &parsed, &named, &locks, workspace))
        .collect();
    let decisions = decide(&candidates, !configured.is_empty());
    let providers: Vec<Provider> = candidates
        .iter()
        .map(|candidate| candidate.datamodel.provider())
        .collect();
    let variants = |of: &Utf8Path| {
        let both = decisions.iter().zip(&providers);
        both.filter(
            |(decision, _)| matches!(&decision.reason, Reason::VariantOf(live) if live == of),
        )
        .map(|(_, provider)| *provider)
        .collect()
    };
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
            .or_else(|| {
                let provider = candidate.datamodel.provider();
                migrations_beside(&group.path, provider, &locks, workspace)
            });
        let holder = group.files.iter().map(|n| &parsed[*n]);
        let holder = holder
            .filter(|file| file.alone.datasource().is_some())
            .map(|file| file.path.as_path())
            .next();
        let folder = from_config.and_then(|config| config.typed_sql.clone());
        let typed = typed::folder(&candidate.datamodel, folder, &group.path, holder, workspace)
            .map(|folder| typed::read(fs, workspace, &folder, sources, notices));
        schemas.push(Schema {
            typed: typed.unwrap_or_default(),
            outputs: outputs(&group.path, &candidate.datamodel),
            path: group.path.clone(),
            files,
            datamodel: candidate.datamodel,
            migrations,
            history: None,
            removed: Vec::new(),
            reason: decision.reason.clone(),
            variants: variants(&group.path),
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
    memory: &Memory,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<Parsed> {
    let prisma = workspace
        .files
        .iter()
        .filter(|file| file.purpose == Purpose::PrismaSchema && !file.generated);
    let read = read_all(fs, prisma.map(|file| file.path.clone()).collect(), notices);
    let parses: Vec<(ReadFile, Arc<Parse>)> = read
        .into_par_iter()
        .map(|file| {
            let parse = memory.schema(&file.text);
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
    memory: &Memory,
    notices: &mut Vec<Notice>,
) -> BTreeMap<Utf8PathBuf, PrismaConfig> {
    let paths = workspace
        .files
        .iter()
        .filter(|file| PrismaConfig::is_at(&file.path) && !file.facts.sample);
    read_all(fs, paths.map(|file| file.path.clone()).collect(), notices)
        .into_iter()
        .map(|file| {
            let facts = memory.module(&file.text, Dialect::TypeScript);
            let config = PrismaConfig::read(&file.path, &facts);
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
        .map(|(n, file)| (n, &*parsed[*file].parse))
        .collect();
    snell_prisma::lower(&files)
}

fn candidate(
    group: &Group,
    parsed: &[Parsed],
    named: &BTreeMap<Utf8PathBuf, Reason>,
    locks: &Locks,
    workspace: &Workspace,
) -> Candidate {
    let facts = |n: &usize| {
        workspace
            .file(&parsed[*n].path)
            .map(|file| file.facts)
            .unwrap_or_default()
    };
    let datamodel = lowered(group, parsed).0;
    Candidate {
        path: group.path.clone(),
        sample: group.files.iter().any(|n| {
            let facts = facts(n);
            facts.sample || facts.test || facts.vendored
        }),
        perhaps_sample: group.files.iter().any(|n| facts(n).perhaps_sample),
        named: named.get(&group.path).cloned(),
        used: migrations_beside(&group.path, datamodel.provider(), locks, workspace).is_some()
            || writes_a_client(&datamodel),
        datamodel,
    }
}

/// Whether the schema says where its client goes: a sample is generated nowhere.
fn writes_a_client(datamodel: &Datamodel) -> bool {
    datamodel.generators().iter().any(|generator| {
        let provider = generator.provider.as_deref().unwrap_or_default();
        provider.starts_with("prisma-client") && generator.output.is_some()
    })
}

/// The schemas that somebody names: scripts, `package.json`, `prisma.config`, the configuration; the last
/// one who does gives the reason.
fn named(
    workspace: &Workspace,
    configs: &BTreeMap<Utf8PathBuf, PrismaConfig>,
    configured: &[Utf8PathBuf],
) -> BTreeMap<Utf8PathBuf, Reason> {
    let mut named = named_by_scripts(workspace);
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
    for (path, config) in configs {
        if let Some(schema) = &config.schema {
            named.insert(schema.clone(), Reason::PrismaConfig(path.clone()));
        }
    }
    named.extend(
        configured
            .iter()
            .map(|path| (path.clone(), Reason::Configured)),
    );
    named
}

/// The schemas that scripts hand to Prisma: `prisma generate --schema db/schema.prisma`.
fn named_by_scripts(workspace: &Workspace) -> BTreeMap<Utf8PathBuf, Reason> {
    let mut named = BTreeMap::new();
    for package in &workspace.packages {
        for script in &package.manifest.scripts {
            for path in schema_flags(&script.command.value) {
                if let Some(path) = snell_workspace::join(&package.folder, path) {
                    named.insert(path, Reason::Script(package.manifest_path()));
                }
            }
        }
    }
    named
}

/// The values of `--schema` in a command of Prisma's.
fn schema_flags(command: &str) -> impl Iterator<Item = &str> {
    let words: Vec<&str> = if command.contains("prisma") {
        command.split_whitespace().collect()
    } else {
        Vec::new()
    };
    (0..words.len()).filter_map(move |n| {
        let value = match words[n].strip_prefix("--schema")? {
            "" => words.get(n + 1)?,
            rest => rest.strip_prefix('=')?,
        };
        let value = value.trim_matches(['"', '\'']);
        (!value.starts_with('$')).then_some(value)
    })
}

/// The database that each folder of migrations is locked to.
type Locks = BTreeMap<Utf8PathBuf, Provider>;

fn locks(fs: &dyn FileSystem, workspace: &Workspace) -> Locks {
    let files = workspace.files.iter();
    let locks = files.filter(|file| file.purpose == Purpose::MigrationLock);
    locks
        .filter_map(|file| {
            let text = snell_workspace::read_text(fs, &file.path).ok()?.text;
            let provider = text.lines().find_map(locked_provider)?;
            Some((file.path.parent()?.to_owned(), provider))
        })
        .collect()
}

/// `provider = "postgresql"`
fn locked_provider(line: &str) -> Option<Provider> {
    let value = line.trim().strip_prefix("provider")?.trim_start();
    let value = value.strip_prefix('=')?.trim();
    Some(Provider::of(value.trim_matches('"')))
}

/// `migrations/` beside the schema, else any folder of `*/migration.sql` beside it; none that
/// is locked to another database.
fn migrations_beside(
    schema: &Utf8Path,
    provider: Provider,
    locks: &Locks,
    workspace: &Workspace,
) -> Option<Utf8PathBuf> {
    let is_file = schema.extension() == Some("prisma");
    let folder = if is_file { schema.parent()? } else { schema };
    let fits = |path: &Utf8Path| {
        let locked = locks.get(path).copied().unwrap_or(provider);
        locked == provider || locked == Provider::Unknown || provider == Provider::Unknown
    };
    let mut folders = vec![folder];
    folders.extend(
        folder
            .parent()
            .filter(|parent| !is_file || !parent.as_str().is_empty()),
    );
    let plain = folders
        .iter()
        .map(|folder| folder.join("migrations"))
        .find(|path| fits(path) && has_migrations(path, workspace));
    plain.or_else(|| {
        let sql = workspace
            .files
            .iter()
            .filter(|file| file.path.file_name() == Some("migration.sql"));
        sql.filter_map(|file| file.path.parent()?.parent())
            .find(|path| {
                // A folder of schema files has them beside it, as a file has.
                let parent = path.parent();
                let beside = parent == Some(folder) || !is_file && parent == folder.parent();
                beside && fits(path)
            })
            .map(Utf8Path::to_owned)
    })
}

fn has_migrations(folder: &Utf8Path, workspace: &Workspace) -> bool {
    workspace
        .files
        .iter()
        .any(|file| file.path.file_name() == Some("migration.sql") && file.path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use snell_prisma::Provider;

    use super::{locked_provider, schema_flags};

    #[test]
    fn locks_name_a_database() {
        assert_eq!(
            locked_provider("provider = \"mysql\""),
            Some(Provider::MySql)
        );
        assert_eq!(locked_provider("# provider"), None);
    }

    #[test]
    fn scripts_name_schemas() {
        let of = |command| schema_flags(command).collect::<Vec<_>>();
        assert_eq!(
            of("pnpm dlx prisma generate --schema ./libs/db/schema.prisma"),
            ["./libs/db/schema.prisma"]
        );
        assert_eq!(of("prisma db push --schema='db/a.prisma'"), ["db/a.prisma"]);
        assert!(of("prisma migrate dev --schema $SCHEMA").is_empty());
        assert!(of("graphql-codegen --schema schema.graphql").is_empty());
    }
}
