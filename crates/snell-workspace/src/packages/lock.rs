//! The versions of Prisma that lock files pin, found by a scan of their lines.
//!
//! Lock files are large and only two names in them matter, so they are not
//! parsed. What the scan relies on is the indentation that every package manager
//! writes.

use camino::{Utf8Path, Utf8PathBuf};

use super::PRISMA;

/// The program that wrote a lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locker {
    /// `package-lock.json`, `npm-shrinkwrap.json`
    Npm,
    /// `pnpm-lock.yaml`
    Pnpm,
    /// `yarn.lock`, of either generation
    Yarn,
    /// `bun.lock`
    Bun,
}

/// What a lock file says of Prisma.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockFile {
    /// Its folder, relative to the root.
    pub folder: Utf8PathBuf,
    /// Who wrote it.
    pub locker: Locker,
    /// The versions of `prisma` and `@prisma/client`, in source order.
    pub versions: Vec<LockedVersion>,
}

/// One pinned version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedVersion {
    /// `prisma` or `@prisma/client`.
    pub package: String,
    /// The version.
    pub version: String,
    /// For which folder, relative to the lock file (npm, pnpm); empty for its own.
    pub importer: Option<String>,
    /// For which ranges (yarn).
    pub ranges: Vec<String>,
}

impl LockFile {
    /// Scans the lock file at `path`; `None` when its name is not that of one.
    #[must_use]
    pub fn scan(path: &Utf8Path, text: &str) -> Option<LockFile> {
        let (locker, scan): (_, fn(&str) -> Vec<LockedVersion>) = match path.file_name()? {
            "package-lock.json" | "npm-shrinkwrap.json" => (Locker::Npm, npm),
            "pnpm-lock.yaml" => (Locker::Pnpm, pnpm),
            "yarn.lock" => (Locker::Yarn, yarn),
            "bun.lock" => (Locker::Bun, bun),
            _ => return None,
        };
        Some(LockFile {
            folder: path.parent().unwrap_or(Utf8Path::new("")).to_owned(),
            locker,
            versions: scan(text),
        })
    }

    /// The version of `package` for the package in `folder` (relative to the
    /// root), which asks for `range`.
    #[must_use]
    pub fn version(&self, folder: &Utf8Path, package: &str, range: &str) -> Option<&str> {
        let importer = folder.strip_prefix(&self.folder).unwrap_or(folder).as_str();
        let of_package = || self.versions.iter().filter(|v| v.package == package);
        of_package()
            .find(|v| {
                v.importer.as_deref() == Some(importer) || v.ranges.iter().any(|r| r == range)
            })
            .or_else(|| of_package().find(|v| v.importer.as_deref().is_none_or(str::is_empty)))
            .map(|v| v.version.as_str())
    }
}

/// Version 2 and 3: `"node_modules/prisma": {` below `packages`; version 1:
/// `"prisma": {` below `dependencies`. Both are followed by `"version"`.
/// Source: <https://docs.npmjs.com/cli/configuring-npm/package-lock-json>.
fn npm(text: &str) -> Vec<LockedVersion> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(key) = line
            .strip_prefix("    \"")
            .and_then(|l| l.strip_suffix("\": {"))
        else {
            continue;
        };
        let (importer, package) = match key.rsplit_once("node_modules/") {
            Some((importer, package)) => (importer.trim_end_matches('/'), package),
            None => ("", key),
        };
        if !PRISMA.contains(&package) || importer.contains("node_modules") {
            continue;
        }
        let version = lines
            .next()
            .and_then(|line| line.trim().strip_prefix("\"version\": \""))
            .and_then(|rest| rest.split('"').next());
        if let Some(version) = version {
            found.push(LockedVersion {
                package: package.to_owned(),
                version: version.to_owned(),
                importer: Some(importer.to_owned()),
                ranges: Vec::new(),
            });
        }
    }
    found
}

/// Below `importers`, by folder; without them (one package) at the top level.
/// `version:` stands on its own line since version 6, behind the name before.
/// Source: <https://github.com/pnpm/spec/blob/master/lockfile>.
fn pnpm(text: &str) -> Vec<LockedVersion> {
    let mut found = Vec::new();
    let mut importer = String::new();
    let mut in_importers = false;
    let mut package: Option<&str> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let Some((key, value)) = line.trim().split_once(':') else {
            continue;
        };
        let key = unquote(key);
        let value = unquote(value.trim());
        match indent {
            0 if key == "packages" || key == "snapshots" => break,
            0 => in_importers = key == "importers",
            2 if in_importers => key.trim_start_matches('.').clone_into(&mut importer),
            _ if PRISMA.contains(&key) => {
                package = value.is_empty().then_some(key);
                if value.starts_with(|c: char| c.is_ascii_digit()) {
                    found.push(pnpm_version(key, value, &importer));
                }
            }
            _ if key == "version" => {
                if let Some(package) = package.take() {
                    found.push(pnpm_version(package, value, &importer));
                }
            }
            _ if key == "specifier" => {}
            _ => package = None,
        }
    }
    found
}

/// Peers follow the version: `5.22.0(prisma@5.22.0)`, before version 6 `5.22.0_prisma@5.22.0`.
fn pnpm_version(package: &str, value: &str, importer: &str) -> LockedVersion {
    let end = value.find(['(', '_']).unwrap_or(value.len());
    LockedVersion {
        package: package.to_owned(),
        version: value[..end].to_owned(),
        importer: Some(importer.to_owned()),
        ranges: Vec::new(),
    }
}

