//! Which TypeScript files matter, and their facts.
//!
//! A cheap scan of every file's bytes says what it mentions. What mentions
//! something of interest is parsed, and then what those import, round by
//! round: a constant or a base class may stand in a file that mentions nothing.

mod front;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::{iter::Either, prelude::*};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::Export;
use snell_extract::{Dialect, Mentions, ModuleFacts, mentions_delegate};
use snell_project::{
    module::{Listing, Modules, Parsed, Resolved, Resolver, later_imports},
    names::{Mention, Names},
};
use snell_report::{Notice, NoticeKind};
use snell_source::{FileId, FileKind, SourceFile, Sources};
use snell_workspace::{FileSystem, Purpose, Workspace};

use crate::{
    guard::guarded,
    memory::Memory,
    mirrors::{self, Values},
    scan::{CodeFile, hash_of},
    texts::read_all,
};

/// What of the live schemas makes files matter.
pub(crate) struct Known {
    /// The names under which clients hold the models.
    pub(crate) delegates: FxHashSet<SmolStr>,
    /// The values of enums.
    pub(crate) values: Values,
    /// The names of models and fields.
    pub(crate) names: Names,
}

impl Known {
    /// A hash of what makes a file matter: with the same schemas the same files do.
    fn hash(&self) -> u64 {
        let delegates = self.delegates.iter().map(SmolStr::as_str);
        hash_of(delegates).rotate_left(1) ^ self.values.hash()
    }
}

/// What is linked: twice, since what is said of the server's code is not said of front ends'.
pub(crate) struct Linked {
    /// What matters to the database and to endpoints, and what it imports.
    pub(crate) modules: Modules,
    /// What asks for endpoints, what shows it, and what they import.
    pub(crate) front: Modules,
    /// The paths of what asks.
    pub(crate) asking: BTreeSet<Utf8PathBuf>,
    /// The names of exported types that the other files mention.
    pub(crate) named: FxHashSet<SmolStr>,
    /// Which names of models and fields the other files say.
    pub(crate) elsewhere: Vec<Mention>,
    /// Which of them each of the modules says, in their order.
    pub(crate) said: Vec<FxHashSet<SmolStr>>,
}

/// Reads, parses and links the modules that matter.
pub(crate) fn link(
    fs: &dyn FileSystem,
    workspace: &Workspace,
    known: &Known,
    memory: &Memory,
    sources: &mut Sources,
    notices: &mut Vec<Notice>,
) -> Linked {
    let code = workspace
        .files
        .iter()
        .filter(|file| is_code(file.kind, file.purpose) && !file.generated);
    let paths = code.map(|file| file.path.clone()).collect();
    let read = read_code(fs, paths, memory, notices);
    let resolver = &*memory.resolver(listing(fs, workspace));
    let schemas = known.hash();
    let (waiting, rest): (Vec<CodeFile>, Vec<CodeFile>) = read
        .into_par_iter()
        .partition(|file| file.scan.matters(schemas, || matters(file, known)));
    let mut rest: BTreeMap<Utf8PathBuf, CodeFile> = rest
        .into_iter()
        .map(|file| (file.path.clone(), file))
        .collect();
    let mut parsed: Vec<(CodeFile, Arc<ModuleFacts>)> = Vec::new();
    rounds(waiting, &mut rest, &mut parsed, (resolver, memory), notices);
    // Which of two types of one name a file means, its imports say.
    let facts = || parsed.iter().map(|(_, facts)| &**facts);
    let twins = mirrors::twins(facts());
    let asking = mirrors::mentioning(&twins, &rest);
    let waiting = asking.iter().filter_map(|path| rest.remove(path)).collect();
    rounds(waiting, &mut rest, &mut parsed, (resolver, memory), notices);
    let rest: Vec<CodeFile> = rest.into_values().collect();
    let facts = parsed.iter().map(|(_, facts)| &**facts);
    let named = mirrors::named_elsewhere(facts, &rest);
    let elsewhere = rest
        .par_iter()
        .map(|file| Mention {
            names: known.names.among(file.scan.words()),
            inserted: FxHashSet::default(),
            path: file.path.clone(),
        })
        .filter(|mention| !mention.names.is_empty())
        .collect();
    let rest = rest.into_iter().map(|file| (file.path.clone(), file));
    parsed.sort_by(|(a, _), (b, _)| a.path.as_str().cmp(b.path.as_str()));
    let said = parsed.par_iter().with_max_len(PORTION);
    let said = said.map(|(file, _)| known.names.among(file.scan.words()));
    let said: Vec<FxHashSet<SmolStr>> = said.collect();
    let broken = parsed
        .iter()
        .filter_map(|(file, facts)| broken(file, facts));
    notices.extend(broken);
    let front = front::parsed(workspace, &parsed, rest.collect(), resolver, memory);
    let mut added: BTreeMap<Utf8PathBuf, (FileId, Arc<ModuleFacts>)> = BTreeMap::new();
    let mut add = |file: CodeFile, facts: Arc<ModuleFacts>| {
        let path = SmolStr::new(file.path.as_str());
        let at = file.path.clone();
        let (id, facts) = added.entry(at).or_insert_with(|| {
            let text = Arc::clone(&file.scan.text);
            (sources.add(SourceFile::new(file.path, text)), facts)
        });
        (path, *id, Arc::clone(facts))
    };
    let modules: Vec<(SmolStr, FileId, Arc<ModuleFacts>)> = parsed
        .into_iter()
        .map(|(file, facts)| add(file, facts))
        .collect();
    let shown = front.shared.iter().filter_map(|path| {
        let at = modules.binary_search_by(|(known, ..)| known.as_str().cmp(path.as_str()));
        Some(modules[at.ok()?].clone())
    });
    let mut shown: Vec<(SmolStr, FileId, Arc<ModuleFacts>)> = shown.collect();
    let own = front.own.into_iter();
    shown.extend(own.map(|(file, facts)| add(file, facts)));
    shown.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    Linked {
        modules: linked(modules, resolver),
        named,
        elsewhere,
        said,
        front: linked(shown, resolver),
        asking: front.asking,
    }
}

