//! Real and hostile trees on disk.

use std::fs;

use pretty_assertions::assert_eq;
use tempfile::TempDir;

use super::*;

struct Tree {
    folder: TempDir,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree { folder };
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.path(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    fn disk(&self) -> Disk {
        Disk::new(Utf8Path::from_path(self.folder.path()).unwrap()).unwrap()
    }

    fn listed(&self) -> Vec<String> {
        let files = self.disk().list().files;
        files.into_iter().map(|f| f.path.into_string()).collect()
    }

    #[cfg(unix)]
    fn problems(&self) -> Vec<String> {
        let problems = self.disk().list().problems;
        problems.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn ignored_and_irrelevant_files_are_left_out_without_a_repository() {
    let tree = Tree::new(&[
        (".gitignore", "dist/\n*.gen.ts\n"),
        ("b.ts", ""),
        ("a.gen.ts", ""),
        ("dist/a.ts", ""),
        ("apps/api/.gitignore", "/local.ts\n"),
        ("apps/api/local.ts", ""),
        ("apps/api/src/local.ts", ""),
        ("node_modules/x/index.ts", ""),
        (".git/hooks/a.sh", ""),
        (".next/types/a.ts", ""),
        (".github/workflows/ci.yml", ""),
        (".env.local", ""),
        ("README.md", ""),
        // Another tool's ignore file says nothing here.
        (".ignore", "b.ts\n"),
    ]);
    assert_eq!(
        tree.listed(),
        [
            ".env.local",
            ".github/workflows/ci.yml",
            "apps/api/src/local.ts",
            "b.ts"
        ]
    );
}

#[test]
fn ignore_files_above_the_root_count_only_in_its_repository() {
    let tree = Tree::new(&[
        (".gitignore", "*.sql\n"),
        ("app/a.sql", ""),
        ("app/b.ts", ""),
    ]);
    let app = tree.path("app");
    let listed = || {
        let disk = Disk::new(Utf8Path::from_path(&app).unwrap()).unwrap();
        let files = disk.list().files.into_iter().map(|f| f.path.into_string());
        files.collect::<Vec<_>>()
    };
    assert_eq!(listed(), ["a.sql", "b.ts"]);
    fs::create_dir(tree.path(".git")).unwrap();
    assert_eq!(listed(), ["b.ts"]);
}

#[test]
fn examples_of_environment_files_are_listed_though_they_are_ignored() {
    let tree = Tree::new(&[
        (".gitignore", ".env*\n"),
        ("package.json", "{}"),
        (".env", "SECRET=1"),
        (".env.example", "SECRET="),
        ("scripts/.env.example", "OTHER="),
    ]);
    let files = tree.disk().list().files.into_iter();
    let listed: Vec<String> = files.map(|file| file.path.into_string()).collect();
    assert_eq!(listed, [".env.example", "package.json"]);
}

#[test]
fn reads_stay_below_the_root_and_below_the_limit() {
    let tree = Tree::new(&[("a.ts", "12345"), ("x/b.ts", "")]);
    let disk = tree.disk();
    assert_eq!(disk.read("a.ts".into(), 5), Ok(b"12345".to_vec()));
    assert_eq!(
        disk.read("a.ts".into(), 4),
        Err(ReadError::TooLarge { size: 5, limit: 4 })
    );
    assert_eq!(disk.read("x".into(), 9), Err(ReadError::NotAFile));
    assert_eq!(disk.read("x/none.ts".into(), 9), Err(ReadError::Missing));
    assert_eq!(disk.read("no/a.ts".into(), 9), Err(ReadError::Missing));
    assert_eq!(disk.read("../a.ts".into(), 9), Err(ReadError::Outside));
    assert_eq!(disk.read("/etc/hosts".into(), 9), Err(ReadError::Outside));
    assert_eq!(disk.read("".into(), 9), Err(ReadError::NotAFile));
}

#[test]
fn the_order_does_not_depend_on_threads() {
    let names: Vec<String> = (0..300).map(|n| format!("d{}/f{n}.ts", n % 17)).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let tree = Tree::new(&files);
    let first = tree.listed();
    assert_eq!(first.len(), 300);
    assert!(first.is_sorted_by_key(Utf8Path::new));
    for _ in 0..5 {
        assert_eq!(tree.listed(), first);
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_those_that_lead_nowhere_are_told() {
    use std::os::unix::fs::symlink;

    let outside = Tree::new(&[("secret.ts", "s"), ("d/x.ts", "")]);
    let tree = Tree::new(&[("real/a.ts", "a"), ("real/deep/b.ts", "")]);
    symlink("../real", tree.path("real/loop")).unwrap();
    symlink("self.ts", tree.path("self.ts")).unwrap();
    symlink("real/a.ts", tree.path("in.ts")).unwrap();
    symlink("real/deep", tree.path("folder")).unwrap();
    symlink("none.ts", tree.path("broken.ts")).unwrap();
    symlink(outside.path("secret.ts"), tree.path("out.ts")).unwrap();
    symlink(outside.path("d"), tree.path("outdir")).unwrap();

    assert_eq!(tree.listed(), ["real/a.ts", "real/deep/b.ts"]);
    assert_eq!(
        tree.problems(),
        [
            "broken.ts: skipped: a link to a missing file",
            "out.ts: skipped: a link that leads out of the root",
            "outdir: skipped: a link that leads out of the root",
            "real/loop: skipped: a link that leads back to itself",
            "self.ts: skipped: a link that leads back to itself",
        ]
    );
    let links = tree.disk().list().links;
    let links: Vec<_> = links
        .iter()
        .map(|l| (l.path.as_str(), l.target.as_str()))
        .collect();
    assert_eq!(links, [("folder", "real/deep"), ("in.ts", "real/a.ts")]);

    let disk = tree.disk();
    assert_eq!(disk.read("in.ts".into(), 9), Ok(b"a".to_vec()));
    assert_eq!(disk.read("folder/b.ts".into(), 9), Ok(Vec::new()));
    assert_eq!(disk.read("out.ts".into(), 9), Err(ReadError::Outside));
    assert_eq!(disk.read("outdir/x.ts".into(), 9), Err(ReadError::Outside));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_never_opened() {
    let tree = Tree::new(&[("a.ts", "")]);
    let made = std::process::Command::new("mkfifo")
        .arg(tree.path("pipe.ts"))
        .status();
    assert!(made.unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(tree.path("socket.sql")).unwrap();
    // Without the name of a source nobody wants to read it.
    let _other = std::os::unix::net::UnixListener::bind(tree.path("socket")).unwrap();

    assert_eq!(tree.listed(), ["a.ts"]);
    assert_eq!(
        tree.problems(),
        [
            "pipe.ts: skipped: not a regular file",
            "socket.sql: skipped: not a regular file"
        ]
    );
    assert_eq!(
        tree.disk().read("pipe.ts".into(), 9),
        Err(ReadError::NotAFile)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_cannot_be_shown_are_told_and_escaped() {
    use std::os::unix::ffi::OsStrExt;

    let tree = Tree::new(&[("a.ts", ""), ("new\nline/b.ts", ""), ("c\u{1b}[31m.ts", "")]);
    tree.write("\u{202e}d.ts", "");
    let raw = std::ffi::OsStr::from_bytes(b"e\xff.ts");
    fs::write(tree.folder.path().join(raw), "").unwrap();

    assert_eq!(tree.listed(), ["a.ts"]);
    assert_eq!(
        tree.problems(),
        [
            "\\u{202e}d.ts: skipped: its name holds control characters",
            "c\\u{1b}[31m.ts: skipped: its name holds control characters",
            "e\u{fffd}.ts: skipped: its name is not UTF-8",
            "new\\u{a}line: skipped: its name holds control characters",
        ]
    );
}

#[cfg(unix)]
#[test]
fn unreadable_folders_and_files_are_told() {
    use std::os::unix::fs::PermissionsExt;

    let tree = Tree::new(&[("a.ts", ""), ("closed/b.ts", ""), ("c.ts", "")]);
    let set = |path: &str, mode| {
        fs::set_permissions(tree.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    set("closed", 0o000);
    set("c.ts", 0o000);
    // The superuser reads everything.
    let superuser = fs::read_dir(tree.path("closed")).is_ok();
    let (problems, read) = (tree.problems(), tree.disk().read("c.ts".into(), 9));
    set("closed", 0o755);
    if superuser {
        assert_eq!(problems, [""; 0]);
    } else {
        assert_eq!(problems, ["closed: cannot be read: permission denied"]);
        assert_eq!(read, Err(ReadError::Io("permission denied".to_owned())));
    }
}

#[test]
fn deep_trees_end() {
    let deep = "d/".repeat(200) + "a.ts";
    let tree = Tree::new(&[(&deep, "")]);
    assert_eq!(tree.listed(), [deep]);
}
