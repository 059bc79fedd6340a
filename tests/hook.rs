//! The hook: commits in a real git repository, judged by what the index holds.

mod support;

use std::{fs, path::Path};

use support::door::{git, snell, snell_with};

const GOOD: &str = "datasource db {
  provider = \"postgresql\"
  url      = env(\"DATABASE_URL\")
}

model User {
  id Int @id
}
";

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    assert!(git(root, &["init", "-q"]).status.success());
    fs::write(root.join("schema.prisma"), GOOD).expect("a file");
    fs::write(root.join("README.md"), "# A").expect("a file");
    assert!(git(root, &["add", "."]).status.success());
    assert!(git(root, &["commit", "-qm", "first"]).status.success());
    folder
}

/// The schema with a suppression that has no reason: a low finding at its place.
fn with_a_finding() -> String {
    GOOD.replace(
        "model",
        "// snell-ignore maintainability/unused-ignore\nmodel",
    )
}

const MIGRATIONS: [(&str, &str); 2] = [
    (
        "migrations/20250101120000_users/migration.sql",
        "CREATE TABLE \"User\" (\"id\" INTEGER NOT NULL, \"name\" TEXT, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));\n",
    ),
    (
        "migrations/20250102120000_no_name/migration.sql",
        "ALTER TABLE \"User\" DROP COLUMN \"name\";\n",
    ),
];

/// A repository with one migration on `main`, and another on the branch that is checked out.
fn with_a_branch() -> tempfile::TempDir {
    let folder = repository();
    let root = folder.path();
    git(root, &["branch", "-qM", "main"]);
    let write = |(path, text): (&str, &str)| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write(MIGRATIONS[0]);
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "users"]);
    git(root, &["checkout", "-qb", "topic"]);
    write(MIGRATIONS[1]);
    folder
}

