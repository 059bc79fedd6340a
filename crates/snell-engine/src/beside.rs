//! Reads the commands of deployments and the SQL files that are no migrations.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use snell_project::{
    Project,
    beside::{AccountKey, Beside, Command, Script, Texts},
    names::{Mention, Names},
};
use snell_report::Notice;
use snell_source::{FileId, Location, SourceFile, Sources};
use snell_workspace::{CommandContext, CommandFact, FileSystem, Json, Locale, Purpose};

use crate::{guard::guarded, memory::Memory, texts::read_all};

/// Larger SQL files are dumps: what somebody wrote is smaller.
const LARGEST: u64 = 256 << 10;

/// A file with one key is smaller.
const KEY: u64 = 16 << 10;

/// Reads what rules about deployments and left-over scripts judge.
pub(crate) fn read(
    fs: &dyn FileSystem,
    project: &Project,
    memory: &Memory,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Beside {
    Beside {
        commands: commands(fs, project, sources, notices),
        scripts: scripts(fs, project, memory, sources, notices),
        seeds: seeds(fs, project, memory, sources, notices),
        texts: texts(fs, project, sources, notices),
        keys: keys(fs, project, sources, notices),
        ..Beside::default()
    }
}

/// The texts of all languages, when there is a schema whose enums they may list. What is no JSON
/// tells nothing.
fn texts(
    fs: &dyn FileSystem,
    project: &Project,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<Texts> {
    if project.schemas.is_empty() {
        return Vec::new();
    }
    let paths: Vec<Utf8PathBuf> = project
        .workspace
        .files
        .iter()
        .filter(|file| file.purpose == Purpose::Locale && file.facts.is_production())
        .map(|file| file.path.clone())
        .collect();
    let read = read_all(fs, paths, notices);
    let parsed: Vec<_> = read
        .into_par_iter()
        .filter_map(|file| {
            let locale = Locale::of(&file.path)?;
            let (json, error) = Json::parse(&file.text);
            error.is_none().then_some((file, locale, json))
        })
        .collect();
    let kept = parsed.into_iter().map(|(file, locale, json)| Texts {
        file: sources.add(SourceFile::new(file.path, file.text)),
        locale,
        json,
    });
    kept.collect()
}

/// The private keys of accounts of services, as Google gives them out.
fn keys(
    fs: &dyn FileSystem,
    project: &Project,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<AccountKey> {
    let paths: Vec<Utf8PathBuf> = project
        .workspace
        .files
        .iter()
        .filter(|file| file.purpose == Purpose::ServiceAccount && file.size <= KEY)
        .filter(|file| file.facts.is_production())
        .map(|file| file.path.clone())
        .collect();
    let mut found = Vec::new();
    for file in read_all(fs, paths, notices) {
        let (json, _) = Json::parse(&file.text);
        let text = |name: &str| json.get(name).and_then(Json::spanned_str);
        let is_account = text("type").is_some_and(|kind| kind.value == "service_account");
        let Some(key) = text("private_key").filter(|_| is_account) else {
            continue;
        };
        if is_private_key(&key.value) {
            let account = text("client_email").map(|email| email.value);
            let file = sources.add(SourceFile::new(file.path, file.text));
            found.push(AccountKey {
                at: Location::new(file, key.span),
                account,
            });
        }
    }
    found
}

/// Whether a text is one, and no place where one is to be put.
fn is_private_key(text: &str) -> bool {
    const SHORTEST: usize = 400;
    let body = text.trim().strip_prefix("-----BEGIN ");
    body.is_some_and(|body| body.contains("PRIVATE KEY-----") && body.len() > SHORTEST)
}

/// All commands, with the texts of their files, when one changes or fills a database, or when there are
/// migrations that a deployment should run; else none.
fn commands(
    fs: &dyn FileSystem,
    project: &Project,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<Command> {
    let all = &project.workspace.deployment.commands;
    let matters = |command: &CommandFact| {
        let text = &command.text;
        text.contains("db push")
            || text.contains("migrate ")
            || text.contains("seed")
            || command.context == CommandContext::PrismaSeed
    };
    let mut schemas = project.schemas.iter();
    let has_migrations = schemas.any(|(_, schema)| schema.history.is_some());
    if !has_migrations && !all.iter().any(matters) {
        return Vec::new();
    }
    let mut paths: Vec<Utf8PathBuf> = all.iter().map(|command| command.path.clone()).collect();
    paths.sort();
    paths.dedup();
    let files: BTreeMap<Utf8PathBuf, FileId> = read_all(fs, paths, notices)
        .into_iter()
        .map(|file| {
            let path = file.path.clone();
            (path, sources.add(SourceFile::new(file.path, file.text)))
        })
        .collect();
    let read = all.iter().filter_map(|fact| {
        let file = *files.get(&fact.path)?;
        Some(Command {
            file,
            fact: fact.clone(),
        })
    });
    read.collect()
}

/// The SQL files beside the migrations that make tables.
fn scripts(
    fs: &dyn FileSystem,
    project: &Project,
    memory: &Memory,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<Script> {
    let paths: Vec<Utf8PathBuf> = project
        .workspace
        .files
        .iter()
        .filter(|file| file.purpose == Purpose::Sql && file.size <= LARGEST)
        .filter(|file| file.facts.is_production() && !is_of_a_history(&file.path))
        .map(|file| file.path.clone())
        .collect();
    if project
        .schemas
        .iter()
        .all(|(_, schema)| schema.history.is_none())
    {
        return Vec::new();
    }
    parsed(fs, paths, "create table", memory, sources, notices)
}

/// The SQL files that are seeds by their names, when there is a database that they may fill.
fn seeds(
    fs: &dyn FileSystem,
    project: &Project,
    memory: &Memory,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<Script> {
    if project.schemas.is_empty() {
        return Vec::new();
    }
    let files = project.workspace.files.iter();
    let paths = files
        .filter(|file| file.purpose == Purpose::Sql && file.size <= LARGEST)
        .filter(|file| file.facts.seed && !file.facts.test && !file.facts.vendored)
        .filter(|file| !is_of_a_history(&file.path))
        .map(|file| file.path.clone());
    parsed(fs, paths.collect(), "insert into", memory, sources, notices)
}

/// The files whose text, in small letters, holds these words; parsed.
fn parsed(
    fs: &dyn FileSystem,
    paths: Vec<Utf8PathBuf>,
    words: &str,
    memory: &Memory,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Vec<Script> {
    let texts = read_all(fs, paths, notices)
        .into_iter()
        .filter(|file| file.text.to_ascii_lowercase().contains(words));
    let parsed: Vec<_> = texts
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|file| (guarded(file.path.as_str(), || memory.sql(&file.text)), file))
        .collect();
    let kept = parsed.into_iter().filter_map(|(parse, file)| match parse {
        Ok(parse) => Some(Script {
            file: sources.add(SourceFile::new(file.path, file.text)),
            parse,
        }),
        Err(notice) => {
            notices.push(notice);
            None
        }
    });
    kept.collect()
}

/// The names of the schemas in templates, queries, other languages, and in the SQL files
/// that are no migrations.
pub(crate) fn names(
    fs: &dyn FileSystem,
    project: &Project,
    names: &Names,
    notices: &mut Vec<Notice>,
) -> Vec<Mention> {
    let files = project.workspace.files.iter();
    let paths = files
        .filter(|file| !file.generated && file.size <= LARGEST)
        .filter(|file| match file.purpose {
            Purpose::Text => true,
            Purpose::Sql => !is_of_a_history(&file.path),
            _ => false,
        })
        .map(|file| file.path.clone());
    let mentions = read_all(fs, paths.collect(), notices)
        .into_par_iter()
        .map(|file| {
            if file.path.extension() == Some("sql") {
                let stated = names.in_statements(&file.text);
                return Mention::of_sql(file.path, stated);
            }
            Mention {
                names: names.in_text(&file.text),
                inserted: FxHashSet::default(),
                path: file.path,
            }
        });
    mentions
        .filter(|mention| !mention.names.is_empty())
        .collect()
}

/// Whether a file is a migration, of Prisma or of another tool.
fn is_of_a_history(path: &Utf8Path) -> bool {
    path.components()
        .any(|part| part.as_str().to_ascii_lowercase().contains("migration"))
}
