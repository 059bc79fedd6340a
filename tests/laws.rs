//! The laws of the house: what ARCHITECTURE.md promises, held by the compiler's manifests and the files themselves.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;
use snell_correlate::rules;
use support::repository::{files, relative, root, text, update};

/// Which of our crates each crate knows: exactly these.
const FLOORS: &[(&str, &[&str])] = &[
    ("snell-source", &[]),
    ("snell-workspace", &["snell-source"]),
    ("snell-prisma", &["snell-source"]),
    ("snell-sql", &["snell-source"]),
    ("snell-extract", &["snell-source"]),
    ("snell-report", &["snell-source"]),
    (
        "snell-project",
        &[
            "snell-source",
            "snell-workspace",
            "snell-prisma",
            "snell-sql",
            "snell-extract",
        ],
    ),
    (
        "snell-flow",
        &[
            "snell-source",
            "snell-workspace",
            "snell-prisma",
            "snell-sql",
            "snell-extract",
            "snell-project",
        ],
    ),
    (
        "snell-correlate",
        &[
            "snell-source",
            "snell-workspace",
            "snell-prisma",
            "snell-sql",
            "snell-extract",
            "snell-project",
            "snell-flow",
        ],
    ),
    (
        "snell-engine",
        &[
            "snell-source",
            "snell-workspace",
            "snell-prisma",
            "snell-sql",
            "snell-extract",
            "snell-project",
            "snell-flow",
            "snell-correlate",
            "snell-report",
        ],
    ),
    (
        "snell",
        &[
            "snell-source",
            "snell-workspace",
            "snell-project",
            "snell-correlate",
            "snell-engine",
            "snell-report",
        ],
    ),
];

/// Packages that one crate alone may know; those that the user asked for first.
const OWNERS: &[(&str, &str)] = &[
    ("tree-sitter-typescript", "snell-extract"),
    ("tree-sitter-postgres", "snell-sql"),
    ("rayon", "snell-engine"),
    ("ignore", "snell-workspace"),
    ("clap", "snell"),
    ("clap_complete", "snell"),
    ("indicatif", "snell"),
    ("similar", "snell"),
    ("squawk-syntax", "snell-sql"),
    ("jsonc-parser", "snell-workspace"),
    ("oxc_resolver", "snell-project"),
    ("blake3", "snell-engine"),
    ("unicode-width", "snell-report"),
    ("dagre", "snell-report"),
];

/// The packages that the user asked for, each with a crate that must know it directly.
const ASKED_FOR: &[(&str, &str)] = &[
    ("tree-sitter", "snell-extract"),
    ("tree-sitter-typescript", "snell-extract"),
    ("tree-sitter-sql", "snell-sql"),
    ("rayon", "snell-engine"),
    ("ignore", "snell-workspace"),
    ("serde", "snell-report"),
    ("clap", "snell"),
    ("miette", "snell-report"),
];

/// Files longer than 500 lines, each with its reason.
const LONG: &[(&str, &str)] = &[];

/// The normal dependencies of each crate: package and local name.
fn dependencies() -> BTreeMap<String, Vec<(String, String)>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo speaks JSON");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let list = package["dependencies"].as_array().expect("dependencies");
            let normal = list
                .iter()
                .filter(|dependency| dependency["kind"].is_null());
            let names = normal.map(|dependency| {
                let name = word(&dependency["name"]);
                let local = dependency["rename"]
                    .as_str()
                    .map_or(name.clone(), str::to_owned);
                (name, local)
            });
            (word(&package["name"]), names.collect())
        })
        .collect()
}

#[test]
fn crates_know_exactly_the_floors_below_them() {
    let known = dependencies();
    for (name, below) in FLOORS {
        let ours: BTreeSet<&str> = known[*name]
            .iter()
            .map(|(package, _)| package.as_str())
            .filter(|package| package.starts_with("snell"))
            .collect();
        let allowed: BTreeSet<&str> = below.iter().copied().collect();
        assert!(
            ours.is_subset(&allowed),
            "{name} knows {ours:?}, allowed are {allowed:?}"
        );
    }
    assert_eq!(known.len(), FLOORS.len(), "every crate stands on a floor");
}

#[test]
fn packages_have_one_owner() {
    let known = dependencies();
    for (package, owner) in OWNERS {
        let users: Vec<&String> = known
            .iter()
            .filter(|(_, list)| list.iter().any(|(name, _)| name == package))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(users, [owner], "{package} belongs to {owner}");
    }
}

