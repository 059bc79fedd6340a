//! What a check tells when nobody says how mild findings may be.

mod support;

use support::door::{report, snell, stdout, workspace};
use tempfile::TempDir;

/// A comment that lists values (mild by evidence), a padded text (a mild rule), an index too many (mild, and mended without
/// thinking).
const MILD: &str = "datasource db {
  provider = \"postgresql\"
}

model Ticket {
  id       Int    @id
  /// open | closed
  status   String
  code     String @db.Char(8)
  room     Int
  position Int

  @@index([room])
  @@index([room, position])
}
";

fn folder(schema: &str, config: &str) -> TempDir {
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("snell.jsonc", config),
        ("prisma/schema.prisma", schema),
    ])
}

/// The rules that speak.
fn rules(folder: &TempDir, more: &[&str]) -> Vec<String> {
    let report = report(folder, more);
    let findings = report["findings"].as_array().expect("a list").iter();
    findings
        .map(|one| one["rule"].as_str().expect("a text").to_owned())
        .collect()
}

const BY_EVIDENCE: &str = "integrity/enum-like-string";
const BY_RULE: &str = "schema/char-type";
const MENDED: &str = "index/redundant";

#[test]
fn mild_findings_are_counted_and_shown_on_demand() {
    let folder = folder(MILD, "{}");
    assert_eq!(rules(&folder, &[]), [MENDED]);
    let text = stdout(&snell(folder.path(), &["check", "--exit-zero"]));
    assert!(
        text.contains("(1 mild left out: `--min-severity low`)"),
        "{text}"
    );
    let hidden = &report(&folder, &[])["summary"]["hidden"];
    assert_eq!(hidden[0]["why"], "mild");
    for asked in [
        &["--min-severity", "low"][..],
        &["--preset", "strict"],
        &["--preset", "all"],
    ] {
        let told = rules(&folder, asked);
        for rule in [BY_EVIDENCE, BY_RULE, MENDED] {
            assert!(
                told.iter().any(|one| one == rule),
                "{asked:?} {rule}: {told:?}"
            );
        }
    }
    assert_eq!(rules(&folder, &["--min-severity", "medium"]), [""; 0]);
}

#[test]
fn a_rule_that_is_named_tells_all() {
    let named = folder(MILD, r#"{ "rules": { "schema/char-type": "low" } }"#);
    assert_eq!(rules(&named, &[]), [BY_RULE, MENDED]);
    let plain = folder(MILD, "{}");
    assert_eq!(rules(&plain, &["--only", BY_EVIDENCE]), [BY_EVIDENCE]);
}

#[test]
fn what_fails_a_run_is_shown() {
    let folder = folder(MILD, "{}");
    let output = snell(
        folder.path(),
        &["check", "--fail-on", "low", "--format", "concise"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains(BY_EVIDENCE), "{}", stdout(&output));
}
