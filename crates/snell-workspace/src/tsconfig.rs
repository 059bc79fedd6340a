//! What `tsconfig.json` files say about where modules are.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use snell_source::SyntaxError;

use crate::files::{FileSystem, join, read_text};
use crate::json::{Json, Spanned};
use crate::packages::Package;

/// The facts of one file. Paths are as written, relative to the file's folder.
/// Source: <https://www.typescriptlang.org/tsconfig>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TsConfig {
    /// `extends`: the last one wins.
    pub extends: Vec<Spanned<String>>,
    /// `compilerOptions.baseUrl`.
    pub base_url: Option<Spanned<String>>,
    /// `compilerOptions.paths`, in source order; replaces that of `extends` as a whole.
    pub paths: Option<Vec<PathMapping>>,
    /// `compilerOptions.rootDir`.
    pub root_dir: Option<String>,
    /// `compilerOptions.rootDirs`.
    pub root_dirs: Vec<String>,
    /// `compilerOptions.outDir`.
    pub out_dir: Option<String>,
    /// `compilerOptions.strict`.
    pub strict: Option<bool>,
    /// `compilerOptions.strictNullChecks`: goes before `strict`.
    pub strict_null_checks: Option<bool>,
    /// `references[].path`.
    pub references: Vec<Spanned<String>>,
}

/// One entry of `paths`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathMapping {
    /// With at most one `*`.
    pub pattern: String,
    /// In the order in which they are tried.
    pub targets: Vec<String>,
}

impl TsConfig {
    /// Reads a `tsconfig.json`; a broken one gives no facts and the error.
    #[must_use]
    pub fn parse(text: &str) -> (TsConfig, Option<SyntaxError>) {
        let (json, error) = Json::parse(text);
        let option = |name| json.at(&["compilerOptions", name]);
        let string = |name| option(name).and_then(Json::as_str).map(str::to_owned);
        let extends = match json.get("extends") {
            Some(one) if one.as_str().is_some() => one.spanned_str().into_iter().collect(),
            Some(many) => many.spanned_strings(),
            None => Vec::new(),
        };
        let flag = |name| option(name).and_then(Json::as_bool);
        let references = json.get("references").map(Json::elements);
        let config = TsConfig {
            extends,
            base_url: option("baseUrl").and_then(Json::spanned_str),
            paths: option("paths").map(mappings),
            root_dir: string("rootDir"),
            root_dirs: option("rootDirs").map(strings).unwrap_or_default(),
            out_dir: string("outDir"),
            strict: flag("strict"),
            strict_null_checks: flag("strictNullChecks"),
            references: references
                .unwrap_or_default()
                .iter()
                .filter_map(|reference| reference.get("path")?.spanned_str())
                .collect(),
        };
        (config, error)
    }
}

fn strings(json: &Json) -> Vec<String> {
    let strings = json.elements().iter().filter_map(Json::as_str);
    strings.map(str::to_owned).collect()
}

fn mappings(json: &Json) -> Vec<PathMapping> {
    json.members()
        .iter()
        .map(|member| PathMapping {
            pattern: member.name.value.clone(),
            targets: strings(&member.value),
        })
        .collect()
}

/// What holds in one project once its chain of `extends` is followed. Folders
/// are relative to the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedTsConfig {
    /// The folder that names without `./` are looked up in.
    pub base_url: Option<Utf8PathBuf>,
    /// `paths`, the targets from the root: they are relative to `baseUrl`, else
    /// to the folder of the file that holds `paths`. Targets that lead out of the
    /// root are left out.
    pub paths: Vec<PathMapping>,
    /// Sources below these folders see each other as if they were one folder.
    pub root_dirs: Vec<Utf8PathBuf>,
    /// Where sources begin and their output goes, to map one to the other.
    pub root_dir: Option<Utf8PathBuf>,
    /// Where output goes.
    pub out_dir: Option<Utf8PathBuf>,
    /// `strict`, of the nearest file that says it.
    pub strict: Option<bool>,
    /// `strictNullChecks`, of the nearest file that says it.
    pub strict_null_checks: Option<bool>,
    /// The files that were followed, the extending one before the extended.
    pub chain: Vec<Utf8PathBuf>,
    /// `extends` that lead to no file here (a package that is not installed),
    /// with the file that names it.
    pub unresolved: Vec<(Utf8PathBuf, Spanned<String>)>,
}

