//! Whole workspaces in memory, and input that nobody would write.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::{Config, Disk, Memory};

fn discover(files: &[(&str, &str)]) -> Workspace {
    let fs: Memory = files.iter().copied().collect();
    Workspace::discover(&fs)
}

#[test]
fn packages_and_their_versions_of_prisma() {
    let workspace = discover(&[
        ("package.json", "{ \"workspaces\": [] }"),
        (
            "pnpm-workspace.yaml",
            "packages: [apps/*]\ncatalog: { prisma: ^7.1.0 }\n",
        ),
        (
            "apps/a/package.json",
            r#"{ "name": "a", "devDependencies": { "prisma": "catalog:" } }"#,
        ),
        (
            "apps/b/package.json",
            r#"{ "name": "b", "dependencies": { "react": "19", "vite": "7" } }"#,
        ),
        ("tools/c/package.json", r#"{ "name": "c" }"#),
    ]);
    assert_eq!(workspace.problems, []);
    let members: Vec<_> = workspace
        .packages
        .iter()
        .filter(|package| package.member)
        .map(|package| package.folder.as_str())
        .collect();
    assert_eq!(members, ["", "apps/a", "apps/b"]);
    assert!(workspace.package_named("c").is_none());
    assert!(workspace.package_named("b").unwrap().is_front_end());

    let a = workspace.package_of("apps/a/src/x.ts".into()).unwrap();
    assert_eq!(a.prisma.as_ref().unwrap().major, 7);
    assert!(!a.prisma.as_ref().unwrap().locked);
    assert!(!a.is_front_end());
    let b = workspace.package_of("apps/b/src/x.ts".into()).unwrap();
    assert_eq!(b.prisma, None);
    assert_eq!(
        workspace
            .prisma_version("apps/b/x.ts".into())
            .unwrap()
            .major,
        7
    );
}

#[test]
fn two_majors_leave_other_packages_without_a_version() {
    let workspace = discover(&[
        (
            "a/package.json",
            r#"{ "dependencies": { "@prisma/client": "~5.1" } }"#,
        ),
        (
            "b/package.json",
            r#"{ "dependencies": { "@prisma/client": ">=6" } }"#,
        ),
    ]);
    assert_eq!(workspace.prisma_version("a/x.ts".into()).unwrap().major, 5);
    assert_eq!(workspace.prisma_version("c/x.ts".into()), None);
}

#[test]
fn files_are_found_by_path_and_folder() {
    let workspace = discover(&[("a-b/x.ts", ""), ("a/b/y.ts", ""), ("a/c.sql", "")]);
    assert!(workspace.file("a/c.sql".into()).is_some());
    assert!(workspace.file("a/c".into()).is_none());
    for (folder, there) in [
        ("a", true),
        ("a/b", true),
        ("a/c", false),
        ("a-", false),
        ("", true),
    ] {
        assert_eq!(workspace.has_folder(folder.into()), there, "{folder}");
    }
}

#[test]
fn what_cannot_be_understood_is_told_and_costs_one_file() {
    let big = "x".repeat(usize::try_from(Purpose::CODE_LIMIT).unwrap() + 1);
    let workspace = discover(&[
        ("package.json", "{"),
        ("a/package.json", r#"{ "scripts": { "b": "c" } }"#),
        ("docker-compose.yml", "services: ["),
        ("big.ts", &big),
    ]);
    let told: Vec<_> = workspace.problems.iter().map(|p| p.path.as_str()).collect();
    assert_eq!(told, ["big.ts", "docker-compose.yml", "package.json"]);
    assert!(workspace.file("big.ts".into()).is_none());
    assert_eq!(workspace.deployment.commands.len(), 1);
}

#[test]
fn files_of_a_generated_client_are_marked() {
    let workspace = discover(&[
        ("db/internal/class.ts", ""),
        ("db/internal/prismaNamespace.ts", ""),
        ("db/client.ts", ""),
        ("main.ts", ""),
    ]);
    assert!(workspace.file("db/client.ts".into()).unwrap().generated);
    assert!(!workspace.file("main.ts".into()).unwrap().generated);
}

#[test]
fn bytes_that_are_not_utf8_are_told() {
    let mut fs = Memory::new();
    fs.insert("Dockerfile", b"RUN \xff".to_vec());
    let workspace = Workspace::discover(&fs);
    assert_eq!(workspace.problems[0].kind, ProblemKind::InvalidUtf8);
    assert_eq!(workspace.deployment.commands[0].text, "\u{fffd}");
}

#[test]
fn disk_and_memory_agree() {
    let files = [
        (
            "package.json",
            r#"{ "workspaces": ["a"], "scripts": { "x": "y" } }"#,
        ),
        ("a/package.json", r#"{ "name": "a" }"#),
        ("a/tsconfig.json", "{}"),
        ("a/src/main.ts", "1"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let full = folder.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(full, text).unwrap();
    }
    let disk = Disk::new(Utf8Path::from_path(folder.path()).unwrap()).unwrap();
    assert_eq!(Workspace::discover(&disk), discover(&files));
}

/// Every file whose content is read.
const READ: [&str; 22] = [
    "package.json",
    "a/package.json",
    "pnpm-workspace.yaml",
    "lerna.json",
    "project.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "a/yarn.lock",
    "b/bun.lock",
    "tsconfig.json",
    "docker-compose.yml",
    "Dockerfile",
    "x.sh",
    "Makefile",
    "Procfile",
    "CODEOWNERS",
    "fly.toml",
    "railway.json",
    "render.yaml",
    ".gitlab-ci.yml",
    ".github/workflows/a.yml",
    "snell.jsonc",
];

/// Pieces of the formats, so that random text gets past the first character.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "'",
    "\n",
    "\r\n",
    "  ",
    "\t",
    "|",
    ">-",
    "- ",
    "#",
    "\\",
    "é",
    "🐌",
    "\u{feff}",
    "run: ",
    "jobs:\n",
    "services:\n",
    "image: x",
    "volumes:",
    "*a",
    "&a ",
    "\"extends\": \"./tsconfig.json\"",
    "\"workspaces\"",
    "\"scripts\"",
    "\"rules\"",
    "FROM ",
    "RUN <<E",
    "node_modules/prisma",
    "\"prisma\": {",
    "prisma@^5:",
    "version",
    "command = \"",
    "[\"low\", {}]",
    "!",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_content_stops_it_and_every_place_lies_in_its_file(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..40),
    ) {
        let text: String = pieces.into_iter().map(|n| PIECES[n]).collect();
        let fs: Memory = READ.into_iter().map(|path| (path, text.as_str())).collect();
        let workspace = Workspace::discover(&fs);
        let read = read_text(&fs, "package.json".into()).unwrap().text;
        let commands = workspace.deployment.commands.iter().map(|c| c.span);
        let images = workspace.deployment.images.iter().map(|i| i.span);
        let mut spans: Vec<_> = commands.chain(images).collect();
        for problem in &workspace.problems {
            if let ProblemKind::Invalid { span, .. } = problem.kind {
                spans.push(span);
            }
        }
        if let Err(errors) = Config::read(&fs, &workspace.packages) {
            spans.extend(errors.iter().map(|error| error.span));
        }
        for span in spans {
            prop_assert!(read.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {read:?}");
        }
    }
}
