//! What a check tells when nobody says how mild findings may be, and what it tells as one.

mod support;

use serde_json::Value;
use support::door::{snell, stdout, workspace};
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

/// Two columns with money that is none.
const PRICES: &str = "datasource db {
  provider = \"postgresql\"
}

model Offer {
  id            Int   @id
  price         Float
  shippingPrice Float
}
";

fn folder(schema: &str, config: &str) -> TempDir {
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("snell.jsonc", config),
        ("prisma/schema.prisma", schema),
    ])
}

fn report(folder: &TempDir, more: &[&str]) -> Value {
    let arguments = [&["check", "--exit-zero", "-f", "json"], more].concat();
    serde_json::from_str(&stdout(&snell(folder.path(), &arguments))).expect("JSON")
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
    assert_eq!(rules(&named, &[]), [MENDED, BY_RULE]);
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

#[test]
fn columns_of_a_model_are_told_as_one() {
    let money = ["--only", "schema/float-for-money"];
    let told = report(&folder(PRICES, "{}"), &money);
    let findings = told["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "{findings:?}");
    let message = findings[0]["message"].as_str().expect("a text");
    assert!(message.ends_with("; likewise `shippingPrice`"), "{message}");
    let lines: Vec<_> = findings[0]["locations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["line"].as_u64())
        .collect();
    assert_eq!(lines, [Some(7), Some(8)]);
}

/// What accepts one of them says nothing of the other.
#[test]
fn each_of_them_is_accepted_by_itself() {
    let one = PRICES.replace(
        "  price ",
        "  // snell-ignore schema/float-for-money: shown, never summed\n  price ",
    );
    let folder = folder(&one, "{}");
    let money = ["--only", "schema/float-for-money"];
    let told = report(&folder, &money);
    let message = told["findings"][0]["message"].as_str().expect("a text");
    assert!(message.starts_with("`Offer.shippingPrice`"), "{message}");
    assert!(!message.contains("likewise"), "{message}");
    assert_eq!(told["summary"]["suppressed"], 1);
}
