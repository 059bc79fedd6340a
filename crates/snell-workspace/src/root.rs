//! Which folder is the workspace, and which paths only filter the report.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::json::Json;

/// The workspace's folder, decided from the arguments of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootDecision {
    /// Absolute; not freed of symbolic links.
    pub root: Utf8PathBuf,
    /// The other arguments, relative to the root: they filter the report.
    pub filters: ReportFilter,
    /// Arguments that lie outside the root, as given: usage errors.
    pub outside: Vec<Utf8PathBuf>,
    /// What decided.
    pub why: RootReason,
}

/// What made a folder the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootReason {
    /// It is an argument and holds this file or folder.
    Argument(&'static str),
    /// It is the nearest folder, from the argument or working directory upwards,
    /// that holds this file or folder.
    Ancestor(&'static str),
    /// Nothing marks a root anywhere above: the folder itself is taken.
    Itself,
}

impl std::fmt::Display for RootReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RootReason::Argument(marker) => write!(f, "the given folder holds {marker}"),
            RootReason::Ancestor(marker) => write!(f, "the nearest folder that holds {marker}"),
            RootReason::Itself => f.write_str("no folder above it marks a root"),
        }
    }
}

/// The files and folders that a report is limited to; all when empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFilter {
    /// Relative to the root; they need not exist.
    pub paths: Vec<Utf8PathBuf>,
}

impl ReportFilter {
    /// Whether the report shows this path, which is relative to the root.
    #[must_use]
    pub fn matches(&self, path: &Utf8Path) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|filter| path.starts_with(filter))
    }
}

/// Files and folders that mark a root, in the order in which a reason names them.
const MARKERS: [&str; 7] = [
    "snell.jsonc",
    "snell.json",
    ".snell.jsonc",
    ".git",
    "pnpm-workspace.yaml",
    "nx.json",
    "turbo.json",
];

/// The name under which a `package.json` with `workspaces` is reported.
const WORKSPACES: &str = "a package.json with workspaces";

/// Decides the root for these arguments, which are relative to `cwd` or absolute.
///
/// A folder among them that marks a root is the root. Otherwise it is the
/// nearest folder above the first folder given (above and including `cwd` when
/// none is given) that does; otherwise that folder itself. Every other argument
/// filters the report.
#[must_use]
pub fn resolve_root(args: &[Utf8PathBuf], cwd: &Utf8Path) -> RootDecision {
    let given: Vec<Utf8PathBuf> = args.iter().map(|arg| absolute(arg, cwd)).collect();
    let folders = || given.iter().filter(|path| path.is_dir());

    let marked = folders().find_map(|folder| Some((folder.clone(), marker(folder)?)));
    let (root, why) = match marked {
        Some((root, marker)) => (root, RootReason::Argument(marker)),
        None => {
            let cwd = absolute(Utf8Path::new(""), cwd);
            let start = folders().next().cloned().unwrap_or(cwd);
            start
                .ancestors()
                .find_map(|folder| Some((folder.to_owned(), marker(folder)?)))
                .map_or((start.clone(), RootReason::Itself), |(root, marker)| {
                    (root, RootReason::Ancestor(marker))
                })
        }
    };

    let mut decision = RootDecision {
        root,
        filters: ReportFilter::default(),
        outside: Vec::new(),
        why,
    };
    for (path, arg) in given.iter().zip(args) {
        match below(path, &decision.root) {
            Some(path) if path.as_str().is_empty() => {}
            Some(path) => decision.filters.paths.push(path),
            None => decision.outside.push(arg.clone()),
        }
    }
    decision
}

/// What in this folder marks a root.
fn marker(folder: &Utf8Path) -> Option<&'static str> {
    MARKERS
        .into_iter()
        .find(|name| folder.join(name).exists())
        .or_else(|| has_workspaces(folder).then_some(WORKSPACES))
}

fn has_workspaces(folder: &Utf8Path) -> bool {
    let manifest = folder.join("package.json");
    // A FIFO under that name would block the reader.
    manifest.is_file()
        && std::fs::read_to_string(manifest)
            .is_ok_and(|text| Json::parse(&text).0.get("workspaces").is_some())
}