#[test]
fn the_packages_that_were_asked_for_do_the_work() {
    let known = dependencies();
    for (package, user) in ASKED_FOR {
        let found = known[*user].iter().any(|(_, local)| local == package);
        assert!(found, "{user} depends on {package}");
    }
}

#[test]
fn sources_open_with_their_purpose() {
    for path in files(&root()) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = text(&path);
            assert!(
                text.starts_with("//!"),
                "{} opens with //!",
                relative(&path)
            );
        }
    }
}

#[test]
fn no_file_is_long_without_a_reason() {
    let long: Vec<String> = files(&root().join("crates"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| text(path).lines().count() > 500)
        .map(|path| relative(&path))
        .collect();
    let excused: Vec<&str> = LONG.iter().map(|(path, _)| *path).collect();
    let unexcused: Vec<&String> = long
        .iter()
        .filter(|path| !excused.contains(&path.as_str()))
        .collect();
    assert!(unexcused.is_empty(), "over 500 lines: {unexcused:?}");
    for (path, reason) in LONG {
        assert!(
            long.iter().any(|found| found == path),
            "{path} is short again"
        );
        assert!(!reason.is_empty(), "{path} needs a reason");
    }
}

#[test]
fn every_test_at_the_root_is_declared() {
    let manifest = text(root().join("crates/snell/Cargo.toml"));
    for path in files(&root().join("tests")) {
        let path = relative(&path);
        let is_test = path.ends_with(".rs") && path.matches('/').count() == 1;
        assert!(
            !is_test || manifest.contains(&format!("../../{path}")),
            "{path} is declared"
        );
    }
}

#[test]
fn architecture_names_what_exists() {
    let page = text(root().join("ARCHITECTURE.md"));
    for word in page.split('`').skip(1).step_by(2) {
        let is_path = word.contains('/')
            && !word.contains(['<', ' ', '*', ':', '(', '@'])
            && !word.starts_with('/');
        if is_path {
            assert!(root().join(word).exists(), "ARCHITECTURE.md names {word}");
        }
    }
}

#[test]
fn every_rule_has_a_folder_of_its_name_and_every_folder_a_rule() {
    let folder = root().join("crates/snell-correlate/src/rules");
    let on_disk: BTreeSet<String> = files(&folder)
        .iter()
        .filter(|path| path.file_name().is_some_and(|name| name == "rule.md"))
        .filter_map(|path| {
            let parent = path.parent()?.strip_prefix(&folder).ok()?;
            Some(
                parent
                    .iter()
                    .map(|part| part.to_string_lossy())
                    .collect::<Vec<_>>()
                    .join("/"),
            )
        })
        .collect();
    let listed: BTreeSet<String> = rules::all()
        .iter()
        .map(|rule| rule.metadata.name.replace('-', "_"))
        .collect();
    assert_eq!(on_disk, listed);
    for rule in rules::all() {
        let name = rule.metadata.name;
        let page = rule.metadata.page;
        assert!(
            page.starts_with(&format!("# {name}\n")),
            "{name}: the page opens with its name"
        );
        for heading in ["## Why is this bad?", "## Example", "## Use instead"] {
            assert!(page.contains(heading), "{name}: the page has «{heading}»");
        }
    }
}

#[test]
fn the_pages_in_docs_are_the_rules_pages() {
    let folder = root().join("docs/rules");
    let mut expected: BTreeMap<String, String> = BTreeMap::new();
    let mut index = "# Rules\n\n| Rule | Severity | Fault |\n|---|---|---|\n".to_owned();
    for rule in rules::all() {
        let metadata = &rule.metadata;
        let file = format!("{}.md", metadata.name);
        index.push_str(&format!(
            "| [`{}`]({file}) | {} | {} |\n",
            metadata.name,
            metadata.severity.as_str(),
            metadata.summary
        ));
        expected.insert(file, metadata.readable_page());
    }
    expected.insert("README.md".to_owned(), index);
    if update() {
        let _ = std::fs::remove_dir_all(&folder);
        for (file, page) in &expected {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("docs can be written");
            std::fs::write(path, page).expect("docs can be written");
        }
    }
    let found: BTreeMap<String, String> = files(&folder)
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&folder).expect("below docs/rules");
            (relative(name), text(path))
        })
        .collect();
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected), "run with SNELL_UPDATE=1");
    for (file, page) in expected {
        assert!(
            found[&file] == page,
            "docs/rules/{file} is stale: run with SNELL_UPDATE=1"
        );
    }
}