/// Reads files of code; what cannot be read becomes a notice.
fn read_code(
    fs: &dyn FileSystem,
    paths: Vec<Utf8PathBuf>,
    memory: &Memory,
    notices: &mut Vec<Notice>,
) -> Vec<CodeFile> {
    read_all(fs, paths, notices)
        .into_par_iter()
        .map(|file| CodeFile {
            scan: memory.scan(&file.path, file.text),
            path: file.path,
        })
        .collect()
}

/// Links modules on all threads.
fn linked(parsed: Vec<Parsed>, resolver: &Resolver) -> Modules {
    Modules::link_with(parsed, resolver, |parsed, link| {
        let parsed = parsed.par_iter().with_max_len(PORTION);
        parsed.map(link).collect()
    })
}

/// How many files a thread takes at once: those of one folder are alike, and long ones stand beside
/// each other.
const PORTION: usize = 8;

/// Parses what waits, then what that imports, until nothing new is imported.
fn rounds(
    mut waiting: Vec<CodeFile>,
    rest: &mut BTreeMap<Utf8PathBuf, CodeFile>,
    parsed: &mut Vec<(CodeFile, Arc<ModuleFacts>)>,
    (resolver, memory): (&Resolver, &Memory),
    notices: &mut Vec<Notice>,
) {
    while !waiting.is_empty() {
        let (round, failed): (Vec<_>, Vec<_>) = waiting
            .into_par_iter()
            .with_max_len(PORTION)
            .filter_map(|file| parse(file, memory))
            .partition_map(|parsed| match parsed {
                Ok(parsed) => Either::Left(parsed),
                Err(notice) => Either::Right(notice),
            });
        notices.extend(failed);
        let wanted: BTreeSet<Utf8PathBuf> = round
            .par_iter()
            .with_max_len(PORTION)
            .flat_map_iter(|(file, facts)| imported(&file.path, facts, resolver))
            .collect();
        parsed.extend(round);
        waiting = wanted
            .into_iter()
            .filter_map(|path| rest.remove(&path))
            .collect();
    }
}

fn is_code(kind: FileKind, purpose: Purpose) -> bool {
    purpose == Purpose::Code && kind.is_typescript()
}

/// Whether a file is parsed for its own sake.
fn matters(file: &CodeFile, known: &Known) -> bool {
    let mentioned = file.scan.mentions;
    let plain = Mentions::PRISMA
        .union(Mentions::NESTJS)
        .union(Mentions::CLASS_VALIDATOR)
        .union(Mentions::RAW_SQL)
        .union(Mentions::OPERATION);
    // Enumerations of front ends are compared by a later check.
    let shared = file.path.extension() != Some("tsx") && mentioned.intersects(Mentions::ENUM);
    mentioned.intersects(plain)
        || shared
        || is_entry(file)
        || mentions_delegate(file.text(), |name| known.delegates.contains(name))
        || known.values.may_be_in(&file.path, file.text())
        || declares_mirror(file.text(), &known.delegates)
}

/// Whether a type is declared whose name begins with that of a model, or ends with it but for a
/// word: `interface AgentView`, `type CreatePostInput`.
fn declares_mirror(text: &str, delegates: &FxHashSet<SmolStr>) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let declared = line
            .strip_prefix("interface ")
            .or_else(|| line.strip_prefix("type "))
            .or_else(|| line.strip_prefix("class "));
        let Some(declared) = declared else {
            return false;
        };
        let end = declared.find(|c: char| !c.is_alphanumeric() && c != '_');
        let name = &declared[..end.unwrap_or(declared.len())];
        // Each way to cut the name at its humps, as a delegate would be called.
        let humps: Vec<usize> = name
            .char_indices()
            .filter(|(at, c)| *at == 0 || c.is_uppercase())
            .map(|(at, _)| at)
            .chain([name.len()])
            .collect();
        humps.iter().take(3).any(|start| {
            humps.iter().rev().take(3).any(|end| {
                let Some(part) = name.get(*start..*end) else {
                    return false;
                };
                let mut letters = part.chars();
                let Some(first) = letters.next() else {
                    return false;
                };
                let delegate: String = first.to_lowercase().chain(letters).collect();
                delegates.contains(delegate.as_str())
            })
        })
    })
}