/// The path from the root; when the letters alone do not say so, the disk is
/// asked (`/tmp` may be a link to `/private/tmp`).
fn below(path: &Utf8Path, root: &Utf8Path) -> Option<Utf8PathBuf> {
    let relative = match path.strip_prefix(root) {
        Ok(relative) => relative.to_owned(),
        Err(_) => {
            let root = root.canonicalize_utf8().ok()?;
            let real = path.canonicalize_utf8().ok()?;
            real.strip_prefix(root).ok()?.to_owned()
        }
    };
    let parts: Vec<&str> = relative.iter().collect();
    Some(Utf8PathBuf::from(parts.join("/")))
}

/// The path without `.` and `..`, from the working directory.
fn absolute(path: &Utf8Path, cwd: &Utf8Path) -> Utf8PathBuf {
    let mut out = Utf8PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of empty files (those ending in `/` are folders) and what holds text.
    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().to_owned();
        for (path, text) in files {
            let full = root.join(path);
            if path.ends_with('/') {
                std::fs::create_dir_all(full).unwrap();
            } else {
                std::fs::create_dir_all(full.parent().unwrap()).unwrap();
                std::fs::write(full, text).unwrap();
            }
        }
        (folder, root)
    }

    /// The root and the filters, from the tree's top.
    fn decide(top: &Utf8Path, cwd: &str, args: &[&str]) -> (String, Vec<String>, RootReason) {
        let args: Vec<Utf8PathBuf> = args.iter().map(Into::into).collect();
        let decision = resolve_root(&args, &top.join(cwd));
        assert_eq!(decision.outside, [""; 0]);
        let root = decision.root.strip_prefix(top).unwrap().to_string();
        let filters = decision.filters.paths.iter().map(ToString::to_string);
        (root, filters.collect(), decision.why)
    }

    #[test]
    fn a_marked_folder_among_the_arguments_is_the_root() {
        let (_keep, top) = tree(&[(".git/", ""), ("examples/a/pnpm-workspace.yaml", "")]);
        assert_eq!(
            decide(&top, "", &["examples/a"]),
            (
                "examples/a".into(),
                vec![],
                RootReason::Argument("pnpm-workspace.yaml")
            )
        );
        assert_eq!(
            decide(&top, "", &["examples/a", "examples/a/gone.ts"]).1,
            ["gone.ts"]
        );
    }

    #[test]
    fn an_unmarked_folder_filters_the_nearest_marked_one() {
        let (_keep, top) = tree(&[
            (".git/", ""),
            ("apps/api/package.json", "{ \"name\": \"api\" }"),
            ("apps/api/src/", ""),
        ]);
        assert_eq!(
            decide(&top, "apps", &["api"]),
            (
                String::new(),
                vec!["apps/api".into()],
                RootReason::Ancestor(".git")
            )
        );
    }

    #[test]
    fn without_a_folder_the_working_directory_decides() {
        let (_keep, top) = tree(&[
            (".git/", ""),
            ("app/package.json", "{ \"workspaces\": [\"x\"] }"),
            ("app/x/a.ts", ""),
        ]);
        assert_eq!(
            decide(&top, "app/x", &["a.ts", "../gone.sql"]),
            (
                "app".into(),
                vec!["x/a.ts".into(), "gone.sql".into()],
                RootReason::Ancestor("a package.json with workspaces")
            )
        );
        assert_eq!(decide(&top, "app", &[]).0, "app");
    }

    #[test]
    fn without_any_mark_it_is_the_folder_itself() {
        // The folder for temporary files lies in no repository.
        let (_keep, top) = tree(&[("a/b/", "")]);
        assert_eq!(
            decide(&top, "", &["a/b"]),
            ("a/b".into(), vec![], RootReason::Itself)
        );
    }

    #[test]
    fn arguments_outside_the_root_are_told() {
        let (_keep, top) = tree(&[("a/.git/", ""), ("b/c.ts", "")]);
        let decision = resolve_root(&["../b/c.ts".into()], &top.join("a"));
        assert_eq!(decision.outside, ["../b/c.ts"]);
    }

    #[test]
    fn filters_match_files_and_folders() {
        let filter = ReportFilter {
            paths: vec!["apps/api".into(), "a.ts".into()],
        };
        assert!(filter.matches("apps/api/x.ts".into()));
        assert!(filter.matches("a.ts".into()));
        assert!(!filter.matches("apps/api2/x.ts".into()));
        assert!(ReportFilter::default().matches("any".into()));
    }
}
