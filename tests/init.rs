//! `snell init` at the door, with what each kind of repository has; and the commands of
//! docs/adopting.md, run as they stand there.

mod support;

use std::fs;

use support::{
    door::{copy, git_done, snell, stderr, stdout, workspace},
    repository::{root, text},
};
use tempfile::TempDir;

const SCHEMA: &str = "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel User {\n  id    String @id\n  email String @unique\n  notes Note[]\n}\n\nmodel Note {\n  id     String @id\n  userId String\n  user   User   @relation(fields: [userId], references: [id])\n\n  @@index([userId])\n}\n";

const MANIFEST: &str = "{\n  \"name\": \"shop\",\n  \"workspaces\": [],\n  \"scripts\": {\n    \"test\": \"true\"\n  }\n}\n";

fn shop(more: &[(&str, &str)]) -> TempDir {
    let files = [("package.json", MANIFEST), ("prisma/schema.prisma", SCHEMA)];
    workspace(&[&files[..], more].concat())
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap_or_else(|_| panic!("{path}"))
}

fn init(folder: &TempDir, more: &[&str]) -> String {
    let output = snell(folder.path(), &[&["init"], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn the_configuration_that_is_written_is_one_and_a_second_run_has_nothing_to_do() {
    let folder = shop(&[]);
    let said = init(&folder, &["--yes"]);
    assert!(
        said.contains("Found    prisma/schema.prisma (2 models, no migrations)"),
        "{said}"
    );
    assert!(
        said.contains("+++ b/snell.jsonc\n") && said.contains("Wrote    snell.jsonc\n"),
        "{said}"
    );
    let config = read(&folder, "snell.jsonc");
    assert!(
        config.contains("\"schemas\": [\"prisma/schema.prisma\"]"),
        "{config}"
    );
    assert!(config.contains("\"userModel\": \"User\""), "{config}");
    assert!(
        read(&folder, "package.json")
            .contains("\"test\": \"true\",\n    \"snell\": \"snell check\"\n")
    );
    let printed = snell(folder.path(), &["doctor", "--print-config"]);
    assert_eq!(printed.status.code(), Some(0), "{}", stderr(&printed));
    let check = snell(folder.path(), &["check"]);
    assert_eq!(
        check.status.code(),
        Some(0),
        "{}{}",
        stdout(&check),
        stderr(&check)
    );
    let again = init(&folder, &["--yes"]);
    assert!(again.contains("Nothing to write."), "{again}");
    assert_eq!(read(&folder, "snell.jsonc"), config);
}

#[test]
fn nothing_is_written_unasked() {
    for flags in [&["--dry-run"][..], &[]] {
        let folder = shop(&[]);
        let said = init(&folder, flags);
        assert!(said.contains("+++ b/snell.jsonc"), "{said}");
        assert!(!folder.path().join("snell.jsonc").exists(), "{flags:?}");
        assert_eq!(read(&folder, "package.json"), MANIFEST);
    }
}

#[test]
fn the_hook_goes_where_commits_go_through() {
    let husky = shop(&[
        (".husky/pre-commit", "pnpm lint-staged"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
    ]);
    init(&husky, &["--yes"]);
    assert_eq!(
        read(&husky, ".husky/pre-commit"),
        "pnpm lint-staged\npnpm exec snell check --staged\n"
    );

    let lefthook = shop(&[("lefthook.yml", "pre-commit:\n  jobs:\n    - run: a\n")]);
    init(&lefthook, &["--yes"]);
    assert_eq!(
        read(&lefthook, "lefthook.yml"),
        "pre-commit:\n  jobs:\n    - name: snell\n      run: npx --no-install snell check --staged\n    - run: a\n"
    );

    let pre_commit = shop(&[(
        ".pre-commit-config.yaml",
        "repos:\n- repo: x\n  hooks:\n  - id: y\n",
    )]);
    init(&pre_commit, &["--yes"]);
    let config = read(&pre_commit, ".pre-commit-config.yaml");
    assert!(
        config.contains("  - id: y\n- repo: local\n  hooks:\n    - id: snell\n"),
        "{config}"
    );

    let staged = shop(&[]);
    init(&staged, &["--yes", "--hook", "lint-staged"]);
    let manifest: serde_json::Value =
        serde_json::from_str(&read(&staged, "package.json")).expect("JSON");
    assert_eq!(
        manifest["lint-staged"]["*.{ts,tsx,mts,cts,prisma,sql}"],
        "snell check --staged"
    );
    assert_eq!(manifest["scripts"]["snell"], "snell check");

    let bare = shop(&[]);
    let said = init(&bare, &["--yes", "--hook", "husky"]);
    assert!(
        said.contains("npm install --save-dev husky && npx husky\n"),
        "nothing runs the hook before: {said}"
    );

    let own = shop(&[("lefthook.yml", "pre-commit: { jobs: [] }\n")]);
    let said = init(&own, &["--yes"]);
    assert!(
        said.contains("Advice   lefthook.yml has a form of its own"),
        "{said}"
    );
    for folder in [&husky, &lefthook, &pre_commit, &staged] {
        let again = init(folder, &["--yes"]);
        assert!(again.contains("Nothing to write."), "{again}");
    }
}

#[test]
fn pipelines_judge_what_is_new() {
    let github = shop(&[
        (".github/workflows/ci.yml", "on: push\n"),
        ("yarn.lock", "# yarn lockfile v1\n"),
    ]);
    init(&github, &["--yes"]);
    let workflow = read(&github, ".github/workflows/snell.yml");
    for line in [
        "fetch-depth: 0\n",
        "- run: yarn install --immutable\n",
        "- run: yarn run snell check --changed\n",
    ] {
        assert!(workflow.contains(line), "{line} in\n{workflow}");
    }
    let pnpm = shop(&[
        (".github/workflows/ci.yml", "on: push\n"),
        ("pnpm-lock.yaml", "lockfileVersion: '6.0'\n"),
    ]);
    init(&pnpm, &["--yes"]);
    let workflow = read(&pnpm, ".github/workflows/snell.yml");
    assert!(
        workflow.contains("pnpm/action-setup@v4\n        with:\n          version: 8\n"),
        "package.json names no version: {workflow}"
    );
    let gitlab = shop(&[(".gitlab-ci.yml", "test:\n  script: [\"true\"]\n")]);
    init(&gitlab, &["--yes"]);
    let pipeline = read(&gitlab, ".gitlab-ci.yml");
    assert!(
        pipeline.starts_with("test:\n  script: [\"true\"]\n\nsnell:\n"),
        "{pipeline}"
    );
    assert!(
        pipeline.contains("codequality: gl-code-quality-report.json"),
        "{pipeline}"
    );
    for folder in [&github, &gitlab] {
        let again = init(folder, &["--yes"]);
        assert!(again.contains("Nothing to write."), "{again}");
    }
}

/// The commands of a page, in order.
fn commands(page: &str) -> Vec<String> {
    let mut inside = false;
    let mut commands = Vec::new();
    for line in page.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            line if inside => commands.extend(line.strip_prefix("$ ").map(str::to_owned)),
            _ => {}
        }
    }
    commands
}

#[test]
fn the_commands_of_the_page_work_as_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("examples/openai-chat"), folder.path());
    git_done(folder.path(), &["init", "-q"]);
    git_done(folder.path(), &["add", "."]);
    git_done(folder.path(), &["commit", "-qm", "as it is"]);
    let commands = commands(&text(root().join("docs/adopting.md")));
    assert!(commands.len() >= 14, "{commands:#?}");
    for command in commands {
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("snell"), "{command}");
        let arguments: Vec<&str> = words.collect();
        let output = snell(folder.path(), &arguments);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{command}\n{}{}",
            stdout(&output),
            stderr(&output)
        );
    }
    for written in [
        "snell.jsonc",
        ".husky/pre-commit",
        ".github/workflows/snell.yml",
        "snell.sarif",
    ] {
        assert!(folder.path().join(written).exists(), "{written}");
    }
}
