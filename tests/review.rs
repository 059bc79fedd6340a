//! What those get who look at a change: reports of it, also when it has nothing to judge, and findings at its lines.

mod support;

use std::fs;

use serde_json::Value;
use support::{
    door::{snell, stderr, stdout, workspace},
    notes::{add_shelves, commit, edit, notes},
};
use tempfile::TempDir;

const SINCE: [&str; 4] = ["check", "--changed", "--since", "HEAD~1"];

fn since(folder: &TempDir, format: &str) -> String {
    let output = snell(folder.path(), &[&SINCE[..], &["-f", format]].concat());
    assert_ne!(output.status.code(), Some(2), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn a_change_of_nothing_that_is_judged_has_reports_without_findings() {
    let folder = notes(true);
    fs::write(folder.path().join("README.md"), "# Notes\n").expect("a file");
    commit(&folder, "words");
    for silent in ["human", "concise", "agent", "jsonl", "github"] {
        assert!(!since(&folder, silent).contains("error"), "{silent}");
    }
    assert_eq!(since(&folder, "human"), "");
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(
        read(&since(&folder, "json"))["findings"],
        Value::Array(vec![])
    );
    assert_eq!(read(&since(&folder, "gitlab")), Value::Array(vec![]));
    let junit = since(&folder, "junit");
    assert!(
        junit.contains("<testsuites") && !junit.contains("<failure"),
        "{junit}"
    );
    // A file that a later step uploads is there.
    let arguments = [&SINCE[..], &["-f", "sarif=out.sarif"]].concat();
    assert_eq!(stdout(&snell(folder.path(), &arguments)), "");
    let sarif = fs::read_to_string(folder.path().join("out.sarif")).expect("a file");
    assert_eq!(read(&sarif)["runs"][0]["results"], Value::Array(vec![]));
}

#[test]
fn a_finding_is_told_at_the_lines_of_the_change() {
    let folder = notes(false);
    add_shelves(&folder);
    // The service was there, and nothing led to it.
    edit(
        &folder,
        "src/app.module.ts",
        "imports: [ShelvesModule],",
        "imports: [],",
    );
    let controller = folder.path().join("src/shelves.controller.ts");
    let text = fs::read_to_string(&controller).expect("a file");
    fs::remove_file(&controller).expect("a file");
    commit(&folder, "a service");
    fs::write(&controller, text).expect("a file");
    edit(
        &folder,
        "src/app.module.ts",
        "imports: [],",
        "imports: [ShelvesModule],",
    );
    commit(&folder, "endpoints");
    let rule = "isolation/missing-owner-filter";
    let report: Value = serde_json::from_str(&since(&folder, "sarif")).expect("JSON");
    let results = report["runs"][0]["results"].as_array().expect("results");
    let of_rule: Vec<&Value> = results
        .iter()
        .filter(|one| one["ruleId"] == format!("snell/{rule}"))
        .collect();
    assert!(!of_rule.is_empty(), "{report}");
    let place = |location: &Value| {
        location["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .map(str::to_owned)
    };
    let changed = Some("src/shelves.controller.ts".to_owned());
    for result in of_rule {
        assert_eq!(place(&result["locations"][0]), changed, "{result}");
        let related = result["relatedLocations"].as_array().expect("locations");
        let query = Some("src/shelves.service.ts".to_owned());
        assert!(related.iter().any(|one| place(one) == query), "{result}");
    }
    let annotation = since(&folder, "github");
    assert!(
        annotation.contains("file=src/shelves.controller.ts"),
        "{annotation}"
    );
    // Whoever mends it is told where, and so is everybody without a change to look at.
    assert!(since(&folder, "concise").contains("src/shelves.service.ts:9"));
    let all = snell(folder.path(), &["check", "-f", "github"]);
    assert!(stdout(&all).contains("file=src/shelves.service.ts"));
}

#[test]
fn without_a_repository_that_is_what_is_said() {
    let folder = workspace(&[("package.json", "{}")]);
    for scope in ["--staged", "--changed", "--since=main"] {
        let output = snell(folder.path(), &["check", scope]);
        assert_eq!(output.status.code(), Some(2), "{scope}");
        let said = stderr(&output);
        assert!(said.contains("is in no git repository"), "{said}");
    }
}
