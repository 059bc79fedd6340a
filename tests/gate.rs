//! What the gate is for: what a change does is told wherever it stands, and what was there before is not.

mod support;

use std::fs;

use support::{
    door::{git_done, snell, snell_with, stderr, stdout, workspace},
    notes::{CARELESS, SCHEMA, SHELVES, add_shelves, commit, edit, notes},
};
use tempfile::TempDir;

/// What the hook says of what is staged, as one line for each finding.
fn staged(folder: &TempDir, more: &[&str]) -> (Option<i32>, String) {
    git_done(folder.path(), &["add", "-A"]);
    let arguments = [&["check", "--staged", "-f", "concise"], more].concat();
    let output = snell(folder.path(), &arguments);
    (output.status.code(), stdout(&output))
}

/// The same of the last commit, in CI.
fn changed(folder: &TempDir) -> (Option<i32>, String) {
    commit(folder, "change");
    let arguments = ["check", "--changed", "--since", "HEAD~1", "-f", "concise"];
    let output = snell(folder.path(), &arguments);
    (output.status.code(), stdout(&output))
}

fn good(told: (Option<i32>, String)) {
    assert_eq!(told, (Some(0), String::new()));
}

fn stopped(told: (Option<i32>, String), by: &str, at: &str) {
    let (code, text) = told;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains(by) && text.contains(at), "{text}");
}

#[test]
fn a_pipe_that_lets_everything_through_is_told_at_the_query() {
    let folder = notes(false);
    good(staged(&folder, &[]));
    edit(&folder, "src/main.ts", "{ whitelist: true }", "");
    let (rule, place) = ("security/mass-assignment", "notes.service.ts");
    stopped(staged(&folder, &[]), rule, place);
    // Hooks name what is staged: what that does elsewhere belongs to it.
    stopped(staged(&folder, &["src/main.ts"]), rule, place);
    good(staged(&folder, &["src/app.module.ts"]));
    stopped(changed(&folder), rule, place);
}

#[test]
fn what_was_there_stops_no_edit() {
    let folder = notes(true);
    let all = stdout(&snell(folder.path(), &["check", "-f", "concise"]));
    assert!(
        all.matches("isolation/missing-owner-filter").count() >= 1,
        "{all}"
    );
    edit(
        &folder,
        "prisma/schema.prisma",
        "model Note",
        "// notes\nmodel Note",
    );
    edit(
        &folder,
        "src/notes.service.ts",
        "  list(",
        "  // all\n  list(",
    );
    edit(
        &folder,
        "src/shelves.service.ts",
        "  one(",
        "  // any\n  one(",
    );
    good(staged(&folder, &[]));
    good(changed(&folder));
}

/// Three lists give away the same field: whichever is new is the one that is told, with a baseline and without.
#[test]
fn of_findings_that_are_alike_the_new_one_is_told() {
    for accepted in [false, true] {
        let folder = notes(true);
        if accepted {
            let created = snell(
                folder.path(),
                &["baseline", "create", "--include", "critical"],
            );
            assert_eq!(created.status.code(), Some(0), "{}", stderr(&created));
            commit(&folder, "accepted");
        }
        edit(
            &folder,
            "src/notes.service.ts",
            "  one(",
            "  open() {\n    return this.prisma.note.findMany({ include: { user: true }, take: 9 });\n  }\n\n  one(",
        );
        edit(
            &folder,
            "src/notes.controller.ts",
            "  @Get(':id')",
            "  @Get('open')\n  open() {\n    return this.notes.open();\n  }\n\n  @Get(':id')",
        );
        let rule = "security/sensitive-field-exposed";
        for told in [staged(&folder, &[]), changed(&folder)] {
            let (code, text) = told;
            assert_eq!(code, Some(1), "{text}");
            assert_eq!(text.matches(rule).count(), 1, "{text}");
            assert!(text.contains("src/notes."), "{text}");
            assert!(!text.contains("src/shelves."), "{text}");
        }
        if accepted {
            let all = stdout(&snell(folder.path(), &["check", "-f", "concise"]));
            assert_eq!(all.matches(rule).count(), 1, "{all}");
            assert!(!all.contains("src/shelves."), "{all}");
            let more = [
                "baseline",
                "create",
                "src/notes.service.ts",
                "--include",
                "critical",
            ];
            let created = stdout(&snell(folder.path(), &more));
            assert!(created.contains(", 0 gone"), "{created}");
            let output = snell(folder.path(), &["check"]);
            assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
        }
    }
}

#[test]
fn what_is_remembered_of_the_last_commit_changes_nothing() {
    let folder = notes(true);
    let cache = tempfile::tempdir().expect("a folder");
    let cache = cache.path().to_str().expect("UTF-8");
    let kept = |folder: &TempDir| {
        git_done(folder.path(), &["add", "-A"]);
        let arguments = ["check", "--staged", "-f", "concise", "--cache-dir", cache];
        let output = snell_with(folder.path(), &arguments, &[("SNELL_NO_CACHE", "")]);
        (output.status.code(), stdout(&output))
    };
    edit(
        &folder,
        "src/shelves.service.ts",
        "  one(",
        "  // any\n  one(",
    );
    good(kept(&folder));
    good(kept(&folder));
    // What was staged is the last commit now, and is known.
    commit(&folder, "a comment");
    edit(&folder, "src/main.ts", "{ whitelist: true }", "");
    let (rule, place) = ("security/mass-assignment", "notes.service.ts");
    for _ in 0..2 {
        let told = kept(&folder);
        assert_eq!(told, staged(&folder, &[]));
        stopped(told, rule, place);
    }
}

