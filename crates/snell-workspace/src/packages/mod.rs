//! Packages: manifests, workspace members, locked versions.

mod lock;
mod manifest;
mod members;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

pub use lock::{LockFile, LockedVersion, Locker};
pub use manifest::{Dependency, DependencyKind, PackageManifest, PrismaKey, Script};
pub use members::{MemberPatterns, PnpmWorkspace};

/// A folder with a `package.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Relative to the root; empty for the root itself.
    pub folder: Utf8PathBuf,
    /// The facts of its `package.json`.
    pub manifest: PackageManifest,
    /// Whether it is the root or one of the workspace's packages, which can be
    /// imported by name.
    pub member: bool,
    /// The version of Prisma that it uses, itself or through the root.
    pub prisma: Option<PrismaVersion>,
}

impl Package {
    /// The path of the `package.json`.
    #[must_use]
    pub fn manifest_path(&self) -> Utf8PathBuf {
        self.folder.join("package.json")
    }

    /// Whether it is code for browsers: it depends on a front-end framework, or
    /// is at least bundled by Vite, and is no server: neither NestJS nor Prisma's
    /// client with Vite alone (Vite also runs the tests of servers).
    #[must_use]
    pub fn is_front_end(&self) -> bool {
        const FRAMEWORKS: [&str; 11] = [
            "react",
            "react-dom",
            "react-native",
            "vue",
            "svelte",
            "@sveltejs/kit",
            "next",
            "nuxt",
            "solid-js",
            "@angular/core",
            "astro",
        ];
        let has = |name: &str| self.manifest.dependencies.contains_key(name);
        let framework = FRAMEWORKS.iter().any(|name| has(name));
        !has("@nestjs/core") && (framework || (has("vite") && !has("@prisma/client")))
    }
}

/// The version of Prisma that a package uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrismaVersion {
    /// The first number.
    pub major: u32,
    /// The second number; unknown when only a range says it.
    pub minor: Option<u32>,
    /// As the lock file or, without one, the manifest writes it.
    pub text: String,
    /// Whether a lock file says so.
    pub locked: bool,
}

/// The packages that carry Prisma's version, the one that decides what client
/// code can do first.
const PRISMA: [&str; 2] = ["@prisma/client", "prisma"];

impl PrismaVersion {
    /// Whether it is this version or a later one, as far as the numbers are known.
    #[must_use]
    pub fn has_reached(&self, major: u32, minor: u32) -> bool {
        self.major > major || self.major == major && self.minor.is_none_or(|known| known >= minor)
    }

    fn locked(text: &str) -> Option<PrismaVersion> {
        let mut numbers = text.split(['.', '-', '+', '(', '_']);
        Some(PrismaVersion {
            major: numbers.next()?.parse().ok()?,
            minor: numbers.next().and_then(|n| n.parse().ok()),
            text: text.to_owned(),
            locked: true,
        })
    }

    /// From a range such as `^5.22.0`, `>=6 <7`, `7.x`, `npm:prisma@5`.
    fn ranged(range: &str) -> Option<PrismaVersion> {
        let version = range.rsplit_once('@').map_or(range, |(_, version)| version);
        let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = digits.find(|c: char| !c.is_ascii_digit());
        Some(PrismaVersion {
            major: digits[..end.unwrap_or(digits.len())].parse().ok()?,
            minor: None,
            text: range.to_owned(),
            locked: false,
        })
    }
}

/// Gives every package its version of Prisma: from the lock file, else from its
/// own manifest, else from the nearest package above it that names Prisma.
pub(crate) fn assign_prisma(
    packages: &mut [Package],
    locks: &[LockFile],
    catalogs: &BTreeMap<String, BTreeMap<String, String>>,
) {
    let own: BTreeMap<Utf8PathBuf, PrismaVersion> = packages
        .iter()
        .filter_map(|package| {
            let version = own_prisma(package, locks, catalogs)?;
            Some((package.folder.clone(), version))
        })
        .collect();
    for package in packages {
        package.prisma = package
            .folder
            .ancestors()
            .find_map(|folder| own.get(folder).cloned());
    }
}

fn own_prisma(
    package: &Package,
    locks: &[LockFile],
    catalogs: &BTreeMap<String, BTreeMap<String, String>>,
) -> Option<PrismaVersion> {
    PRISMA.iter().find_map(|name| {
        let dependency = package.manifest.dependencies.get(*name)?;
        let range = match dependency.range.strip_prefix("catalog:") {
            Some("") => catalogs.get("default")?.get(*name)?,
            Some(catalog) => catalogs.get(catalog)?.get(*name)?,
            None => &dependency.range,
        };
        nearest_lock(&package.folder, locks)
            .and_then(|lock| lock.version(&package.folder, name, range))
            .and_then(PrismaVersion::locked)
            .or_else(|| PrismaVersion::ranged(range))
    })
}

/// The lock file that governs a folder: its own or the nearest above it.
fn nearest_lock<'a>(folder: &Utf8Path, locks: &'a [LockFile]) -> Option<&'a LockFile> {
    folder
        .ancestors()
        .find_map(|above| locks.iter().find(|lock| lock.folder == above))
}
