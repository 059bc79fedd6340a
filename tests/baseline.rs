//! The baseline at the door: accepted findings are silent until they change, whatever moves.

mod support;

use std::{fs, path::Path};

use serde_json::Value;
use support::door::{copy, snell, stderr, stdout, workspace};
use tempfile::TempDir;

fn schema(models: &[&str]) -> String {
    let models: String = models
        .iter()
        .map(|model| format!("\nmodel {model} {{\n  id Int @id\n  price Decimal @db.Money\n}}\n"))
        .collect();
    format!("datasource db {{\n  provider = \"postgresql\"\n}}\n{models}")
}

/// Money columns in two schemas: a medium finding each.
fn shop(config: &str) -> TempDir {
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("snell.jsonc", config),
        ("apps/a/prisma/schema.prisma", &schema(&["Plan"])),
        ("apps/b/prisma/schema.prisma", &schema(&["Order"])),
    ])
}

const ONLY: &str = r#"{ "rules": { "*": "off", "schema/money-type": "medium" } }"#;

fn write(folder: &TempDir, path: &str, text: &str) {
    fs::write(folder.path().join(path), text).expect("a file");
}

fn entries(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("snell-baseline.json")).expect("a baseline");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    json["findings"].as_array().expect("a list").clone()
}

fn code(folder: &TempDir, arguments: &[&str]) -> Option<i32> {
    snell(folder.path(), arguments).status.code()
}

