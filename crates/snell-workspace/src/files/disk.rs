//! The file system of the machine.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use ignore::{DirEntry, WalkBuilder, WalkState};
use rustc_hash::FxHashSet;

use super::{FileSystem, Link, ListedFile, Listing, ReadError};
use crate::problem::is_unprintable;
use crate::{Problem, ProblemKind, Purpose};

/// Folders that hold no source, whatever the ignore files say.
const NEVER: [&str; 3] = [".git", "node_modules", "bower_components"];

/// Hidden folders that are entered; all others hold the state of some tool.
const HIDDEN: [&str; 8] = [
    ".github",
    ".gitlab",
    ".husky",
    ".config",
    ".circleci",
    ".buildkite",
    ".docker",
    ".devcontainer",
];

/// A folder on disk.
///
/// The listing follows git: what `.gitignore` names is left out, also outside a
/// repository. Symbolic links are not followed by the listing; a read follows
/// them as long as they stay below the root.
#[derive(Debug)]
pub struct Disk {
    /// Without symbolic links, to judge what lies below it.
    root: PathBuf,
    /// Folders that were seen to lie below the root.
    inside: RwLock<FxHashSet<PathBuf>>,
}

impl Disk {
    /// The tree below `root`.
    ///
    /// # Errors
    /// When `root` is not a folder that can be entered.
    pub fn new(root: &Utf8Path) -> io::Result<Self> {
        let root = fs::canonicalize(root)?;
        if !fs::metadata(&root)?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        Ok(Disk {
            root,
            inside: RwLock::default(),
        })
    }

    fn walker(&self) -> WalkBuilder {
        let mut walker = WalkBuilder::new(&self.root);
        walker
            .hidden(false)
            .ignore(false)
            .require_git(false)
            // What this machine ignores in all repositories could hide tracked
            // files here and not elsewhere; `.git/info/exclude` was written for
            // this repository.
            .git_global(false)
            .git_exclude(true)
            .parents(is_inside_repository(&self.root))
            .filter_entry(|entry| entry.depth() == 0 || enters(entry))
            .threads(threads());
        walker
    }

    /// Whether the folder's real place is below the root. Asked once for each
    /// folder: files share theirs.
    fn is_inside(&self, folder: &Path) -> io::Result<bool> {
        let known = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(folder) {
            return Ok(true);
        }
        drop(known);
        let inside = fs::canonicalize(folder)?.starts_with(&self.root);
        if inside {
            let mut known = self.inside.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(folder.to_owned());
        }
        Ok(inside)
    }
}

impl FileSystem for Disk {
    fn list(&self) -> Listing {
        let found = Mutex::new(Listing::default());
        self.walker().build_parallel().run(|| {
            Box::new(|entry| {
                let mut seen = Listing::default();
                match entry {
                    Ok(entry) => visit(&self.root, &entry, &mut seen),
                    Err(error) => seen.problems.push(walk_problem(&self.root, &error)),
                }
                if seen != Listing::default() {
                    let mut all = found.lock().unwrap_or_else(PoisonError::into_inner);
                    all.files.append(&mut seen.files);
                    all.links.append(&mut seen.links);
                    all.problems.append(&mut seen.problems);
                }
                WalkState::Continue
            })
        });
        let mut listing = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        listing.sort();
        add_ignored_examples(&self.root, &mut listing);
        listing
    }

    fn read(&self, path: &Utf8Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        let path = super::normalize(path).ok_or(ReadError::Outside)?;
        let full = self.root.join(path.as_std_path());
        if path.as_str().is_empty() {
            return Err(ReadError::NotAFile);
        }
        let folder = full.parent().ok_or(ReadError::NotAFile)?;
        if !self.is_inside(folder).map_err(read_error)? {
            return Err(ReadError::Outside);
        }
        let mut metadata = fs::symlink_metadata(&full).map_err(read_error)?;
        if metadata.is_symlink() {
            let target = fs::canonicalize(&full).map_err(read_error)?;
            if !target.starts_with(&self.root) {
                return Err(ReadError::Outside);
            }
            metadata = fs::metadata(&target).map_err(read_error)?;
        }
        if !metadata.is_file() {
            return Err(ReadError::NotAFile);
        }
        if metadata.len() > limit {
            return Err(ReadError::TooLarge {
                size: metadata.len(),
                limit,
            });
        }
        read_at_most(&full, metadata.len(), limit)
    }
}

/// Names of examples of environment files, which `.env*` in a `.gitignore` names as well though git keeps them.
const EXAMPLES: [&str; 3] = [".env.example", ".env.sample", ".env.template"];

