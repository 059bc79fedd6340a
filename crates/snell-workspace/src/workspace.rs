//! Puts the facts of one tree together.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use snell_source::FileKind;

use crate::classify::{Classifier, PathFacts};
use crate::deploy::Deployment;
use crate::environment::{self, EnvironmentExample};
use crate::files::{FileSystem, Link, ListedFile, read_text};
use crate::generated::{self, GeneratedClient};
use crate::packages::{
    LockFile, MemberPatterns, Package, PackageManifest, PnpmWorkspace, PrismaVersion, assign_prisma,
};
use crate::tsconfig::{TsConfig, TsConfigs};
use crate::{Problem, ProblemKind, Purpose};

/// The facts of a tree of files that need no TypeScript, Prisma syntax or SQL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// The relevant files, sorted by path.
    pub files: Vec<WorkspaceFile>,
    /// Symbolic links inside the tree, sorted by path.
    pub links: Vec<Link>,
    /// The packages, sorted by folder.
    pub packages: Vec<Package>,
    /// The lock files.
    pub locks: Vec<LockFile>,
    /// The `tsconfig` files.
    pub tsconfigs: TsConfigs,
    /// Prisma clients that were generated into the tree, sorted by folder.
    pub generated_clients: Vec<GeneratedClient>,
    /// What examples of environment files tell a deployment to set.
    pub environment_examples: Vec<EnvironmentExample>,
    /// What runs and deploys it.
    pub deployment: Deployment,
    /// What could not be listed, read or understood; sorted.
    pub problems: Vec<Problem>,
}

/// One relevant file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceFile {
    /// Relative to the root, with `/` on every system.
    pub path: Utf8PathBuf,
    /// What it holds.
    pub kind: FileKind,
    /// What it is for.
    pub purpose: Purpose,
    /// What its path says.
    pub facts: PathFacts,
    /// Whether it belongs to a [`GeneratedClient`].
    pub generated: bool,
    /// Bytes on disk.
    pub size: u64,
}

impl Workspace {
    /// Lists the tree and reads its manifests. Sources are not read here, nor is
    /// the configuration ([`Config::read`](crate::Config::read)).
    #[must_use]
    pub fn discover(fs: &dyn FileSystem) -> Workspace {
        let listing = fs.list();
        let mut workspace = Workspace {
            links: listing.links,
            problems: listing.problems,
            ..Workspace::default()
        };
        workspace.classify(listing.files);
        workspace.read_packages(fs);
        workspace.read_tsconfigs(fs);
        workspace.read_deployment(fs);
        workspace.read_environment(fs);
        workspace.problems.sort();
        workspace.problems.dedup();
        workspace
    }

    /// The file at this path.
    #[must_use]
    pub fn file(&self, path: &Utf8Path) -> Option<&WorkspaceFile> {
        let found = self
            .files
            .binary_search_by(|file| file.path.as_path().cmp(path));
        found.ok().map(|index| &self.files[index])
    }

    /// Whether some file lies below this folder.
    #[must_use]
    pub fn has_folder(&self, folder: &Utf8Path) -> bool {
        let first = self
            .files
            .partition_point(|file| file.path.as_path() < folder);
        self.files
            .get(first)
            .is_some_and(|file| file.path.starts_with(folder))
    }

    /// The package that a path belongs to: the nearest at or above it.
    #[must_use]
    pub fn package_of(&self, path: &Utf8Path) -> Option<&Package> {
        path.ancestors().find_map(|folder| {
            let found = self
                .packages
                .binary_search_by(|package| package.folder.as_path().cmp(folder));
            found.ok().map(|index| &self.packages[index])
        })
    }

    /// The version of Prisma that governs a path: that of its package, or of one
    /// above it; else the only one that any package uses.
    #[must_use]
    pub fn prisma_version(&self, path: &Utf8Path) -> Option<&PrismaVersion> {
        let own = self
            .package_of(path)
            .and_then(|package| package.prisma.as_ref());
        own.or_else(|| {
            let mut all = self.packages.iter().filter_map(|p| p.prisma.as_ref());
            let first = all.next()?;
            all.all(|other| other.major == first.major).then_some(first)
        })
    }