/// Packages of routers, as they are imported.
const ROUTERS: [&str; 4] = ["'express'", "\"express\"", "'fastify'", "\"fastify\""];
/// How routes are added, and what stands before them.
const ROUTES: [&str; 6] = [".get(", ".post(", ".put(", ".patch(", ".delete(", ".use("];

/// Whether requests may come in here though nothing of the database is mentioned: a
/// route handler, a page that is made on the server, server actions, procedures.
fn is_entry(file: &CodeFile) -> bool {
    let path = file.path.as_str();
    let text = file.text();
    let name = file.path.file_name().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let inside = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    let start: String = text.chars().take(200).collect();
    match stem {
        "route" if inside("app/") => return true,
        "page" | "layout" | "template" if inside("app/") => {
            return text.contains("await ") && !start.contains("use client");
        }
        _ => {}
    }
    inside("pages/api/")
        || start.contains("use server")
        || text.contains("rocedure")
            && [".query(", ".mutation(", ".subscription("]
                .iter()
                .any(|end| text.contains(end))
        || text.contains("createJob(")
        || text.contains("defineJob(")
        || adds_routes(text)
}

/// Whether a router that is made by hand is given routes, by the look of the text.
fn adds_routes(text: &str) -> bool {
    let package = ROUTERS.iter().any(|name| text.contains(name));
    package && ROUTES.iter().any(|verb| text.contains(verb))
}

fn parse(file: CodeFile, memory: &Memory) -> Option<Result<(CodeFile, Arc<ModuleFacts>), Notice>> {
    let dialect = Dialect::of(FileKind::of(&file.path))?;
    let facts = guarded(file.path.as_str(), || memory.module(file.text(), dialect));
    Some(facts.map(|facts| (file, facts)))
}

/// Where a file that speaks of the database or of endpoints is not understood.
fn broken(file: &CodeFile, facts: &ModuleFacts) -> Option<Notice> {
    let first = facts.errors.first()?;
    let server = Mentions::PRISMA
        .union(Mentions::NESTJS)
        .union(Mentions::RAW_SQL);
    if !file.scan.mentions.intersects(server) {
        return None;
    }
    let at =
        SourceFile::new(file.path.clone(), Arc::clone(&file.scan.text)).position(first.span.start);
    let more = match facts.errors.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(Notice {
        kind: NoticeKind::Unreadable,
        path: Some(format!("{}:{}:{}", file.path, at.line, at.column)),
        message: format!(
            "a part is left out{more}: {}; `tsc --noEmit` says whether the text is at fault",
            first.message
        ),
    })
}

/// The files of the workspace that a module imports or re-exports, components left out.
fn imported(path: &Utf8Path, facts: &ModuleFacts, resolver: &Resolver) -> Vec<Utf8PathBuf> {
    let imports = facts.imports.iter().map(|import| &import.source.text);
    let exports = facts.exports.iter().filter_map(|export| match export {
        Export::From { source, .. } | Export::All { source } => Some(&source.text),
        Export::Local { .. } | Export::DefaultExpression { .. } => None,
    });
    let later = later_imports(facts).map(|(_, specifier)| specifier);
    let specifiers: BTreeSet<&SmolStr> = imports.chain(exports).chain(later).collect();
    specifiers
        .into_iter()
        .filter_map(
            |specifier| match resolver.resolve(path.as_str(), specifier) {
                Resolved::File(found) => Some(Utf8PathBuf::from(found)),
                _ => None,
            },
        )
        .filter(|found| found.extension() != Some("tsx"))
        .collect()
}

/// What the resolver sees of the workspace.
fn listing(fs: &dyn FileSystem, workspace: &Workspace) -> Listing {
    let mut listing = Listing::default();
    for file in &workspace.files {
        match file.purpose {
            Purpose::Code => listing.add_file(file.path.as_str()),
            Purpose::PackageManifest | Purpose::TsConfig => {
                if let Ok(text) = snell_workspace::read_text(fs, &file.path) {
                    listing.add_text(file.path.as_str(), text.text.into());
                }
            }
            _ if file.path.extension() == Some("json") => listing.add_file(file.path.as_str()),
            _ => {}
        }
    }
    for package in workspace.packages.iter().filter(|package| package.member) {
        if let Some(name) = &package.manifest.name {
            listing.add_package(&name.value, package.folder.as_str());
        }
    }
    listing
}
