//! What the configuration accepts, and what it says of what it does not.

use pretty_assertions::assert_eq;
use snell_source::{Preset, Severity};

use super::*;
use crate::{Memory, Workspace};

fn read(files: &[(&str, &str)]) -> Result<Config, Vec<ConfigError>> {
    let fs: Memory = files.iter().copied().collect();
    let workspace = Workspace::discover(&fs);
    Config::read(&fs, &workspace.packages)
}

/// `file:line:column: message (help)` of each fault.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let say = |error: ConfigError| match &error.help {
        Some(help) => format!("{error} ({help})"),
        None => error.to_string(),
    };
    let errors = read(files).expect_err("the configuration is wrong");
    errors.into_iter().map(say).collect()
}

#[test]
fn without_a_file_all_is_default() {
    let config = read(&[]).unwrap();
    assert_eq!(config.file, None);
    assert_eq!(config.preset.origin, Origin::Default);
    assert!(config.require_reason.value);
}

#[test]
fn every_key_is_read() {
    let text = r#"{
  "$schema": "./node_modules/snell/schema.json", // for editors
  "schemas": ["./apps/api/prisma/schema.prisma"], "migrations": "db/migrations",
  "migrationsAfter": "20250101000000_init", "preset": "strict",
  "rules": { "vector/*": "off", "query/n-plus-one": ["low", { "max": 3 }] },
  "overrides": [{ "files": ["**/*.spec.ts"], "skip": ["query/*"], "rules": { "a/b": "high" } }],
  "isolation": { "userModel": "User", "ownerKeys": ["userId"] },
  "roles": { "message": ["Turn"], "auditLog": [] },
  "ignore": [{ "rule": "a/b", "target": "model:X", "reason": "r", "until": "2027-03-01" }],
  "suppressions": { "requireReason": false },
  "baseline": "b.json", "audit": { "output": "docs/audit.md" },
}"#;
    let config = read(&[("snell.jsonc", text)]).unwrap();
    assert_eq!(config.file.as_deref(), Some("snell.jsonc".into()));
    assert_eq!(config.schemas[0].value, "apps/api/prisma/schema.prisma");
    assert_eq!(config.schemas[0].origin.to_string(), "snell.jsonc:3:15");
    assert_eq!(config.migrations[0].value, "db/migrations");
    assert_eq!(config.preset.value, Preset::Strict);
    assert_eq!(config.rules[0].level, RuleLevel::Off);
    assert_eq!(config.rules[1].level, RuleLevel::At(Severity::Low));
    let options = config.rules[1].options.as_ref().unwrap();
    assert_eq!(options.to_serde(), serde_json::json!({ "max": 3 }));
    assert!(config.overrides[0].matches("apps/api/src/a.spec.ts".into()));
    assert!(!config.overrides[0].matches("apps/api/src/a.ts".into()));
    assert_eq!(config.isolation.user_model.value.as_deref(), Some("User"));
    assert_eq!(config.isolation.owner_keys.value, ["userId"]);
    assert_eq!(config.roles.of("message"), Some(&["Turn".to_owned()][..]));
    assert_eq!(config.roles.of("auditLog"), Some(&[][..]));
    assert_eq!(config.roles.of("agent"), None);
    assert_eq!(config.ignore[0].until.as_deref(), Some("2027-03-01"));
    assert!(!config.require_reason.value);
    assert_eq!(config.baseline.value, "b.json");
    assert_eq!(config.audit_output.value, "docs/audit.md");
}

#[test]
fn faults_are_told_all_at_once_with_their_places() {
    let text = "{\n  \"schema\": 1,\n  \"preset\": \"strickt\",\n  \"baseline\": 3,\n  \"rules\": { \"a/b\": \"warn\", \"a/b\": \"low\" },\n  \"suppressions\": { \"requireReason\": \"yes\" },\n  \"schemas\": [\"../x\"],\n  \"ignore\": [{ \"rule\": \"a/b\", \"until\": \"soon\" }],\n  \"overrides\": [{ \"skip\": [\"a/b\"] }]\n}";
    assert_eq!(
        faults(&[("snell.json", text)]),
        [
            "snell.json:2:3: unknown key `schema` (did you mean `schemas`?)",
            "snell.json:3:13: `preset` must be one of \"recommended\", \"strict\", \"all\", not \"strickt\" (did you mean \"strict\"?)",
            "snell.json:4:15: `baseline` must be a string that is not empty, not a number",
            "snell.json:5:21: `a/b` must be one of \"off\", \"critical\", \"high\", \"medium\", \"low\", \"info\", not \"warn\"",
            "snell.json:5:29: `a/b` stands here twice",
            "snell.json:6:38: `requireReason` must be true or false, not a string",
            "snell.json:7:15: `schemas`: `../x` leads out of the workspace (paths are relative to this file and stay below the workspace's root)",
            "snell.json:8:40: `until` must be a day such as \"2027-03-01\"",
            "snell.json:9:17: an override needs `files`",
        ]
    );
}