#[test]
fn accepted_findings_are_counted_and_new_ones_fail() {
    let folder = shop(ONLY);
    let fails = ["check", "--fail-on", "medium"];
    assert_eq!(code(&folder, &fails), Some(1));
    let created = snell(folder.path(), &["baseline", "create"]);
    assert_eq!(created.status.code(), Some(0), "{}", stderr(&created));
    assert_eq!(
        stdout(&created),
        "Wrote snell-baseline.json: 2 findings (2 medium)\n"
    );
    let output = snell(folder.path(), &fails);
    assert_eq!(output.status.code(), Some(0));
    let said = stdout(&output);
    assert!(
        said.starts_with("No problems found.") && said.contains("(2 in baseline)"),
        "{said}"
    );
    assert_eq!(
        code(&folder, &["check", "--fail-on", "medium", "--no-baseline"]),
        Some(1)
    );

    write(
        &folder,
        "apps/b/prisma/schema.prisma",
        &schema(&["Tax", "Order"]),
    );
    let output = snell(folder.path(), &[&fails[..], &["-f", "concise"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let said = stdout(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("schema.prisma:7:"),
        "the new model stands first: {said}"
    );
}

#[test]
fn entries_are_one_to_a_line_and_sorted() {
    let folder = shop(ONLY);
    assert_eq!(code(&folder, &["baseline", "create"]), Some(0));
    let text = fs::read_to_string(folder.path().join("snell-baseline.json")).expect("a file");
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("\"rule\""))
        .collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines.is_sorted(), "{text}");
    for entry in entries(folder.path()) {
        for key in ["rule", "fingerprint", "severity", "where", "title"] {
            assert!(entry[key].is_string(), "{key}: {entry}");
        }
    }
    // Writing it again changes nothing.
    assert_eq!(code(&folder, &["baseline", "create"]), Some(0));
    assert_eq!(
        fs::read_to_string(folder.path().join("snell-baseline.json")).expect("a file"),
        text
    );
}

#[test]
fn mended_findings_are_told_and_pruned() {
    let folder = shop(ONLY);
    let _ = snell(folder.path(), &["baseline", "create"]);
    write(
        &folder,
        "apps/b/prisma/schema.prisma",
        "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Order {\n  id Int @id\n}\n",
    );
    let output = snell(folder.path(), &["check", "--fail-on", "low"]);
    assert_eq!(output.status.code(), Some(0), "mending never fails");
    let said = stdout(&output);
    assert!(
        said.contains("1 baselined finding is gone: run `snell baseline prune`."),
        "{said}"
    );
    // A rule that was not asked cannot say that.
    let other = snell(folder.path(), &["check", "--only", "index"]);
    assert!(!stdout(&other).contains("gone"), "{}", stdout(&other));
    let status = stdout(&snell(folder.path(), &["baseline", "status"]));
    assert!(
        status.contains("2 findings (2 medium)") && status.contains("1 is gone"),
        "{status}"
    );
    let pruned = stdout(&snell(folder.path(), &["baseline", "prune"]));
    assert!(
        pruned.starts_with("Took 1 entry out of snell-baseline.json; 1 stays\n"),
        "{pruned}"
    );
    assert_eq!(entries(folder.path()).len(), 1);
}

#[test]
fn a_worse_finding_counts_again() {
    let folder = shop(ONLY);
    let _ = snell(folder.path(), &["baseline", "create"]);
    write(&folder, "snell.jsonc", &ONLY.replace("medium", "high"));
    let output = snell(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stdout(&output);
    assert!(
        said.contains("2 baselined findings are more severe now"),
        "{said}"
    );
    write(&folder, "snell.jsonc", &ONLY.replace("medium", "low"));
    assert_eq!(
        code(&folder, &["check", "--fail-on", "low"]),
        Some(0),
        "milder is known"
    );
}

#[test]
fn critical_findings_are_accepted_only_when_that_is_said() {
    let config = r#"{ "rules": { "*": "off", "schema/money-type": "medium" },
        "overrides": [{ "files": ["apps/a/**"], "rules": { "schema/money-type": "critical" } }] }"#;
    let folder = shop(config);
    let refused = snell(folder.path(), &["baseline", "create"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("1 critical finding is not accepted")
            && stderr(&refused).contains("--include critical"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(entries(folder.path()).len(), 1, "the others are");
    assert_eq!(code(&folder, &["check"]), Some(1));
    assert_eq!(
        code(&folder, &["baseline", "create", "--include", "critical"]),
        Some(0)
    );
    assert_eq!(code(&folder, &["check"]), Some(0));
    assert_eq!(
        code(&folder, &["baseline", "create"]),
        Some(0),
        "it stays accepted"
    );
}

#[test]
fn formats_tell_accepted_findings_apart() {
    let folder = shop(ONLY);
    let _ = snell(folder.path(), &["baseline", "create"]);
    let json = |more: &[&str]| -> Value {
        let arguments = [&["check", "-f", "json"], more].concat();
        serde_json::from_str(&stdout(&snell(folder.path(), &arguments))).expect("JSON")
    };
    let report = json(&[]);
    assert_eq!(report["summary"]["baselined"], 2);
    assert_eq!(report["summary"]["gone"], 0);
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0));
    let shown = json(&["--show-suppressed"]);
    assert_eq!(shown["findings"][1]["baselined"], true);
    let sarif = |more: &[&str]| -> Value {
        let arguments = [&["check", "-f", "sarif"], more].concat();
        let text = stdout(&snell(folder.path(), &arguments));
        let log: Value = serde_json::from_str(&text).expect("SARIF");
        log["runs"][0]["results"].clone()
    };
    assert_eq!(sarif(&[]), Value::Array(Vec::new()));
    assert_eq!(
        sarif(&["--show-suppressed"])[0]["baselineState"],
        "unchanged"
    );
    assert_eq!(sarif(&["--no-baseline"])[0].get("baselineState"), None);
    write(
        &folder,
        "apps/b/prisma/schema.prisma",
        &schema(&["Order", "Tax"]),
    );
    assert_eq!(sarif(&[])[0]["baselineState"], "new");
    for format in [
        "concise", "agent", "gitlab", "junit", "github", "markdown", "jsonl",
    ] {
        let said = stdout(&snell(folder.path(), &["check", "-f", format]));
        assert_eq!(said.matches("Tax").count().min(1), 1, "{format}: {said}");
        assert!(!said.contains("Plan"), "{format}: {said}");
    }
}

#[test]
fn a_baseline_that_cannot_be_read_judges_nothing() {
    let folder = shop(ONLY);
    write(&folder, "snell-baseline.json", "{\n<<<<<<< HEAD\n}");
    let output = snell(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("snell-baseline.json:2:1:") && said.contains("merge"),
        "{said}"
    );
    assert!(said.contains("--no-baseline"), "{said}");
    assert_eq!(code(&folder, &["check", "--no-baseline"]), Some(0));
    let none = shop(ONLY);
    assert_eq!(code(&none, &["baseline", "status"]), Some(2));
}

#[test]
fn the_configuration_names_the_file_and_paths_add_to_it() {
    let folder = shop(
        r#"{ "baseline": "quality/known.json", "rules": { "*": "off", "schema/money-type": "medium" } }"#,
    );
    assert_eq!(code(&folder, &["baseline", "create", "apps/a"]), Some(0));
    let path = folder.path().join("quality/known.json");
    let count = || {
        fs::read_to_string(&path)
            .expect("a file")
            .matches("\"rule\"")
            .count()
    };
    assert_eq!(count(), 1);
    assert_eq!(code(&folder, &["baseline", "create", "apps/b"]), Some(0));
    assert_eq!(count(), 2);
    assert_eq!(code(&folder, &["check", "--fail-on", "low"]), Some(0));
}

/// Every TypeScript and Prisma file below a folder.
fn texts(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts(&path, found);
        } else if path
            .extension()
            .is_some_and(|one| one == "ts" || one == "prisma")
        {
            found.push(path);
        }
    }
}

#[test]
fn moves_of_lines_and_files_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/openai-chat");
    copy(&example, folder.path());
    let root = folder.path();
    fs::create_dir(root.join(".git")).expect("a folder");
    let created = snell(root, &["baseline", "create", "--include", "critical"]);
    assert_eq!(created.status.code(), Some(0), "{}", stderr(&created));
    assert!(entries(root).len() > 50, "{}", stdout(&created));
    let mut files = Vec::new();
    texts(root, &mut files);
    for path in files {
        let text = fs::read_to_string(&path).expect("a file");
        fs::write(&path, format!("// moved down\n\n{text}")).expect("a file");
    }
    fs::rename(root.join("apps/api"), root.join("apps/server")).expect("a folder");
    let output = snell(root, &["check", "-f", "json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let new = report["findings"].as_array().expect("a list");
    let new: Vec<String> = new
        .iter()
        .map(|one| format!("{}: {}", one["rule"], one["subject"]))
        .collect();
    assert!(new.is_empty(), "{new:#?}");
    assert_eq!(report["summary"]["gone"], 0);
}