/// Adds the examples of environment files beside manifests that ignore files hide: written to be read, they hold no
/// secrets, and say what a deployment has to set.
fn add_ignored_examples(root: &Path, listing: &mut Listing) {
    let manifests = listing
        .files
        .iter()
        .filter(|file| file.path.file_name() == Some("package.json"));
    let beside = manifests
        .filter_map(|file| file.path.parent())
        .flat_map(|folder| EXAMPLES.map(|name| folder.join(name)));
    let hidden = beside.filter(|path| {
        let listed = listing.files.binary_search_by(|file| file.path.cmp(path));
        listed.is_err() && listing.links.iter().all(|link| link.path != *path)
    });
    let found: Vec<ListedFile> = hidden
        .filter_map(|path| {
            let data = fs::symlink_metadata(root.join(&path)).ok()?;
            let size = data.len();
            data.is_file().then_some(ListedFile { path, size })
        })
        .collect();
    if !found.is_empty() {
        listing.files.extend(found);
        listing.sort();
    }
}

/// Reads a file that may be growing while it is read.
fn read_at_most(path: &Path, size: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1));
    fs::File::open(path)
        .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(read_error)?;
    let size = bytes.len() as u64;
    if size > limit {
        return Err(ReadError::TooLarge { size, limit });
    }
    Ok(bytes)
}

/// The system's words without its error numbers: the same on every system.
fn read_error(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
        kind => ReadError::Io(kind.to_string()),
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(8))
}

/// Whether ignore files above the root belong to the same repository. Without
/// this, a stray `.gitignore` in a home folder would hide everything.
fn is_inside_repository(root: &Path) -> bool {
    !root.join(".git").exists()
        && root
            .ancestors()
            .skip(1)
            .any(|folder| folder.join(".git").exists())
}

/// Whether the walk takes this entry: every file, and folders that may hold sources.
fn enters(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    match entry.file_name().to_str() {
        Some(name) if name.starts_with('.') => HIDDEN.contains(&name),
        Some(name) => !NEVER.contains(&name),
        None => true,
    }
}

fn visit(root: &Path, entry: &DirEntry, seen: &mut Listing) {
    let Some(kind) = entry.file_type() else {
        return;
    };
    if entry.depth() == 0 {
        return;
    }
    let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
    let path = match utf8(below) {
        Ok(path) => path,
        Err(problem) => {
            // A folder with such a name is told once; its files would repeat it.
            let own_name = entry.file_name().to_str();
            if own_name.is_none_or(|name| name.contains(is_unprintable)) {
                seen.problems.push(problem);
            }
            return;
        }
    };
    if let Some(error) = entry.error() {
        seen.problems.push(ignore_file_problem(&path, error));
    }
    if kind.is_symlink() {
        visit_link(root, path, entry.path(), seen);
    } else if !kind.is_dir() && Purpose::of(&path).is_some() {
        if kind.is_file() {
            let size = entry.metadata().map_or(0, |data| data.len());
            seen.files.push(ListedFile { path, size });
        } else {
            seen.problems
                .push(Problem::new(path, ProblemKind::NotAFile));
        }
    }
}

fn visit_link(root: &Path, path: Utf8PathBuf, full: &Path, seen: &mut Listing) {
    let kind = match fs::canonicalize(full) {
        Ok(target) => match target.strip_prefix(root) {
            Ok(_) if full.starts_with(&target) => ProblemKind::LinkLoops,
            Ok(below) => {
                if let Ok(target) = utf8(below) {
                    seen.links.push(Link { path, target });
                }
                return;
            }
            Err(_) => ProblemKind::LinkLeadsOut,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => ProblemKind::LinkBroken,
        Err(_) => ProblemKind::LinkLoops,
    };
    seen.problems.push(Problem::new(path, kind));
}

/// The path with `/`, or why it cannot be used.
fn utf8(below: &Path) -> Result<Utf8PathBuf, Problem> {
    let Some(path) = Utf8Path::from_path(below) else {
        return Err(Problem::new(
            below.to_string_lossy(),
            ProblemKind::NameNotUtf8,
        ));
    };
    if path.as_str().contains(is_unprintable) {
        return Err(Problem::new(path, ProblemKind::NameHasControlCharacters));
    }
    let parts: Vec<&str> = path.iter().collect();
    Ok(Utf8PathBuf::from(parts.join("/")))
}

fn ignore_file_problem(path: &Utf8Path, error: &ignore::Error) -> Problem {
    Problem::new(path, ProblemKind::IgnoreFile(innermost(error)))
}

fn walk_problem(root: &Path, error: &ignore::Error) -> Problem {
    let path = path_of(error).map_or_else(String::new, |path| {
        path.strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned()
    });
    Problem::new(path, ProblemKind::Unreadable(innermost(error)))
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// The words without absolute paths, which differ from machine to machine.
fn innermost(error: &ignore::Error) -> String {
    match error {
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => innermost(err),
        ignore::Error::Partial(errors) => errors.first().map_or_else(String::new, innermost),
        ignore::Error::Io(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
