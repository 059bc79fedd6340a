//! The questions that an audit must answer, with what came of each.

use snell_correlate::{
    audit_map::{self, Table},
    matches,
};
use snell_report::{
    Report,
    audit::{
        AuditFinding,
        tables::{Life, Outcome, Point},
    },
};

/// What there must be for a question to have a subject.
pub(super) struct Subjects<'a> {
    /// The lives of models, with what they play.
    pub(super) lives: &'a [Life],
    /// Whether a column holds vectors.
    pub(super) vectors: bool,
    /// Whether there are migrations.
    pub(super) migrations: bool,
    /// Whether there are raw queries.
    pub(super) raw: bool,
    /// Whether somebody owns rows.
    pub(super) owners: bool,
    /// Whether a seed fills a new database.
    pub(super) seeds: bool,
}

/// All questions, in order.
pub(super) fn points(
    report: &Report,
    findings: &[AuditFinding],
    subjects: &Subjects<'_>,
) -> Vec<Point> {
    audit_map::points()
        .map(|point| {
            let own = report.findings.iter().zip(findings);
            let about: Vec<String> = own
                .filter(|(finding, _)| finding.is_active())
                .filter(|(finding, more)| {
                    let also = more.also.iter().map(String::as_str);
                    let mut names = also.chain([finding.diagnostic.rule.name]);
                    names.any(|name| point.rules.iter().any(|rule| matches(rule, name)))
                })
                .filter(|(finding, more)| {
                    let name = finding.diagnostic.rule.name;
                    is_about(point.number, name, &more.id, subjects.lives)
                })
                .map(|(_, more)| more.id.clone())
                .collect();
            Point {
                outcome: outcome(point, &about, subjects),
                number: point.number.to_owned(),
                asks: point.asks.to_owned(),
                rules: owned(point.rules),
                tables: point
                    .tables
                    .iter()
                    .map(|table| table.title().to_owned())
                    .collect(),
                findings: about,
                beside: point.beside.to_owned(),
            }
        })
        .collect()
}

/// Whether a finding is about what a question of the domain asks for: rules that judge every
/// model speak of those only that play the part.
fn is_about(number: &str, rule: &str, id: &str, lives: &[Life]) -> bool {
    let parts = [
        ("10.1", "session"),
        ("10.2", "message"),
        ("10.3", "agent"),
        ("10.4", "translation"),
        ("10.5", "credential"),
    ];
    // Whether rows agree on their owner is asked of all that hang together.
    let part = parts
        .iter()
        .find(|(head, _)| number.starts_with(head) && number != "10.3c");
    let Some((_, part)) = part else {
        return true;
    };
    let everywhere = rule.starts_with("integrity/") || rule.starts_with("consistency/");
    let mut playing = lives
        .iter()
        .filter(|life| life.parts.iter().any(|(name, _)| name == part));
    !everywhere || playing.any(|life| life.findings.iter().any(|one| one == id))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn outcome(point: &audit_map::Point, about: &[String], subjects: &Subjects<'_>) -> Outcome {
    if !about.is_empty() {
        return Outcome::Findings;
    }
    if let Some(what) = missing(point, subjects) {
        return Outcome::Without(what);
    }
    match (point.rules.is_empty(), point.tables.is_empty()) {
        (_, false) => Outcome::Shown,
        (false, true) => Outcome::Nothing,
        (true, true) => Outcome::NotJudged,
    }
}

/// What a question is about that is not here.
fn missing(point: &audit_map::Point, subjects: &Subjects<'_>) -> Option<&'static str> {
    let plays = |part: &str| {
        let lives = subjects.lives.iter();
        lives
            .flat_map(|life| &life.parts)
            .any(|(name, _)| name == part)
    };
    let number = point.number;
    let about = |prefix: &str| {
        number
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_alphabetic))
    };
    let without = |there: bool, what: &'static str| (!there).then_some(what);
    if about("3.5") || about("6.1") || about("6.2") || about("8.6") {
        return without(subjects.vectors, "no column holds vectors");
    }
    if about("6.3") || about("6.4") {
        return without(plays("memory"), "no model holds memories");
    }
    if about("10.1") {
        return without(plays("session"), "no model is a conversation");
    }
    if about("10.2") {
        return without(plays("message"), "no model holds messages");
    }
    if about("10.3") {
        return without(plays("agent"), "no model is an agent");
    }
    if about("10.4") {
        return without(plays("translation"), "no model holds translations");
    }
    if about("10.5") {
        return without(plays("credential"), "no model holds credentials");
    }
    if about("5.7") {
        return without(subjects.raw, "there are no raw queries");
    }
    if about("4.1") || about("4.3") {
        return without(subjects.owners, "no model is an owner of rows");
    }
    let of_seeds = point.tables.contains(&Table::SeedCoverage)
        || !point.rules.is_empty()
            && point
                .rules
                .iter()
                .all(|rule| rule.starts_with("seed-data/"));
    if of_seeds && number != "7.1" {
        return without(subjects.seeds, "there is no seed");
    }
    let of_migrations = point.tables.contains(&Table::Migrations)
        || point
            .rules
            .iter()
            .all(|rule| rule.starts_with("migration/"))
            && !point.rules.is_empty();
    match of_migrations {
        true => without(subjects.migrations, "there are no migrations"),
        false => None,
    }
}