#[test]
fn broken_json_and_two_files_are_faults() {
    assert_eq!(
        faults(&[("snell.jsonc", "{\n  \"preset\" \"all\" }")]),
        ["snell.jsonc:2:12: Expected colon after the string or word in object property"]
    );
    assert_eq!(
        faults(&[("snell.jsonc", "{}"), ("package.json", "{ \"snell\": {} }")]),
        ["package.json:1:12: a second configuration beside snell.jsonc (keep one of them)"]
    );
}

#[test]
fn a_manifest_may_hold_it() {
    let config = read(&[("package.json", "{ \"snell\": { \"preset\": \"all\" } }")]).unwrap();
    assert_eq!(config.preset.value, Preset::All);
    assert_eq!(config.preset.origin.to_string(), "package.json:1:24");
}

#[test]
fn extended_files_are_read_first() {
    let config = read(&[
        (
            "snell.jsonc",
            r#"{ "extends": ["./config/base.json", "@acme/snell", "shared/strict"], "rules": { "a/b": "off" } }"#,
        ),
        (
            "config/base.json",
            r#"{ "schemas": ["s.prisma"], "rules": { "a/b": "high", "a/c": "low" } }"#,
        ),
        ("package.json", r#"{ "workspaces": ["libs/*"] }"#),
        ("libs/snell/package.json", r#"{ "name": "@acme/snell" }"#),
        ("libs/snell/snell.jsonc", r#"{ "preset": "strict", "baseline": "b.json" }"#),
        ("node_modules/shared/strict.json", r#"{ "preset": "all" }"#),
    ])
    .unwrap();
    assert_eq!(config.schemas[0].value, "config/s.prisma");
    assert_eq!(config.baseline.value, "b.json");
    assert_eq!(config.preset.value, Preset::All);
    let rules: Vec<_> = config
        .rules
        .iter()
        .map(|r| (r.name.value.as_str(), r.level))
        .collect();
    assert_eq!(
        rules,
        [
            ("a/c", RuleLevel::At(Severity::Low)),
            ("a/b", RuleLevel::Off)
        ]
    );
}

#[test]
fn what_cannot_be_extended_is_a_fault() {
    assert_eq!(
        faults(&[("snell.jsonc", r#"{ "extends": "@acme/x" }"#)]),
        [
            "snell.jsonc:1:14: `extends`: `@acme/x` is not there (looked for node_modules/@acme/x/snell.jsonc, node_modules/@acme/x/snell.json)"
        ]
    );
    assert_eq!(
        faults(&[
            ("snell.jsonc", r#"{ "extends": "./a.json" }"#),
            ("a.json", r#"{ "extends": "./snell.jsonc" }"#)
        ]),
        ["a.json:1:14: `extends` goes round in a circle: snell.jsonc -> a.json -> snell.jsonc"]
    );
}

#[test]
fn names_of_rules_are_checked_by_whoever_knows_them() {
    let config = read(&[(
        "snell.jsonc",
        r#"{ "rules": { "query/n-plus-on": "off", "query/*": "low", "sql/*": "off" }, "ignore": [{ "rule": "query/n-plus-one", "reason": "r" }] }"#,
    )])
    .unwrap();
    let errors = config.check_rule_names(&["query/n-plus-one"]);
    let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "snell.jsonc:1:14: unknown rule `query/n-plus-on`",
            "snell.jsonc:1:58: no rule matches `sql/*`"
        ]
    );
    assert_eq!(
        errors[0].help.as_deref(),
        Some("did you mean `query/n-plus-one`?")
    );
}