fn migration_rules(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let all = [
        &["check", "--only", "migration/*", "-f", "concise"],
        arguments,
    ]
    .concat();
    let output = snell(folder, &all);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

#[test]
fn a_branch_tells_which_migrations_are_new() {
    let folder = with_a_branch();
    let root = folder.path();
    let (code, text) = migration_rules(root, &[]);
    assert_eq!(code, Some(0), "{text}");
    for arguments in [
        &["--since", "main"][..],
        &["--changed"],
        &["--all-migrations"],
    ] {
        let (code, text) = migration_rules(root, arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {text}");
        assert!(
            text.contains("migration/drop-column"),
            "{arguments:?}: {text}"
        );
    }
    git(root, &["add", "."]);
    let (code, text) = migration_rules(root, &["--staged"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("migration/drop-column"), "{text}");
}

#[test]
fn an_edited_migration_is_told_against_the_branch_that_has_it() {
    let folder = with_a_branch();
    let root = folder.path();
    let old = root.join(MIGRATIONS[0].0);
    fs::write(
        &old,
        MIGRATIONS[0]
            .1
            .replace("\"name\" TEXT", "\"name\" TEXT NOT NULL"),
    )
    .expect("a file");
    let (_, text) = migration_rules(root, &["--since", "main"]);
    assert!(text.contains("migration/edited-after-apply"), "{text}");
    // The migration of the branch itself may be edited.
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "no name"]);
    fs::write(root.join(MIGRATIONS[1].0), "SELECT 1;\n").expect("a file");
    let (_, text) = migration_rules(
        root,
        &["--since", "main", "--only", "migration/edited-after-apply"],
    );
    assert_eq!(text.matches("edited-after-apply").count(), 1, "{text}");
}

#[test]
fn a_base_that_is_not_there_is_said_so() {
    let folder = with_a_branch();
    let output = snell(folder.path(), &["check", "--since", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("nowhere"), "{words}");
}

#[test]
fn a_clone_that_is_too_shallow_is_told_how_to_be_deeper() {
    let origin = with_a_branch();
    git(origin.path(), &["add", "."]);
    git(origin.path(), &["commit", "-qm", "no name"]);
    git(origin.path(), &["checkout", "-q", "main"]);
    fs::write(origin.path().join("README.md"), "# C").expect("a file");
    git(origin.path(), &["commit", "-qam", "main goes on"]);
    let url = format!("file://{}", origin.path().display());
    let folder = tempfile::tempdir().expect("a folder");
    let clone = folder.path().join("clone");
    let to = clone.to_str().expect("UTF-8");
    let cloned = git(
        folder.path(),
        &["clone", "-q", "--depth", "1", "--branch", "topic", &url, to],
    );
    assert!(cloned.status.success(), "{cloned:?}");
    git(
        &clone,
        &[
            "fetch",
            "-q",
            "--depth",
            "1",
            "origin",
            "main:refs/remotes/origin/main",
        ],
    );
    let output = snell(&clone, &["check", "--changed"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        words.contains("origin/main") && words.contains("fetch-depth: 0"),
        "{words}"
    );
    // With the whole history it judges.
    git(&clone, &["fetch", "-q", "--unshallow", "origin"]);
    git(
        &clone,
        &["fetch", "-q", "origin", "main:refs/remotes/origin/main"],
    );
    let (code, text) = migration_rules(&clone, &["--changed"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("migration/drop-column"), "{text}");
}

/// A clone of one commit takes the branch that it shows for its origin's first one.
#[test]
fn a_branch_is_not_compared_with_itself() {
    let origin = with_a_branch();
    git(origin.path(), &["add", "."]);
    git(origin.path(), &["commit", "-qm", "no name"]);
    let url = format!("file://{}", origin.path().display());
    let folder = tempfile::tempdir().expect("a folder");
    let clone = folder.path().join("clone");
    let to = clone.to_str().expect("UTF-8");
    let depth = ["clone", "-q", "--depth", "1", "--branch", "topic", &url, to];
    assert!(git(folder.path(), &depth).status.success());
    let told = |folder: &Path, base: &str| {
        let output = snell_with(
            folder,
            &["check", "--changed"],
            &[("GITHUB_BASE_REF", base)],
        );
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for base in ["main", ""] {
        let words = told(&clone, base);
        assert!(words.contains("fetch-depth: 0"), "{words}");
        assert_eq!(words.matches("origin/main").count(), 1, "{words}");
    }
    // What the pipeline names is the base, or there is none.
    git(&clone, &["fetch", "-q", "--unshallow", "origin"]);
    let words = told(&clone, "nowhere");
    assert!(words.contains("tried origin/nowhere, nowhere;"), "{words}");
}

#[test]
fn the_bases_that_were_tried_are_named() {
    let folder = repository();
    git(folder.path(), &["branch", "-qM", "trunk"]);
    let output = snell(folder.path(), &["check", "--changed"]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        words.contains("origin/HEAD") && words.contains("--since"),
        "{words}"
    );
}

#[test]
fn what_is_accepted_stops_no_commit_and_staged_findings_can_be() {
    let folder = repository();
    let root = folder.path();
    fs::write(root.join("schema.prisma"), with_a_finding()).expect("a file");
    git(root, &["add", "."]);
    let stopped = snell(root, &CHECK);
    assert_eq!(stopped.status.code(), Some(1));
    let words = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert!(
        words.contains("`snell baseline create --staged && git add snell-baseline.json`"),
        "{words}"
    );
    let created = snell(root, &["baseline", "create", "--staged"]);
    assert_eq!(created.status.code(), Some(0), "{created:?}");
    // The index has no baseline yet: it is what a commit would get.
    assert_eq!(snell(root, &CHECK).status.code(), Some(1));
    git(root, &["add", "snell-baseline.json"]);
    let passed = snell(root, &CHECK);
    assert_eq!(passed.status.code(), Some(0), "{passed:?}");
    assert!(passed.stdout.is_empty(), "{passed:?}");
}

const CHECK: [&str; 4] = ["check", "--staged", "--fail-on", "low"];

#[test]
fn nothing_relevant_staged_is_silent() {
    let folder = repository();
    fs::write(folder.path().join("README.md"), "# B").expect("a file");
    // On disk there is a fault, but it is not staged.
    fs::write(folder.path().join("schema.prisma"), with_a_finding()).expect("a file");
    git(folder.path(), &["add", "README.md"]);
    let output = snell(folder.path(), &CHECK);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        output.stdout.is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn the_index_is_judged_and_not_the_working_tree() {
    let folder = repository();
    fs::write(folder.path().join("schema.prisma"), with_a_finding()).expect("a file");
    git(folder.path(), &["add", "schema.prisma"]);
    // Mended on disk after it was staged: the commit would still get the fault.
    fs::write(folder.path().join("schema.prisma"), GOOD).expect("a file");
    let output = snell(folder.path(), &CHECK);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("maintainability/ignore-without-reason"),
        "{text}"
    );
}

#[test]
fn only_what_touches_staged_files_is_reported() {
    let folder = repository();
    let root = folder.path();
    fs::write(root.join("schema.prisma"), with_a_finding()).expect("a file");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "a fault that is there already"]);
    fs::write(root.join("a.ts"), "export const a = 1;\n").expect("a file");
    git(root, &["add", "a.ts"]);
    let output = snell(root, &CHECK);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

/// Without the last migration the schema has a column that no migration makes: the finding
/// stands in the schema, which did not change.
#[test]
fn what_a_deletion_breaks_is_reported_and_what_was_there_is_not() {
    let folder = repository();
    let root = folder.path();
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write(
        "prisma/schema.prisma",
        &GOOD.replace("id Int @id", "id Int @id\n  name String\n  age Int"),
    );
    fs::remove_file(root.join("schema.prisma")).expect("a file");
    write(
        "prisma/migrations/20250101120000_users/migration.sql",
        "CREATE TABLE \"User\" (\"id\" INTEGER NOT NULL, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));\n",
    );
    let last = "prisma/migrations/20250102120000_name/migration.sql";
    write(
        last,
        "ALTER TABLE \"User\" ADD COLUMN \"name\" TEXT NOT NULL;\n",
    );
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "no migration makes the age"]);
    git(root, &["branch", "-qM", "main"]);
    git(root, &["checkout", "-qb", "topic"]);
    git(root, &["rm", "-q", last]);

    let asked = |arguments: &[&str]| {
        let only = ["check", "--only", "consistency/schema-migration-drift"];
        let output = snell(root, &[&only[..], &["-f", "concise"], arguments].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(text.contains("`name`"), "{arguments:?}: {text}");
        assert!(!text.contains("`age`"), "{arguments:?}: {text}");
    };
    asked(&["--staged"]);
    git(root, &["commit", "-qm", "no name"]);
    asked(&["--changed", "--since", "main"]);
}

#[cfg(unix)]
#[test]
fn a_commit_is_stopped_by_the_hook_and_goes_through_when_mended() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = repository();
    let root = folder.path();
    let hook = root.join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    fs::write(
        &hook,
        "#!/bin/sh\nexec snell check --staged --fail-on low\n",
    )
    .expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a hook");

    fs::write(root.join("schema.prisma"), with_a_finding()).expect("a file");
    git(root, &["add", "."]);
    let stopped = git(root, &["commit", "-qm", "second"]);
    assert!(!stopped.status.success(), "{stopped:?}");

    fs::write(root.join("schema.prisma"), GOOD.replace("Int", "BigInt")).expect("a file");
    git(root, &["add", "."]);
    let passed = git(root, &["commit", "-qm", "second"]);
    assert!(passed.status.success(), "{passed:?}");
}

#[test]
fn outside_a_repository_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("schema.prisma"), GOOD).expect("a file");
    let output = snell(folder.path(), &["check", "--staged"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("git"), "{said}");
}
