//! Which folders are the workspace's packages, and pnpm's catalogs.

use std::collections::BTreeMap;

use camino::Utf8Path;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use snell_source::SyntaxError;

use crate::yaml::Yaml;

/// What a `pnpm-workspace.yaml` says.
/// Source: <https://pnpm.io/pnpm-workspace_yaml>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PnpmWorkspace {
    /// `packages`: patterns of folders.
    pub packages: Vec<String>,
    /// `catalog` (under the name `default`) and `catalogs`: package name -> range.
    pub catalogs: BTreeMap<String, BTreeMap<String, String>>,
}

impl PnpmWorkspace {
    /// Reads a `pnpm-workspace.yaml`.
    #[must_use]
    pub fn parse(text: &str) -> (PnpmWorkspace, Option<SyntaxError>) {
        let (documents, error) = Yaml::parse(text);
        let mut workspace = PnpmWorkspace::default();
        for document in &documents {
            let packages = document.get("packages").map(Yaml::elements);
            let patterns = packages.unwrap_or_default().iter().filter_map(Yaml::as_str);
            workspace.packages.extend(patterns.map(str::to_owned));
            if let Some(catalog) = document.get("catalog") {
                workspace
                    .catalogs
                    .insert("default".to_owned(), ranges(catalog));
            }
            let named = document.get("catalogs").into_iter();
            for (name, catalog) in named.flat_map(Yaml::entries) {
                workspace.catalogs.insert(name.to_owned(), ranges(catalog));
            }
        }
        (workspace, error)
    }
}

fn ranges(catalog: &Yaml) -> BTreeMap<String, String> {
    catalog
        .entries()
        .filter_map(|(name, range)| Some((name.to_owned(), range.as_str()?.to_owned())))
        .collect()
}

/// The patterns of a workspace's packages.
#[derive(Debug, Clone)]
pub struct MemberPatterns {
    included: GlobSet,
    excluded: GlobSet,
}

impl MemberPatterns {
    /// Patterns as npm, yarn, pnpm and lerna write them; a leading `!` excludes,
    /// and one that is not a pattern matches nothing.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut included = GlobSetBuilder::new();
        let mut excluded = GlobSetBuilder::new();
        for pattern in patterns {
            let (set, pattern) = match pattern.strip_prefix('!') {
                Some(pattern) => (&mut excluded, pattern),
                None => (&mut included, pattern),
            };
            let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            if let Ok(glob) = glob {
                set.add(glob);
            }
        }
        let build = |set: GlobSetBuilder| set.build().unwrap_or_default();
        MemberPatterns {
            included: build(included),
            excluded: build(excluded),
        }
    }

    /// Whether the folder, relative to the root, is one of the packages.
    #[must_use]
    pub fn matches(&self, folder: &Utf8Path) -> bool {
        self.included.is_match(folder) && !self.excluded.is_match(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_packages() {
        let patterns = MemberPatterns::new(["./apps/*", "libs/**", "plugins/", "!apps/old", "[z"]);
        for folder in ["apps/api", "libs/a/b", "plugins"] {
            assert!(patterns.matches(folder.into()), "{folder}");
        }
        for folder in ["apps", "apps/api/x", "apps/old", ""] {
            assert!(!patterns.matches(folder.into()), "{folder}");
        }
    }

    #[test]
    fn pnpm_workspaces_have_catalogs() {
        let text =
            "packages: ['apps/*']\ncatalog:\n  prisma: ^6.1.0\ncatalogs:\n  old: { prisma: 5 }\n";
        let (workspace, error) = PnpmWorkspace::parse(text);
        assert_eq!(error, None);
        assert_eq!(workspace.packages, ["apps/*"]);
        assert_eq!(workspace.catalogs["default"]["prisma"], "^6.1.0");
        assert_eq!(workspace.catalogs["old"]["prisma"], "5");
    }
}