    /// The workspace's package of this name.
    #[must_use]
    pub fn package_named(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| {
            let own_name = package.manifest.name.as_ref();
            package.member && own_name.is_some_and(|own_name| own_name.value == name)
        })
    }

    fn classify(&mut self, files: Vec<ListedFile>) {
        let paths = || files.iter().map(|file| file.path.as_path());
        let classifier = Classifier::new(paths());
        self.generated_clients = generated::clients(paths());
        for ListedFile { path, size } in files {
            let Some(purpose) = Purpose::of(&path) else {
                continue;
            };
            if size > purpose.limit() {
                let limit = purpose.limit();
                let kind = ProblemKind::TooLarge { size, limit };
                self.problems.push(Problem::new(&path, kind));
                continue;
            }
            let mut clients = self.generated_clients.iter();
            self.files.push(WorkspaceFile {
                generated: clients.any(|client| path.starts_with(&client.folder)),
                kind: FileKind::of(&path),
                purpose,
                facts: classifier.facts(&path),
                size,
                path,
            });
        }
    }

    /// Reads all files of one purpose; what cannot be read becomes a problem.
    fn read_all(&mut self, fs: &dyn FileSystem, purpose: Purpose) -> Vec<(Utf8PathBuf, String)> {
        let mut texts = Vec::new();
        for file in self.files.iter().filter(|file| file.purpose == purpose) {
            match read_text(fs, &file.path) {
                Ok(text) => {
                    if text.replaced {
                        let problem = Problem::new(&file.path, ProblemKind::InvalidUtf8);
                        self.problems.push(problem);
                    }
                    texts.push((file.path.clone(), text.text));
                }
                Err(error) => self.problems.push(Problem::unread(&file.path, error)),
            }
        }
        texts
    }

    fn read_packages(&mut self, fs: &dyn FileSystem) {
        let pnpm = self.read_pnpm(fs);
        for (path, text) in self.read_all(fs, Purpose::PackageManifest) {
            let (manifest, error) = PackageManifest::parse(&text);
            self.report(&path, error);
            self.packages.push(Package {
                folder: path.parent().unwrap_or(Utf8Path::new("")).to_owned(),
                manifest,
                member: false,
                prisma: None,
            });
        }
        self.packages.sort_by(|a, b| a.folder.cmp(&b.folder));
        self.mark_members(&pnpm, fs);
        for (path, text) in self.read_all(fs, Purpose::LockFile) {
            self.locks.extend(LockFile::scan(&path, &text));
        }
        assign_prisma(&mut self.packages, &self.locks, &pnpm.catalogs);
    }

    fn read_pnpm(&mut self, fs: &dyn FileSystem) -> PnpmWorkspace {
        let path = Utf8Path::new("pnpm-workspace.yaml");
        if self.file(path).is_none() {
            return PnpmWorkspace::default();
        }
        match read_text(fs, path) {
            Ok(text) => {
                let (workspace, error) = PnpmWorkspace::parse(&text.text);
                self.report(path, error);
                workspace
            }
            Err(error) => {
                self.problems.push(Problem::unread(path, error));
                PnpmWorkspace::default()
            }
        }
    }

    /// Members are what pnpm, npm, yarn or lerna name, and Nx projects with a manifest.
    fn mark_members(&mut self, pnpm: &PnpmWorkspace, fs: &dyn FileSystem) {
        let mut patterns: Vec<String> = pnpm.packages.clone();
        if let Some(root) = self.packages.iter().find(|p| p.folder.as_str().is_empty()) {
            patterns.extend(root.manifest.workspaces.iter().map(|w| w.value.clone()));
        }
        if let Ok(text) = read_text(fs, Utf8Path::new("lerna.json")) {
            let (lerna, _) = crate::Json::parse(&text.text);
            let packages = lerna.get("packages").map(crate::Json::spanned_strings);
            patterns.extend(packages.unwrap_or_default().into_iter().map(|p| p.value));
        }
        let patterns = MemberPatterns::new(patterns.iter().map(String::as_str));
        let nx: BTreeSet<Utf8PathBuf> = self
            .files
            .iter()
            .filter(|file| file.path.file_name() == Some("project.json"))
            .filter_map(|file| Some(file.path.parent()?.to_owned()))
            .collect();
        for package in &mut self.packages {
            package.member = package.folder.as_str().is_empty()
                || patterns.matches(&package.folder)
                || nx.contains(&package.folder);
        }
    }

    fn read_tsconfigs(&mut self, fs: &dyn FileSystem) {
        let mut configs = BTreeMap::new();
        for (path, text) in self.read_all(fs, Purpose::TsConfig) {
            let (config, error) = TsConfig::parse(&text);
            self.report(&path, error);
            configs.insert(path, config);
        }
        self.tsconfigs = TsConfigs::new(configs, fs, &self.packages);
    }

    fn read_environment(&mut self, fs: &dyn FileSystem) {
        let examples = self.files.iter().filter(|file| {
            file.purpose == Purpose::Environment && environment::is_example(&file.path)
        });
        self.environment_examples = examples
            .filter_map(|file| {
                let text = read_text(fs, &file.path).ok()?;
                Some(EnvironmentExample::read(&file.path, &text.text))
            })
            .collect();
    }

    fn read_deployment(&mut self, fs: &dyn FileSystem) {
        const PURPOSES: [Purpose; 9] = [
            Purpose::WorkspaceManifest,
            Purpose::Pipeline,
            Purpose::Compose,
            Purpose::Dockerfile,
            Purpose::Shell,
            Purpose::Makefile,
            Purpose::Procfile,
            Purpose::Deploy,
            Purpose::CodeOwners,
        ];
        for package in &self.packages {
            self.deployment
                .add_scripts(&package.manifest_path(), &package.manifest);
        }
        for purpose in PURPOSES {
            for (path, text) in self.read_all(fs, purpose) {
                let error = self.deployment.add(&path, purpose, &text);
                self.report(&path, error);
            }
        }
    }

    fn report(&mut self, path: &Utf8Path, error: Option<snell_source::SyntaxError>) {
        let problem = error.map(|error| Problem::invalid(path, error));
        self.problems.extend(problem);
    }
}

#[cfg(test)]
mod tests;