impl ResolvedTsConfig {
    /// Whether the compiler tells `null` from a value; nothing when a file that may say so is not
    /// there.
    #[must_use]
    pub fn checks_null(&self) -> Option<bool> {
        let said = self.strict_null_checks.or(self.strict);
        said.or_else(|| self.unresolved.is_empty().then_some(false))
    }
}

/// All `tsconfig` files of a workspace, and those that they extend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TsConfigs {
    files: BTreeMap<Utf8PathBuf, TsConfig>,
    /// (extending file, text of `extends`) -> the file that it means.
    targets: BTreeMap<(Utf8PathBuf, String), Utf8PathBuf>,
}

impl TsConfigs {
    /// Takes the files of the workspace and reads what they extend elsewhere.
    pub(crate) fn new(
        files: BTreeMap<Utf8PathBuf, TsConfig>,
        fs: &dyn FileSystem,
        packages: &[Package],
    ) -> Self {
        let mut configs = TsConfigs {
            files,
            targets: BTreeMap::new(),
        };
        let mut queue: Vec<Utf8PathBuf> = configs.files.keys().cloned().collect();
        while let Some(path) = queue.pop() {
            let extends = configs.files[&path].extends.clone();
            for name in extends {
                let found = candidates(&path, &name.value, packages)
                    .into_iter()
                    .find(|target| configs.has(target, fs, &mut queue));
                if let Some(target) = found {
                    configs.targets.insert((path.clone(), name.value), target);
                }
            }
        }
        configs
    }

    /// Whether there is such a file; one that is not known yet is read and queued.
    fn has(&mut self, path: &Utf8Path, fs: &dyn FileSystem, queue: &mut Vec<Utf8PathBuf>) -> bool {
        if self.files.contains_key(path) {
            return true;
        }
        let Ok(text) = read_text(fs, path) else {
            return false;
        };
        self.files
            .insert(path.to_owned(), TsConfig::parse(&text.text).0);
        queue.push(path.to_owned());
        true
    }

    /// The facts of one file.
    #[must_use]
    pub fn get(&self, path: &Utf8Path) -> Option<&TsConfig> {
        self.files.get(path)
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Utf8Path, &TsConfig)> {
        self.files
            .iter()
            .map(|(path, config)| (path.as_path(), config))
    }

    /// The file that governs a source: the nearest `tsconfig.json`, or
    /// `jsconfig.json`, at or above its folder; without one, the root's
    /// `tsconfig.base.json` (Nx).
    #[must_use]
    pub fn governing(&self, source: &Utf8Path) -> Option<&Utf8Path> {
        let folders = source.ancestors().skip(1);
        folders
            .flat_map(|folder| ["tsconfig.json", "jsconfig.json"].map(|name| folder.join(name)))
            .chain([Utf8PathBuf::from("tsconfig.base.json")])
            .find_map(|path| Some(self.files.get_key_value(&path)?.0.as_path()))
    }

    /// Whether the compiler tells `null` from a value in a source, as far as that is said.
    #[must_use]
    pub fn checks_null(&self, source: &Utf8Path) -> Option<bool> {
        self.resolve(self.governing(source)?).checks_null()
    }

    /// What holds for the project of this file.
    #[must_use]
    pub fn resolve(&self, path: &Utf8Path) -> ResolvedTsConfig {
        let mut chain = Chain {
            project: path.parent().unwrap_or(Utf8Path::new("")),
            resolved: ResolvedTsConfig::default(),
            paths: None,
        };
        self.follow(path, &mut chain);
        let Chain {
            project,
            mut resolved,
            paths,
        } = chain;
        if let Some((folder, mappings)) = paths {
            let base = resolved.base_url.as_deref().unwrap_or(folder);
            let rooted = |mapping: &PathMapping| {
                let targets = mapping.targets.iter();
                PathMapping {
                    pattern: mapping.pattern.clone(),
                    targets: targets
                        .filter_map(|target| place(project, base, target))
                        .map(Utf8PathBuf::into_string)
                        .collect(),
                }
            };
            resolved.paths = mappings.iter().map(rooted).collect();
        }
        resolved
    }

