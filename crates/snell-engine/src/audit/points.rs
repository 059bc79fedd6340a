//! The questions that an audit must answer, with what came of each.

use snell_correlate::{
    audit_map::{self, Table},
    matches,
};
use snell_report::{
    Finding, Report,
    audit::{
        AuditFinding, Model,
        tables::{Life, Outcome, Point},
    },
};
use snell_source::Diagnostic;

use super::named::names;

/// What there must be for a question to have a subject.
pub(super) struct Subjects<'a> {
    /// The lives of models, with what they play.
    pub(super) lives: &'a [Life],
    /// The models, with their tables.
    pub(super) models: &'a [Model],
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
                .filter(|(finding, _)| is_about(point.number, finding, subjects))
                .map(|(_, more)| more.id.clone())
                .collect();
            Point {
                outcome: outcome(point, &about, subjects),
                number: point.number.to_owned(),
                asks: point.asks.to_owned(),
                rules: owned(point.rules),
                tables: {
                    let mut parts: Vec<String> = Vec::new();
                    for table in point.tables {
                        let part = table.section().to_owned();
                        if !parts.contains(&part) {
                            parts.push(part);
                        }
                    }
                    parts
                },
                findings: about,
                about: playing(point.number, subjects),
                beside: point.beside.to_owned(),
            }
        })
        .collect()
}

/// The questions about models of one part, and the part.
const OF_PARTS: [(&str, &str, &str); 24] = [
    ("2.4a", "session", "no model is a conversation"),
    ("3.3a", "message", "no model holds messages"),
    ("3.3b", "session", "no model is a conversation"),
    ("3.3c", "session", "no model is a conversation"),
    ("3.4a", "message", "no model holds messages"),
    ("3.4b", "memory", "no model holds memories"),
    ("5.2a", "message", "no model holds messages"),
    ("6.3", "memory", "no model holds memories"),
    ("6.4", "memory", "no model holds memories"),
    ("8.1a", "message", "no model holds messages"),
    ("8.1b", "memory", "no model holds memories"),
    ("8.2a", "message", "no model holds messages"),
    ("8.2b", "memory", "no model holds memories"),
    ("8.4a", "message", "no model holds messages"),
    ("8.4b", "session", "no model is a conversation"),
    ("8.4c", "memory", "no model holds memories"),
    ("9.3a", "message", "no model holds messages"),
    ("9.3b", "agent", "no model is an agent"),
    ("9.3c", "session", "no model is a conversation"),
    ("10.1", "session", "no model is a conversation"),
    ("10.2", "message", "no model holds messages"),
    ("10.3", "agent", "no model is an agent"),
    ("10.4", "translation", "no model holds translations"),
    ("10.5", "credential", "no model holds credentials"),
];

/// The part that a question is about, and what is said where no model plays it.
fn part(number: &str) -> Option<(&'static str, &'static str)> {
    let of = |head: &&(&str, &str, &str)| {
        let rest = number.strip_prefix(head.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_alphabetic))
    };
    OF_PARTS
        .iter()
        .find(of)
        .map(|(_, part, none)| (*part, *none))
}

/// The models that play the part which a question is about.
fn playing(number: &str, subjects: &Subjects<'_>) -> Vec<String> {
    let Some((part, _)) = part(number) else {
        return Vec::new();
    };
    let lives = subjects.lives.iter();
    lives
        .filter(|life| life.parts.iter().any(|(name, _)| name == part))
        .map(|life| life.model.clone())
        .collect()
}

/// Whether a finding is about what a question asks for: rules that judge every model speak of
/// those only that play its part. Rules of the domain and of secrets know their models.
fn is_about(number: &str, finding: &Finding, subjects: &Subjects<'_>) -> bool {
    let rule = finding.diagnostic.rule.name;
    let knows = rule.starts_with("domain/") || rule.starts_with("security/");
    // Whether rows agree on their owner is asked of all that hang together.
    let Some((part, _)) = part(number).filter(|_| !knows && number != "10.3c") else {
        return true;
    };
    let playing = subjects.lives.iter();
    let mut playing = playing.filter(|life| life.parts.iter().any(|(name, _)| name == part));
    playing.any(|life| {
        let table = subjects
            .models
            .iter()
            .find(|model| model.name == life.model);
        let table = table.map_or("", |model| model.table.as_str());
        let mut parts = finding.parts().iter();
        parts.any(|one| speaks_of(one, &life.model, table))
    })
}

/// Whether a finding is about a model: its subject names it, or the call of which it speaks
/// (`query:Agents.list agent.findMany`); of statements, the message does.
fn speaks_of(diagnostic: &Diagnostic, model: &str, table: &str) -> bool {
    let (models, _) = names(&diagnostic.subject);
    let calls = diagnostic.subject.split_whitespace();
    let calls = calls.filter_map(|word| word.split_once('.').map(|(model, _)| model));
    let is_model = |name: &str| name.eq_ignore_ascii_case(model);
    if models.iter().any(|name| is_model(name)) || calls.into_iter().any(is_model) {
        return true;
    }
    let mut spans = diagnostic.message.split('`').skip(1).step_by(2);
    models.is_empty()
        && diagnostic.subject.starts_with("raw:")
        && spans.any(|span| {
            let head = span.split('.').next().unwrap_or(span);
            is_model(head) || head == table
        })
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
    if let Some((part, none)) = part(number) {
        return without(plays(part), none);
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

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn questions_ask_for_the_models_of_a_part() {
        assert_eq!(part("8.4a").map(|(part, _)| part), Some("message"));
        assert_eq!(part("10.1").map(|(part, _)| part), Some("session"));
        assert_eq!(part("10.1b").map(|(part, _)| part), Some("session"));
        assert_eq!(part("10.10"), None);
        assert_eq!(part("8.4"), None);
    }
}
