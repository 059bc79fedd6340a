//! `snell stats-query` and `--stats` at the door: what a database counts of itself.

mod support;

use support::door::{snell, stderr, stdout, workspace};

const SCHEMA: &str = "datasource db {
  provider = \"postgresql\"
}

model Event {
  id   Int    @id @default(autoincrement())
  name String

  @@index([name])
}
";

const STATISTICS: &str = r#"{
  "snellStatistics": 1, "serverVersion": 160004, "database": "app", "days": 40.5, "passwordEncryption": "md5",
  "tables": [
    { "schema": "public", "name": "Event", "rows": 1200000, "deadRows": 900000, "bytes": 410000000,
      "totalBytes": 610000000, "packedBytes": 110000000, "scans": 9000, "writes": 9000000, "vacuumed": true }
  ],
  "indexes": [
    { "schema": "public", "table": "Event", "name": "Event_name_idx", "scans": 0, "bytes": 44000000, "unique": false, "valid": true }
  ],
  "sequences": [
    { "schema": "public", "name": "Event_id_seq", "tableSchema": "public", "table": "Event", "column": "id",
      "last": 2000000000, "most": 2147483647, "cycles": false }
  ]
}"#;

/// What the database says is asked for by `--stats`, whatever the preset.
#[test]
fn counters_turn_guesses_into_facts() {
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", SCHEMA),
        ("stats.json", STATISTICS),
    ]);
    let quiet = snell(folder.path(), &["check", "--format", "concise"]);
    assert!(!stdout(&quiet).contains("scale/"), "{}", stdout(&quiet));
    let output = snell(
        folder.path(),
        &["check", "--format", "concise", "--stats", "stats.json"],
    );
    let text = stdout(&output);
    for rule in [
        "index/unused",
        "scale/bloat",
        "scale/sequence-overflow",
        "security/password-encryption",
    ] {
        assert!(text.contains(rule), "{rule}\n{text}{}", stderr(&output));
    }
    assert!(!text.contains("scale/unused-table"), "{text}");
    assert_eq!(output.status.code(), Some(1), "the sequence ends soon");
}

#[test]
fn the_configuration_can_turn_them_off() {
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        (
            "snell.jsonc",
            "{ \"rules\": { \"scale/sequence-overflow\": \"off\" } }",
        ),
        ("prisma/schema.prisma", SCHEMA),
        ("stats.json", STATISTICS),
    ]);
    let output = snell(
        folder.path(),
        &["check", "--format", "concise", "--stats", "stats.json"],
    );
    let text = stdout(&output);
    assert!(!text.contains("scale/sequence-overflow"), "{text}");
    assert!(text.contains("scale/bloat"), "{text}");
}

#[test]
fn a_file_without_statistics_is_refused() {
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", SCHEMA),
        ("stats.json", "{ \"tables\": [] }"),
    ]);
    for file in ["stats.json", "missing.json"] {
        let output = snell(folder.path(), &["check", "--stats", file]);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(
            said.contains(&format!("{file} holds no statistics")),
            "{said}"
        );
        assert!(said.contains("snell stats-query"), "{said}");
    }
}

#[test]
fn the_script_reads_catalogs_alone() {
    let folder = workspace(&[]);
    let output = snell(folder.path(), &["stats-query"]);
    assert!(output.status.success());
    let script = stdout(&output);
    let statements = script
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(statements.matches(';').count(), 1, "{statements}");
    assert!(statements.trim_start().starts_with("SELECT "));
    for word in ["INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP"] {
        assert!(!statements.contains(word), "{word}\n{statements}");
    }
}