    /// Fills what the files before left open. Each file is visited once, so that
    /// a cycle ends.
    fn follow<'a>(&'a self, path: &'a Utf8Path, chain: &mut Chain<'a>) {
        let Some(config) = self.files.get(path) else {
            return;
        };
        let resolved = &mut chain.resolved;
        if resolved.chain.iter().any(|seen| seen == path) {
            return;
        }
        resolved.chain.push(path.to_owned());
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let set = |slot: &mut Option<Utf8PathBuf>, value: Option<&str>| {
            if slot.is_none() {
                *slot = value.and_then(|value| place(chain.project, folder, value));
            }
        };
        let base_url = config.base_url.as_ref().map(|url| url.value.as_str());
        set(&mut resolved.base_url, base_url);
        set(&mut resolved.root_dir, config.root_dir.as_deref());
        set(&mut resolved.out_dir, config.out_dir.as_deref());
        resolved.strict = resolved.strict.or(config.strict);
        resolved.strict_null_checks = resolved.strict_null_checks.or(config.strict_null_checks);
        if resolved.root_dirs.is_empty() {
            let dirs = config.root_dirs.iter();
            resolved.root_dirs = dirs
                .filter_map(|dir| place(chain.project, folder, dir))
                .collect();
        }
        if chain.paths.is_none() {
            chain.paths = config.paths.as_deref().map(|paths| (folder, paths));
        }
        for name in config.extends.iter().rev() {
            match self.targets.get(&(path.to_owned(), name.value.clone())) {
                Some(target) => self.follow(target, chain),
                None => {
                    let unresolved = (path.to_owned(), name.clone());
                    chain.resolved.unresolved.push(unresolved);
                }
            }
        }
    }
}

/// A chain of `extends` while it is followed.
struct Chain<'a> {
    /// The folder of the file at its start.
    project: &'a Utf8Path,
    resolved: ResolvedTsConfig,
    /// `paths`, and the folder of the file that holds it.
    paths: Option<(&'a Utf8Path, &'a [PathMapping])>,
}

/// A path as written in a file of `folder`, from the root. `${configDir}` is the
/// folder of the project that extends the file (TypeScript 5.5).
fn place(project: &Utf8Path, folder: &Utf8Path, value: &str) -> Option<Utf8PathBuf> {
    match value.strip_prefix("${configDir}") {
        Some(rest) => join(project, rest.trim_start_matches('/')),
        None => join(folder, value),
    }
}