#[test]
fn what_is_silenced_no_more_is_new() {
    let folder = notes(true);
    edit(
        &folder,
        "src/shelves.service.ts",
        "    return this.prisma.note.delete(",
        "    // snell-ignore isolation/*: everybody's\n    return this.prisma.note.delete(",
    );
    commit(&folder, "silenced");
    edit(
        &folder,
        "src/shelves.service.ts",
        "    // snell-ignore isolation/*: everybody's\n",
        "",
    );
    stopped(staged(&folder, &[]), "isolation/", "shelves.service.ts");
}

#[test]
fn the_first_commit_is_all_new() {
    let folder = workspace(&[
        ("prisma/schema.prisma", SCHEMA),
        ("src/shelves.service.ts", CARELESS),
        ("src/shelves.controller.ts", SHELVES),
    ]);
    git_done(folder.path(), &["init", "-q"]);
    let (code, text) = staged(&folder, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("src/shelves."), "{text}");
}

#[test]
fn a_schema_that_is_gone_is_no_clean_project() {
    let folder = notes(false);
    git_done(folder.path(), &["rm", "-q", "prisma/schema.prisma"]);
    let output = snell(folder.path(), &["check", "--staged"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("no Prisma schema found"),
        "{}",
        stderr(&output)
    );
    fs::write(folder.path().join("prisma/schema.prisma"), "modl {{{\n").expect("a file");
    assert_eq!(staged(&folder, &[]).0, Some(2));
    assert_eq!(changed(&folder).0, Some(2));
    // Prisma is given up altogether: nothing is left to judge.
    let folder = notes(false);
    git_done(folder.path(), &["rm", "-qr", "prisma", "src"]);
    edit(
        &folder,
        "package.json",
        ", \"@prisma/client\": \"6.1.0\"",
        "",
    );
    good(staged(&folder, &[]));
}

const PINNED: (&str, &str) = (
    "prisma/migrations/20250201000000_pinned/migration.sql",
    "ALTER TABLE \"notes\" ADD COLUMN \"pinned\" BOOLEAN NOT NULL DEFAULT false;\n",
);

#[test]
fn a_migration_that_is_taken_away_with_its_fields_is_told() {
    let folder = notes(false);
    let path = folder.path().join(PINNED.0);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, PINNED.1).expect("a file");
    edit(
        &folder,
        "prisma/schema.prisma",
        "  body   String\n",
        "  body   String\n  pinned Boolean @default(false)\n",
    );
    good(staged(&folder, &[]));
    commit(&folder, "pinned");
    git_done(folder.path(), &["rm", "-q", PINNED.0]);
    edit(
        &folder,
        "prisma/schema.prisma",
        "  pinned Boolean @default(false)\n",
        "",
    );
    let rule = "migration/edited-after-apply";
    stopped(staged(&folder, &[]), rule, "20250201000000_pinned");
    stopped(changed(&folder), rule, "20250201000000_pinned");
    // The only one.
    let folder = notes(false);
    git_done(
        folder.path(),
        &[
            "rm",
            "-q",
            "prisma/migrations/20250101000000_init/migration.sql",
        ],
    );
    stopped(staged(&folder, &[]), rule, "20250101000000_init");
    // Databases know migrations by their names: a folder that moves is no matter.
    let folder = notes(false);
    fs::create_dir_all(folder.path().join("packages/db")).expect("a folder");
    git_done(folder.path(), &["mv", "prisma", "packages/db/prisma"]);
    let (_, text) = staged(&folder, &[]);
    assert!(!text.contains(rule), "{text}");
}

#[test]
fn what_the_hook_prints_helps() {
    let folder = notes(false);
    add_shelves(&folder);
    git_done(folder.path(), &["add", "-A"]);
    let output = snell(folder.path(), &["check", "--staged"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = stderr(&output);
    let command = said
        .split('`')
        .find(|words| words.starts_with("snell baseline create --staged"))
        .expect("a command");
    let (create, stage) = command.split_once(" && ").expect("two commands");
    let words: Vec<&str> = create.split(' ').skip(1).collect();
    let created = snell(folder.path(), &words);
    assert_eq!(created.status.code(), Some(0), "{}", stderr(&created));
    let words: Vec<&str> = stage.split(' ').skip(1).collect();
    git_done(folder.path(), &words);
    good(staged(&folder, &[]));
    // Whoever leaves critical ones out is told how to take them in, with the same scope.
    assert!(create.contains("--include critical"), "{create}");
    git_done(folder.path(), &["rm", "-qf", "snell-baseline.json"]);
    let refused = snell(folder.path(), &["baseline", "create", "--staged"]);
    let said = stderr(&refused);
    assert!(
        said.contains("`snell baseline create --staged --include critical`"),
        "{said}"
    );
}