/// `prisma@^5.0.0, prisma@5.x:` (classic) or `"prisma@npm:^5.0.0":` (berry),
/// followed by `version "5.22.0"` or `version: 5.22.0`.
fn yarn(text: &str) -> Vec<LockedVersion> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(descriptors) = line
            .strip_suffix(':')
            .filter(|l| !l.starts_with([' ', '#']))
        else {
            continue;
        };
        let asked: Vec<(&str, &str)> = descriptors
            .split(',')
            .filter_map(|descriptor| {
                let (package, range) = descriptor.trim().trim_matches('"').rsplit_once('@')?;
                Some((package, range.strip_prefix("npm:").unwrap_or(range)))
            })
            .collect();
        let Some((package, _)) = asked.first().filter(|(name, _)| PRISMA.contains(name)) else {
            continue;
        };
        let version = lines
            .next()
            .and_then(|line| line.trim().strip_prefix("version"))
            .map(|rest| rest.trim_start_matches(':').trim().trim_matches('"'));
        if let Some(version) = version {
            found.push(LockedVersion {
                package: (*package).to_owned(),
                version: version.to_owned(),
                importer: None,
                ranges: asked.iter().map(|(_, range)| (*range).to_owned()).collect(),
            });
        }
    }
    found
}

/// `"prisma": ["prisma@5.22.0", ...]`; below a package, `"api/prisma": [...]`.
fn bun(text: &str) -> Vec<LockedVersion> {
    let entry = |line: &str| {
        let (_, rest) = line.trim().split_once("\": [\"")?;
        let (package, version) = rest.split('"').next()?.rsplit_once('@')?;
        PRISMA.contains(&package).then(|| LockedVersion {
            package: package.to_owned(),
            version: version.to_owned(),
            importer: None,
            ranges: Vec::new(),
        })
    };
    text.lines().filter_map(entry).collect()
}

fn unquote(word: &str) -> &str {
    word.trim_matches(['\'', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(file: &str, text: &str, folder: &str, package: &str, range: &str) -> Option<String> {
        let lock = LockFile::scan(file.into(), text).unwrap();
        lock.version(folder.into(), package, range)
            .map(str::to_owned)
    }

    #[test]
    fn npm_pins_by_folder() {
        let text = "{\n  \"packages\": {\n    \"apps/a/node_modules/prisma\": {\n      \"version\": \"5.1.0\",\n    },\n    \"node_modules/prisma\": {\n      \"version\": \"6.2.0\",\n    }\n  }\n}";
        assert_eq!(
            version("package-lock.json", text, "apps/a", "prisma", "*"),
            Some("5.1.0".into())
        );
        assert_eq!(
            version("package-lock.json", text, "apps/b", "prisma", "*"),
            Some("6.2.0".into())
        );
        assert_eq!(
            version("package-lock.json", text, "", "@prisma/client", "*"),
            None
        );
    }

    #[test]
    fn pnpm_pins_by_importer() {
        let text = "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\n  apps/api:\n    dependencies:\n      '@prisma/client':\n        specifier: ^5\n        version: 5.22.0(prisma@5.22.0)\n    devDependencies:\n      prisma:\n        specifier: ^5\n        version: 5.22.0\n\npackages:\n\n  '@prisma/client@5.22.0':\n    version: 9\n";
        for package in ["prisma", "@prisma/client"] {
            assert_eq!(
                version("pnpm-lock.yaml", text, "apps/api", package, "^5"),
                Some("5.22.0".into())
            );
        }
        assert_eq!(
            version("pnpm-lock.yaml", text, "apps/b", "prisma", "^5"),
            None
        );
    }

    #[test]
    fn pnpm_before_version_6() {
        let text = "importers:\n  apps/api:\n    specifiers:\n      prisma: ^4.0.0\n    devDependencies:\n      prisma: 4.16.2\n      x: 1\npackages:\n";
        assert_eq!(
            version("pnpm-lock.yaml", text, "apps/api", "prisma", "^4.0.0"),
            Some("4.16.2".into())
        );
    }

    #[test]
    fn pnpm_with_one_package() {
        let text = "dependencies:\n  '@prisma/client':\n    specifier: 7\n    version: 7.8.0(prisma@7.8.0)\n";
        assert_eq!(
            version("pnpm-lock.yaml", text, "", "@prisma/client", "7"),
            Some("7.8.0".into())
        );
    }

    #[test]
    fn yarn_pins_by_range() {
        let classic = "# yarn lockfile v1\n\n\"@prisma/client@^5.0.0\", \"@prisma/client@^5.1.0\":\n  version \"5.22.0\"\n\nprisma@6:\n  version \"6.0.1\"\n";
        assert_eq!(
            version("yarn.lock", classic, "a", "@prisma/client", "^5.1.0"),
            Some("5.22.0".into())
        );
        let berry = "\"prisma@npm:^5.0.0, prisma@npm:^5.1.0\":\n  version: 5.22.0\n";
        assert_eq!(
            version("yarn.lock", berry, "a", "prisma", "^5.1.0"),
            Some("5.22.0".into())
        );
    }

    #[test]
    fn bun_pins_once() {
        let text = "    \"prisma\": [\"prisma@6.1.0\", \"\", {}],\n";
        assert_eq!(
            version("bun.lock", text, "a", "prisma", "^6"),
            Some("6.1.0".into())
        );
    }
}
