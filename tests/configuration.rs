//! The configuration at the door: the examples of its page, its JSON Schema, where values come from.

mod support;

use std::fs;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde_json::Value;
use support::{
    door::{snell, stderr, stdout, workspace},
    repository::{root, text, update},
};
use tempfile::TempDir;

const SCHEMA: &str = "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel User {\n  id Int @id\n  price Decimal @db.Money\n}\n";

fn with(config: &str) -> TempDir {
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("apps/api/prisma/schema.prisma", SCHEMA),
        ("snell.jsonc", config),
    ])
}

/// The fences of a page: their languages and texts.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for event in Parser::new(page) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                found.push((info.to_string(), String::new()));
                inside = true;
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => {
                if let Some((_, fence)) = found.last_mut() {
                    fence.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// The page's configurations, each with the fault that it has.
fn examples() -> Vec<(String, Option<String>)> {
    let fences = fences(&text(root().join("docs/configuration.md")));
    let mut examples: Vec<(String, Option<String>)> = Vec::new();
    for (language, fence) in fences {
        match (language.as_str(), examples.last_mut()) {
            ("jsonc", _) => examples.push((fence, None)),
            ("text", Some((_, fault))) => *fault = Some(fence),
            _ => {}
        }
    }
    examples
}

#[test]
fn the_examples_of_the_page_are_what_snell_makes_of_them() {
    let examples = examples();
    assert!(examples.len() >= 8, "{}", examples.len());
    for (config, fault) in examples {
        let folder = with(&config);
        let output = snell(folder.path(), &["doctor", "--print-config"]);
        match fault {
            None => assert_eq!(
                output.status.code(),
                Some(0),
                "{config}\n{}",
                stderr(&output)
            ),
            Some(fault) => {
                assert_eq!(output.status.code(), Some(2), "{config}");
                assert_eq!(stderr(&output), fault, "{config}");
            }
        }
    }
}

/// JSON with comments, as JSON.
fn json(text: &str) -> Value {
    let (json, error) = snell_workspace::Json::parse(text);
    assert!(error.is_none(), "{error:?}");
    json.to_serde()
}

#[test]
fn the_schema_that_is_kept_is_the_one_that_is_generated() {
    let path = root().join("docs/snell.schema.json");
    let generated = format!("{:#}\n", snell_correlate::config_schema());
    if update() {
        fs::write(&path, &generated).expect("docs can be written");
    }
    assert_eq!(text(&path), generated, "SNELL_UPDATE=1 writes it anew");
}

#[test]
fn every_value_is_told_with_its_place() {
    let folder = with(
        "{\n  \"extends\": \"./base.json\",\n  \"preset\": \"strict\",\n  \"isolation\": { \"ownerKeys\": [\"userId\"] }\n}",
    );
    fs::write(
        folder.path().join("base.json"),
        "{\n  \"rules\": { \"query/*\": \"low\" },\n  \"schemas\": [\"apps/api/prisma/schema.prisma\"]\n}",
    )
    .expect("a file");
    let printed = stdout(&snell(folder.path(), &["doctor", "--print-config"]));
    let line = |key: &str| {
        let mut lines = printed.lines();
        let found = lines.find(|line| line.contains(key));
        found.unwrap_or_else(|| panic!("{key} in\n{printed}"))
    };
    assert!(
        line("\"preset\"").ends_with("// snell.jsonc:3:13"),
        "{printed}"
    );
    assert!(
        line("\"ownerKeys\"").ends_with("// snell.jsonc:4:31"),
        "{printed}"
    );
    assert!(
        line("\"query/*\"").ends_with("// base.json:2:14"),
        "{printed}"
    );
    assert!(
        line("\"schemas\"").ends_with("// base.json:3:15"),
        "{printed}"
    );
    assert!(line("\"baseline\"").ends_with("// default"), "{printed}");
    // It is a configuration, and says the same.
    fs::write(folder.path().join("snell.jsonc"), &printed).expect("a file");
    let again = stdout(&snell(folder.path(), &["doctor", "--print-config"]));
    let values = |text: &str| json(text);
    assert_eq!(values(&again), values(&printed));
}

#[test]
fn extends_is_followed_and_a_circle_is_told() {
    let folder = with("{ \"extends\": \"./a.json\" }");
    fs::write(
        folder.path().join("a.json"),
        "{ \"extends\": \"./snell.jsonc\" }",
    )
    .expect("a file");
    let output = snell(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("a.json:1:14"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("snell.jsonc -> a.json -> snell.jsonc"),
        "{}",
        stderr(&output)
    );
}

/// The rules that find something, with the number of suppressed findings.
fn found(folder: &TempDir, more: &[&str]) -> (Vec<String>, u64) {
    let arguments = [&["check", "-f", "json", "--exit-zero"], more].concat();
    let report = json(&stdout(&snell(folder.path(), &arguments)));
    let findings = report["findings"].as_array().expect("a list");
    let rules = findings
        .iter()
        .map(|one| one["rule"].as_str().expect("a rule").to_owned());
    (
        rules.collect(),
        report["summary"]["suppressed"].as_u64().expect("a number"),
    )
}

#[test]
fn an_accepted_finding_counts_again_behind_its_last_day() {
    let config = |until: &str| {
        format!(
            r#"{{ "ignore": [{{ "rule": "schema/money-type", "target": "model:User", "reason": "old", "until": "{until}" }}] }}"#
        )
    };
    let only = ["--only", "schema/money-type"];
    let of = |until: &str| found(&with(&config(until)), &only);
    assert_eq!(of("2999-01-01"), (vec![], 1));
    assert_eq!(of("2020-01-01"), (vec!["schema/money-type".to_owned()], 0));
}

#[test]
fn reasons_are_required_unless_the_configuration_says_otherwise() {
    let schema = SCHEMA.replace("  price", "  // snell-ignore schema/money-type\n  price");
    let of = |config: &str| {
        let folder = with(config);
        fs::write(folder.path().join("apps/api/prisma/schema.prisma"), &schema).expect("a file");
        found(&folder, &["--only", "maintainability,schema/money-type"])
    };
    let (rules, suppressed) = of("{}");
    assert_eq!(suppressed, 1);
    assert_eq!(rules, ["maintainability/ignore-without-reason"]);
    assert_eq!(
        of(r#"{ "suppressions": { "requireReason": false } }"#),
        (vec![], 1)
    );
}

#[test]
fn comments_silence_in_every_language() {
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("snell.jsonc", r#"{ "migrationsAfter": "1_init" }"#),
        (
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel User {\n  id Int @id\n  name String\n  price Decimal @db.Money // snell-ignore schema/money-type: of a bank\n}\n",
        ),
        (
            "prisma/migrations/1_init/migration.sql",
            "CREATE TABLE \"User\" (\"id\" INTEGER NOT NULL, \"name\" TEXT NOT NULL, \"old\" TEXT, \"price\" MONEY NOT NULL, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));\n",
        ),
        (
            "prisma/migrations/2_drop/migration.sql",
            "-- snell-ignore migration/drop-column -- nothing reads it\nALTER TABLE \"User\" DROP COLUMN \"old\";\n",
        ),
        (
            "src/a.ts",
            "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n// snell-ignore raw-sql/select-star, raw-sql/unknwon: all of it is shown\nexport const all = () => prisma.$queryRaw`SELECT * FROM \"User\"`;\n",
        ),
    ]);
    let rules = "schema/money-type,migration/drop-column,raw-sql/select-star,maintainability/unknown-ignore,maintainability/unused-ignore";
    let (told, suppressed) = found(&folder, &["--only", rules]);
    assert_eq!(told, ["maintainability/unknown-ignore"]);
    assert_eq!(suppressed, 3);
    let (told, suppressed) = found(&folder, &["--only", rules, "--no-ignores"]);
    assert_eq!((told.len(), suppressed), (4, 0), "{told:?}");
    let (told, _) = found(&folder, &["--only", rules, "--show-suppressed"]);
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn what_means_nothing_is_refused() {
    for wrong in [
        r#"{ "preset": "most" }"#,
        r#"{ "rules": { "query/n-plus-on": "off" } }"#,
        r#"{ "rules": { "query/n-plus-one": ["low", {}] } }"#,
        r#"{ "overrides": [{ "skip": [] }] }"#,
        r#"{ "ignore": [{ "target": "model:User" }] }"#,
        r#"{ "ignore": [{ "rule": "schema/*" }] }"#,
        r#"{ "ignore": [{ "rule": "a/b", "until": "soon" }] }"#,
        r#"{ "conventions": { "tables": "sNaKe" } }"#,
        r#"{ "audit": { "outputs": "x" } }"#,
    ] {
        let output = snell(with(wrong).path(), &["doctor", "--print-config"]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn a_name_that_leads_nowhere_judges_nothing() {
    for (config, message, nearest) in [
        (
            r#"{ "isolation": { "userModel": "Usr" } }"#,
            "snell.jsonc:1:31: no model is called `Usr`",
            "did you mean `User`?",
        ),
        (
            r#"{ "isolation": { "ownerKeys": ["id", "prise"] } }"#,
            "no field is called `prise`",
            "did you mean `price`?",
        ),
        (
            r#"{ "isolation": { "globalModels": ["Uzer"] } }"#,
            "no model is called `Uzer`",
            "did you mean `User`?",
        ),
        (
            r#"{ "roles": { "message": ["Usr"] } }"#,
            "no model is called `Usr`",
            "did you mean `User`?",
        ),
        (
            r#"{ "migrations": "apps/api/prisma/migration" }"#,
            "`migrations`: nothing is at `apps/api/prisma/migration`",
            "did you mean `apps/api/prisma/migrations`?",
        ),
        (
            r#"{ "migrationsAfter": "20250101000000_inti" }"#,
            "no migration is called `20250101000000_inti`",
            "did you mean `20250101000000_init`?",
        ),
        (
            r#"{ "baseline": "quality/known.json" }"#,
            "snell.jsonc:1:15: no baseline is at `quality/known.json`",
            "snell baseline create",
        ),
    ] {
        let folder = with(config);
        let migration = folder
            .path()
            .join("apps/api/prisma/migrations/20250101000000_init/migration.sql");
        fs::create_dir_all(migration.parent().expect("a folder")).expect("a folder");
        fs::write(
            &migration,
            "CREATE TABLE \"User\" (\"id\" INTEGER NOT NULL, \"price\" MONEY NOT NULL, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));\n",
        )
        .expect("a file");
        let output = snell(folder.path(), &["check", "--exit-zero"]);
        assert_eq!(output.status.code(), Some(2), "{config}: {output:?}");
        let said = stderr(&output);
        assert!(
            said.contains(message) && said.contains(nearest),
            "{config}: {said}"
        );
    }
    // What several workspaces share may name what is elsewhere.
    let folder = with(r#"{ "extends": "./shared.json" }"#);
    fs::write(
        folder.path().join("shared.json"),
        r#"{ "isolation": { "globalModels": ["Country"] } }"#,
    )
    .expect("a file");
    let output = snell(folder.path(), &["check", "--exit-zero"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}
