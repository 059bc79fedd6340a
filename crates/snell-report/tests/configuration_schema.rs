//! The configuration's JSON Schema against the examples of its page: here, where a validator is at hand.
//! That the schema is the generated one, and the examples are what snell takes, `tests/configuration.rs`
//! holds.

use std::{fs, path::Path};

use serde_json::Value;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).expect("a file of the repository")
}

/// JSON whose comments stand behind ` //` or on lines of their own.
fn json(text: &str) -> Value {
    let plain: String = text
        .lines()
        .map(|line| line.split(" // ").next().unwrap_or_default())
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    serde_json::from_str(&plain).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&read("docs/snell.schema.json")).expect("JSON");
    assert!(jsonschema::meta::is_valid(&schema), "a JSON Schema");
    jsonschema::validator_for(&schema).expect("a schema")
}

#[test]
fn the_schema_takes_the_examples_and_no_others() {
    let validator = validator();
    let page = read("docs/configuration.md");
    let mut seen = 0;
    for part in page.split("```jsonc\n").skip(1) {
        let (config, after) = part.split_once("```").expect("a fence ends");
        let value = json(config);
        // Whether a package is there, no schema knows.
        let is_refused = after.trim_start().starts_with("```text") && !config.contains("extends");
        let wrong: Vec<String> = validator
            .iter_errors(&value)
            .map(|one| one.to_string())
            .collect();
        assert_eq!(!wrong.is_empty(), is_refused, "{config}\n{wrong:#?}");
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn the_schema_refuses_what_snell_refuses() {
    let validator = validator();
    for wrong in [
        r#"{ "presett": "all" }"#,
        r#"{ "preset": "most" }"#,
        r#"{ "rules": { "query/n-plus-on": "off" } }"#,
        r#"{ "rules": { "query/n-plus-one": ["low", {}] } }"#,
        r#"{ "overrides": [{ "skip": [] }] }"#,
        r#"{ "ignore": [{ "target": "model:User" }] }"#,
        r#"{ "ignore": [{ "rule": "a/b" }] }"#,
        r#"{ "ignore": [{ "rule": "a/b", "until": "soon" }] }"#,
        r#"{ "conventions": { "tables": "sNaKe" } }"#,
        r#"{ "audit": { "outputs": "x" } }"#,
    ] {
        assert!(!validator.is_valid(&json(wrong)), "{wrong}");
    }
}
