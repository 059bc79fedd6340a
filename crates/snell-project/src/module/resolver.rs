//! From an import's specifier to a file of the workspace.
//!
//! The algorithm is `oxc_resolver`'s (relative paths, `tsconfig` paths,
//! package `exports`), run over what the workspace lists rather than over a
//! disk. Two things are added: every workspace package is linked into a
//! virtual `node_modules`, because real ones are not there, and a package
//! whose `exports` point to a build that is not there is looked up in its
//! sources.

use std::{
    hash::{BuildHasher, BuildHasherDefault},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use oxc_resolver::{
    FileMetadata, FileSystem, ResolveError, ResolveOptions, ResolverGeneric, TsconfigDiscovery,
};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

/// What the resolver sees: paths relative to the root, with `/`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Listing {
    files: FxHashSet<String>,
    folders: FxHashSet<String>,
    texts: FxHashMap<String, Arc<str>>,
    packages: FxHashMap<String, String>,
}

impl Listing {
    /// Adds a file.
    pub fn add_file(&mut self, path: &str) {
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if !self.folders.insert(parent.to_owned()) {
                break;
            }
            folder = parent;
        }
        self.files.insert(path.to_owned());
    }

    /// Gives the text of a manifest or `tsconfig` (a file that is added too).
    pub fn add_text(&mut self, path: &str, text: Arc<str>) {
        self.add_file(path);
        self.texts.insert(path.to_owned(), text);
    }

    /// Names a workspace package and its folder (empty for the root).
    pub fn add_package(&mut self, name: &str, folder: &str) {
        self.packages.insert(name.to_owned(), folder.to_owned());
    }

    /// The package a bare specifier names, and what follows its name.
    fn package_of<'s>(&self, specifier: &'s str) -> Option<(&str, &'s str)> {
        let scope = usize::from(specifier.starts_with('@'));
        let end = specifier
            .match_indices('/')
            .map(|(at, _)| at)
            .nth(scope)
            .unwrap_or(specifier.len());
        let folder = self.packages.get(&specifier[..end])?;
        Some((folder, specifier[end..].trim_start_matches('/')))
    }

    /// The path below the root, links of the virtual `node_modules` followed.
    /// `None` for paths outside, `Err` for what lies in a foreign package.
    fn inside(&self, path: &Path) -> Option<Result<String, ForeignPath>> {
        let text = path.to_str()?.replace('\\', "/");
        let relative = text.trim_start_matches('/');
        let Some((before, after)) = relative.rsplit_once("node_modules/") else {
            return Some(Ok(relative.trim_end_matches('/').to_owned()));
        };
        if !before.is_empty() {
            // Only the root has a (virtual) node_modules.
            return None;
        }
        Some(match self.package_of(after) {
            Some((folder, "")) => Ok(folder.to_owned()),
            Some(("", rest)) => Ok(rest.to_owned()),
            Some((folder, rest)) => Ok(format!("{folder}/{rest}")),
            None => Err(ForeignPath {
                configuration: after.ends_with(".json") && after.contains("tsconfig"),
            }),
        })
    }
}

/// A path in a package that is not part of the workspace.
struct ForeignPath {
    /// A shared `tsconfig`: read as empty, so that one that extends it still counts.
    configuration: bool,
}

/// The listing as the resolver wants it.
#[derive(Debug, Clone)]
struct ListingFileSystem(Arc<Listing>);

