//! Where facts are kept on disk.

use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};

/// The folder for the facts of the workspace at `root`: `node_modules/.cache/snell`, which git and Docker
/// leave out already, when there is a `node_modules`; else one of the user's caches, named by the
/// root. `None` when the system names no such place.
///
/// A link in the way counts as absent: a repository must not choose where snell writes.
#[must_use]
pub fn cache_folder(root: &Utf8Path) -> Option<Utf8PathBuf> {
    let modules = root.join("node_modules");
    let cache = modules.join(".cache");
    let own = cache.join("snell");
    let is_folder = |path: &Utf8Path| {
        path.symlink_metadata()
            .is_ok_and(|metadata| metadata.is_dir())
    };
    let is_absent = |path: &Utf8Path| path.symlink_metadata().is_err();
    let fits = |path: &Utf8Path| is_folder(path) || is_absent(path);
    if is_folder(&modules) && fits(&cache) && fits(&own) {
        return Some(own);
    }
    let name = blake3::hash(root.as_str().as_bytes()).to_hex();
    Some(of_user()?.join("snell").join(&name[..16]))
}

/// The user's caches: as freedesktop.org has it, and `%LOCALAPPDATA%` on Windows.
fn of_user() -> Option<Utf8PathBuf> {
    let absolute = |path: PathBuf| {
        let path = Utf8PathBuf::from_path_buf(path).ok()?;
        path.is_absolute().then_some(path)
    };
    let named = |variable: &str| absolute(PathBuf::from(std::env::var_os(variable)?));
    named("XDG_CACHE_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| Some(absolute(std::env::home_dir()?)?.join(".cache")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(folder: &tempfile::TempDir) -> &Utf8Path {
        Utf8Path::from_path(folder.path()).expect("UTF-8")
    }

    #[test]
    fn node_modules_holds_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let root = root(&folder);
        std::fs::create_dir(root.join("node_modules")).unwrap();
        let expected = root.join("node_modules/.cache/snell");
        assert_eq!(cache_folder(root), Some(expected));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_lead_away() {
        let elsewhere = tempfile::tempdir().unwrap();
        for link in [
            "node_modules",
            "node_modules/.cache",
            "node_modules/.cache/snell",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let root = root(&folder);
            let link = root.join(link);
            std::fs::create_dir_all(link.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(elsewhere.path(), &link).unwrap();
            let chosen = cache_folder(root);
            assert!(chosen.is_none_or(|path| !path.starts_with(root)));
        }
    }
}