/// The files that `extends` may mean, likeliest first.
fn candidates(from: &Utf8Path, name: &str, packages: &[Package]) -> Vec<Utf8PathBuf> {
    let folder = from.parent().unwrap_or(Utf8Path::new(""));
    let with_extension = |path: Utf8PathBuf| {
        let added = Utf8PathBuf::from(format!("{path}.json"));
        if path.extension() == Some("json") {
            vec![path]
        } else {
            vec![added, path.join("tsconfig.json"), path]
        }
    };
    if name.starts_with('.') {
        return join(folder, name).map(with_extension).unwrap_or_default();
    }
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| package.member) {
        let own_name = package.manifest.name.as_ref().map(|name| &name.value);
        let rest = own_name.and_then(|own_name| name.strip_prefix(own_name.as_str()));
        match rest {
            Some("") => found.push(package.folder.join("tsconfig.json")),
            Some(rest) if rest.starts_with('/') => {
                let inside = join(&package.folder, &rest[1..]);
                found.extend(inside.into_iter().flat_map(with_extension));
            }
            _ => {}
        }
    }
    for above in folder.ancestors() {
        let installed = join(above, &format!("node_modules/{name}"));
        found.extend(installed.into_iter().flat_map(with_extension));
    }
    found
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{Memory, Workspace};

    fn configs(files: &[(&str, &str)]) -> TsConfigs {
        let fs: Memory = files.iter().copied().collect();
        Workspace::discover(&fs).tsconfigs
    }

    #[test]
    fn extends_are_followed_and_paths_keep_their_base() {
        let configs = configs(&[
            (
                "tsconfig.base.json",
                r#"{ "compilerOptions": { "paths": { "@a/*": ["libs/a/*"], }, "baseUrl": "." } } // c"#,
            ),
            (
                "apps/api/tsconfig.json",
                r#"{ "extends": ["@acme/ts", "../../tsconfig.base"], "compilerOptions": { "outDir": "./dist" } }"#,
            ),
        ]);
        let governing = configs.governing("apps/api/src/a.ts".into()).unwrap();
        assert_eq!(governing, "apps/api/tsconfig.json");
        let resolved = configs.resolve(governing);
        assert_eq!(resolved.base_url, Some("".into()));
        assert_eq!(resolved.paths[0].targets, ["libs/a/*"]);
        assert_eq!(resolved.out_dir, Some("apps/api/dist".into()));
        assert_eq!(resolved.unresolved[0].1.value, "@acme/ts");
        assert_eq!(resolved.chain.len(), 2);
    }

    #[test]
    fn packages_of_the_workspace_can_be_extended() {
        let configs = configs(&[
            ("package.json", r#"{ "workspaces": ["packages/*"] }"#),
            ("packages/ts/package.json", r#"{ "name": "@acme/ts" }"#),
            (
                "packages/ts/nest.json",
                r#"{ "compilerOptions": { "paths": { "~/*": ["./src/*", "${configDir}/gen/*"] } } }"#,
            ),
            (
                "apps/a/tsconfig.json",
                r#"{ "extends": "@acme/ts/nest.json" }"#,
            ),
        ]);
        let resolved = configs.resolve("apps/a/tsconfig.json".into());
        assert_eq!(resolved.unresolved, []);
        assert_eq!(
            resolved.paths[0].targets,
            ["packages/ts/src/*", "apps/a/gen/*"]
        );
        assert_eq!(
            resolved.chain,
            ["apps/a/tsconfig.json", "packages/ts/nest.json"]
        );
    }

    #[test]
    fn null_is_told_apart_where_some_file_says_so() {
        let configs = configs(&[
            (
                "tsconfig.base.json",
                r#"{ "compilerOptions": { "strict": true } }"#,
            ),
            (
                "apps/a/tsconfig.json",
                r#"{ "extends": "../../tsconfig.base.json" }"#,
            ),
            (
                "apps/b/tsconfig.json",
                r#"{ "extends": "../../tsconfig.base.json", "compilerOptions": { "strictNullChecks": false } }"#,
            ),
            ("apps/c/tsconfig.json", r#"{ "extends": "@acme/ts" }"#),
            ("apps/d/tsconfig.json", "{}"),
        ]);
        let checks = |path: &str| configs.checks_null(path.into());
        assert_eq!(checks("apps/a/main.ts"), Some(true));
        assert_eq!(checks("apps/b/main.ts"), Some(false));
        assert_eq!(checks("apps/c/main.ts"), None);
        assert_eq!(checks("apps/d/main.ts"), Some(false));
    }

    #[test]
    fn circles_end_and_broken_files_say_nothing() {
        let configs = configs(&[
            ("tsconfig.json", r#"{ "extends": "./tsconfig.b.json" }"#),
            ("tsconfig.b.json", r#"{ "extends": "./tsconfig.json" }"#),
            ("a/tsconfig.json", "{ \"extends\": "),
        ]);
        assert_eq!(configs.resolve("tsconfig.json".into()).chain.len(), 2);
        assert_eq!(
            configs.resolve("a/tsconfig.json".into()).chain,
            ["a/tsconfig.json"]
        );
    }
}