impl ListingFileSystem {
    fn text(&self, path: &Path) -> io::Result<String> {
        match self.0.inside(path) {
            Some(Ok(inside)) => match self.0.texts.get(&inside) {
                Some(text) => Ok(text.as_ref().to_owned()),
                None => Err(io::ErrorKind::NotFound.into()),
            },
            Some(Err(ForeignPath {
                configuration: true,
            })) => Ok("{}".to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl FileSystem for ListingFileSystem {
    fn new() -> Self {
        ListingFileSystem(Arc::default())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.text(path).map(String::into_bytes)
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        self.text(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        let text = path.to_string_lossy();
        if text == "/" || text == "/node_modules" {
            return Ok(FileMetadata::new(false, true, false));
        }
        match self.0.inside(path) {
            Some(Ok(inside)) if self.0.files.contains(&inside) => {
                Ok(FileMetadata::new(true, false, false))
            }
            Some(Ok(inside)) if inside.is_empty() || self.0.folders.contains(&inside) => {
                Ok(FileMetadata::new(false, true, false))
            }
            Some(Err(ForeignPath {
                configuration: true,
            })) => Ok(FileMetadata::new(true, false, false)),
            Some(Err(_)) if path.extension().is_none() => Ok(FileMetadata::new(false, true, false)),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.metadata(path)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        Err(ResolveError::NotFound(path.to_string_lossy().into_owned()))
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_path_buf())
    }
}

/// Where a specifier leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// A file of the workspace, relative to the root.
    File(String),
    /// A package that is not part of the workspace.
    Package,
    /// Nothing that is there.
    Missing,
}

/// The answers to what files import: by file, then by specifier.
type Answers = FxHashMap<Box<str>, FxHashMap<Box<str>, Resolved>>;

/// So many threads seldom wait for each other.
const SHARDS: usize = 16;

/// Resolves specifiers; remembers each answer, and is safe to share between threads.
pub struct Resolver {
    listing: Arc<Listing>,
    inner: ResolverGeneric<ListingFileSystem>,
    /// Used where a `tsconfig` cannot be read.
    without_tsconfig: ResolverGeneric<ListingFileSystem>,
    /// What was asked before: what a file imports is asked for when it is read, and when it is linked.
    answers: [Mutex<Answers>; SHARDS],
}

impl Resolver {
    /// A resolver over this listing.
    #[must_use]
    pub fn new(listing: Listing) -> Self {
        let listing = Arc::new(listing);
        let options = |tsconfig| ResolveOptions {
            tsconfig,
            extensions: [
                ".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".mjs", ".json",
            ]
            .map(Into::into)
            .to_vec(),
            extension_alias: vec![
                (
                    ".js".into(),
                    vec![".ts".into(), ".tsx".into(), ".d.ts".into(), ".js".into()],
                ),
                (".jsx".into(), vec![".tsx".into(), ".jsx".into()]),
                (".mjs".into(), vec![".mts".into(), ".mjs".into()]),
                (".cjs".into(), vec![".cts".into(), ".cjs".into()]),
            ],
            condition_names: [
                "source",
                "development",
                "types",
                "import",
                "require",
                "node",
                "default",
            ]
            .map(Into::into)
            .to_vec(),
            main_fields: ["source", "types", "module", "main"]
                .map(Into::into)
                .to_vec(),
            symlinks: false,
            builtin_modules: false,
            allow_package_exports_in_directory_resolve: true,
            cwd: Some(PathBuf::from("/")),
            ..ResolveOptions::default()
        };
        let inner = ResolverGeneric::new_with_file_system(
            ListingFileSystem(Arc::clone(&listing)),
            options(Some(TsconfigDiscovery::Auto)),
        );
        let without_tsconfig = ResolverGeneric::new_with_file_system(
            ListingFileSystem(Arc::clone(&listing)),
            options(None),
        );
        Resolver {
            listing,
            inner,
            without_tsconfig,
            answers: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// Whether this listing gives the same answers.
    #[must_use]
    pub fn is_over(&self, listing: &Listing) -> bool {
        *self.listing == *listing
    }

    /// Where `specifier` leads when the file at `from` imports it.
    #[must_use]
    pub fn resolve(&self, from: &str, specifier: &str) -> Resolved {
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(from);
        // The high bits are the ones that a multiplication mixes.
        let shard = usize::try_from(hash >> 60).unwrap_or_default() % SHARDS;
        // A panic between two plain insertions leaves nothing half done.
        let answers = || {
            self.answers[shard]
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(known) = answers().get(from).and_then(|known| known.get(specifier)) {
            return known.clone();
        }
        let answer = self.look_up(from, specifier);
        answers()
            .entry(from.into())
            .or_default()
            .insert(specifier.into(), answer.clone());
        answer
    }

    fn look_up(&self, from: &str, specifier: &str) -> Resolved {
        let absolute = PathBuf::from(format!("/{from}"));
        let found = match self.inner.resolve_file(&absolute, specifier) {
            Ok(found) => Some(found),
            Err(ResolveError::NotFound(_) | ResolveError::PackagePathNotExported { .. }) => None,
            Err(_) => {
                let folder = absolute.parent().unwrap_or(Path::new("/"));
                self.without_tsconfig.resolve(folder, specifier).ok()
            }
        };
        if let Some(Ok(inside)) = found
            .as_ref()
            .and_then(|found| self.listing.inside(found.path()))
        {
            return Resolved::File(inside);
        }
        if specifier.starts_with('.') || specifier.starts_with('/') {
            return Resolved::Missing;
        }
        match self.listing.package_of(specifier) {
            Some((folder, rest)) => self
                .in_sources(folder, rest)
                .map_or(Resolved::Missing, Resolved::File),
            None => Resolved::Package,
        }
    }

    /// A module of a workspace package whose build is not there.
    fn in_sources(&self, folder: &str, rest: &str) -> Option<String> {
        let stem = rest.trim_end_matches(".js");
        let names: &[&str] = if stem.is_empty() {
            &["index", "main", "server", "client"]
        } else {
            &[stem]
        };
        let candidates = ["src/", "", "lib/", "source/"].iter().flat_map(|base| {
            names.iter().flat_map(move |name| {
                ["", "/index"].iter().flat_map(move |tail| {
                    [".ts", ".tsx", ".mts", ".d.ts"]
                        .map(move |ending| format!("{base}{name}{tail}{ending}"))
                })
            })
        });
        let at = |name: String| {
            if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            }
        };
        candidates
            .map(at)
            .find(|path| self.listing.files.contains(path))
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver() -> Resolver {
        let mut listing = Listing::default();
        for path in [
            "apps/api/src/app.ts",
            "apps/api/src/users/users.service.ts",
            "apps/api/src/users/index.ts",
            "packages/db/src/index.ts",
            "packages/db/src/client.ts",
            "packages/tools/lib/clock.ts",
        ] {
            listing.add_file(path);
        }
        listing.add_text(
            "apps/api/tsconfig.json",
            r#"{ "extends": ["@company/tsconfig/tsconfig.base.json", "../../tsconfig.base.json"] }"#.into(),
        );
        listing.add_text(
            "tsconfig.base.json",
            r#"{ "compilerOptions": { "baseUrl": ".", "paths": { "@app/*": ["apps/api/src/*"] } } } // comment"#.into(),
        );
        listing.add_text(
            "packages/db/package.json",
            r#"{ "name": "@company/db", "main": "./dist/index.js" }"#.into(),
        );
        listing.add_text(
            "packages/tools/package.json",
            r#"{ "name": "tools", "exports": { "./time": "./lib/clock.ts" } }"#.into(),
        );
        listing.add_package("@company/db", "packages/db");
        listing.add_package("tools", "packages/tools");
        Resolver::new(listing)
    }

    #[track_caller]
    fn leads(specifier: &str, to: Resolved) {
        assert_eq!(
            resolver().resolve("apps/api/src/app.ts", specifier),
            to,
            "{specifier}"
        );
    }

    fn file(path: &str) -> Resolved {
        Resolved::File(path.to_owned())
    }

    #[test]
    fn relative_specifiers_find_sources_behind_js_names_and_folders() {
        leads(
            "./users/users.service",
            file("apps/api/src/users/users.service.ts"),
        );
        leads(
            "./users/users.service.js",
            file("apps/api/src/users/users.service.ts"),
        );
        leads("./users", file("apps/api/src/users/index.ts"));
        leads("./nowhere", Resolved::Missing);
    }

    #[test]
    fn tsconfig_paths_hold_although_a_foreign_base_is_not_there() {
        leads(
            "@app/users/users.service",
            file("apps/api/src/users/users.service.ts"),
        );
    }

    #[test]
    fn workspace_packages_lead_to_sources_when_their_build_is_not_there() {
        leads("@company/db", file("packages/db/src/index.ts"));
        leads("@company/db/client", file("packages/db/src/client.ts"));
        leads("@company/db/dist/client.js", Resolved::Missing);
    }

    #[test]
    fn exports_of_workspace_packages_are_honoured() {
        leads("tools/time", file("packages/tools/lib/clock.ts"));
    }

    #[test]
    fn other_packages_are_foreign() {
        leads("@nestjs/common", Resolved::Package);
        leads("fs", Resolved::Package);
    }
}
