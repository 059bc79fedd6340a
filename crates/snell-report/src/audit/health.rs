//! What matters of an audit, reckoned once for every format: findings by area, what to mend
//! first, what is sound, and what could not be judged.

use std::{cmp::Reverse, collections::BTreeMap};

use snell_source::{Confidence, Severity, Sources};

use super::{
    Area, Audit, Owned,
    standing::Standing,
    tables::{Outcome, Point, SecretColumn, Verdict},
};
use crate::{Finding, render::place::Place, trace::Spot};

/// The findings that count, with their numbers.
pub(super) fn active(audit: &Audit) -> impl Iterator<Item = (usize, &Finding)> {
    let findings = audit.report.findings.iter().enumerate();
    findings.filter(|(n, finding)| finding.is_active() && !audit.findings[*n].past)
}

/// What migrations did when they ran.
pub(super) fn past(audit: &Audit) -> impl Iterator<Item = (usize, &Finding)> {
    let findings = audit.report.findings.iter().enumerate();
    findings.filter(|(n, finding)| finding.is_active() && audit.findings[*n].past)
}

/// Where a finding is.
pub(super) fn spot(sources: &Sources, finding: &Finding) -> Spot {
    let place = Place::of(sources, finding.diagnostic.primary().at);
    Spot {
        file: place.file.to_owned(),
        line: place.line,
    }
}

/// How many findings of each severity there are, the worst first.
pub(super) fn by_severity(found: impl IntoIterator<Item = Severity>) -> [usize; 5] {
    let mut counts = [0; 5];
    for severity in found {
        let place = Severity::WORST_FIRST
            .iter()
            .position(|one| *one == severity);
        counts[place.unwrap_or(4)] += 1;
    }
    counts
}

/// The same for each area.
pub(super) fn by_area(audit: &Audit) -> [(Area, [usize; 5]); 10] {
    Area::ALL.map(|area| {
        let own = active(audit).filter(|(n, _)| audit.findings[*n].area == area);
        (
            area,
            by_severity(own.map(|(_, finding)| finding.diagnostic.severity)),
        )
    })
}

/// Whether no schema is one of PostgreSQL.
pub(super) fn elsewhere(audit: &Audit) -> bool {
    let mut schemas = audit.report.schemas.iter();
    !audit.report.schemas.is_empty() && schemas.all(|schema| !is_postgres(&schema.provider))
}

fn is_postgres(provider: &str) -> bool {
    matches!(provider, "postgresql" | "postgres" | "cockroachdb")
}

/// What stands in a part that holds for PostgreSQL alone, where there is none.
pub(super) const UNJUDGED: &str = "Not judged: the database is no PostgreSQL.";

/// Whether nothing of an area was judged: what its rules say holds for PostgreSQL.
pub(super) fn unjudged(audit: &Audit, area: Area) -> bool {
    let of_database = matches!(
        area,
        Area::Normalization | Area::Integrity | Area::Indexing | Area::VectorSearch
    );
    of_database && elsewhere(audit) && !active(audit).any(|(n, _)| audit.findings[n].area == area)
}

/// The schemas of other databases, in a sentence.
pub(super) fn other_databases(audit: &Audit) -> Option<String> {
    let schemas = audit.report.schemas.iter();
    let others: Vec<String> = schemas
        .filter(|schema| !is_postgres(&schema.provider))
        .map(|schema| format!("`{}` ({})", schema.path, schema.provider))
        .collect();
    (!others.is_empty()).then(|| {
        format!(
            "The database of {} is no PostgreSQL: its tables, constraints, indexes and migrations are listed below and not judged; the code that uses it is.",
            others.join(", ")
        )
    })
}

/// A finding that is to be mended first, and how many others of its rule are as bad.
#[derive(Debug)]
pub(super) struct First<'a> {
    pub(super) number: usize,
    pub(super) finding: &'a Finding,
    pub(super) more: usize,
}

/// What is to be mended first: one finding for each rule, and how many of medium severity or
/// above there are besides.
pub(super) fn first<'a>(audit: &'a Audit, sources: &Sources) -> (Vec<First<'a>>, usize) {
    /// How many rules are told.
    const SHOWN: usize = 10;
    let mut worst: Vec<(usize, &Finding)> = active(audit)
        .filter(|(_, finding)| finding.diagnostic.severity >= Severity::Medium)
        .collect();
    worst.sort_by_cached_key(|(n, finding)| {
        let diagnostic = &finding.diagnostic;
        (
            Reverse(diagnostic.severity),
            harm(diagnostic.rule.name),
            Reverse(diagnostic.confidence),
            audit.findings[*n].phase,
            spot(sources, finding),
        )
    });
    let all = worst.len();
    let mut places: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    let mut found: Vec<First<'_>> = Vec::new();
    for (number, finding) in worst {
        let diagnostic = &finding.diagnostic;
        let rule = (diagnostic.rule.name, diagnostic.severity);
        match places.get(&rule) {
            Some(place) => found[*place].more += 1,
            None => {
                places.insert(rule, found.len());
                found.push(First {
                    number,
                    finding,
                    more: 0,
                });
            }
        }
    }
    found.truncate(SHOWN);
    let told: usize = found.iter().map(|one| 1 + one.more).sum();
    (found, all - told)
}

/// What comes first among findings that are equally bad: rows that strangers reach, then data
/// that is lost or wrong, then what fails, then what is slow.
#[must_use]
pub fn harm(rule: &str) -> usize {
    match rule.split_once('/').map_or(rule, |(category, _)| category) {
        "isolation" | "security" => 0,
        // One request loses or spoils rows.
        "query" if rule.ends_with("-delete") || rule.ends_with("-transaction") => 1,
        "integrity" | "raw-sql" => 1,
        "migration" => 2,
        "consistency" => 3,
        "query" | "index" | "vector" | "scale" => 4,
        _ => 5,
    }
}

/// Whether mending a finding of a rule leaves rows behind that have the old form: they take a job of
/// their own.
#[must_use]
pub fn moves_rows(rule: &str) -> bool {
    matches!(
        rule,
        "security/pii-unencrypted" | "security/plaintext-credential" | "schema/blob-in-table"
    )
}

/// One sentence, with code in backticks, and where more of it is.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) words: String,
    /// The part of the document: `5.6`, `D`.
    pub(super) part: Option<&'static str>,
    /// The lines that show it.
    pub(super) spots: Vec<Spot>,
}

impl Said {
    fn new(words: String, part: Option<&'static str>) -> Self {
        Said {
            words,
            part,
            spots: Vec::new(),
        }
    }
}

/// What was looked at and is as it should be.
pub(super) fn sound(audit: &Audit) -> Vec<Said> {
    let mut said = Vec::new();
    let has = |prefix: &str| active(audit).any(|(_, f)| f.diagnostic.rule.name.starts_with(prefix));
    let counts = &audit.report.counts;
    if !audit.migrations.is_empty() && audit.migrations.iter().all(|m| m.failure.is_none()) {
        let words = match audit.migrations.len() {
            1 => "The migration runs on an empty database.".to_owned(),
            n => format!("All {n} migrations run on an empty database, one after the other."),
        };
        said.push(Said::new(words, Some("2.7")));
    }
    if !audit.migrations.is_empty() && !audit.drift.iter().any(|drift| drift.managed) {
        let words = "The database that the migrations build is the one that the schema describes.";
        said.push(Said::new(words.to_owned(), Some("3.5")));
    }
    if counts.raw_queries > 0 && !has("raw-sql/unparameterized") && !has("raw-sql/prisma-raw") {
        let words = match counts.raw_queries {
            1 => "Values reach the raw query as parameters.".to_owned(),
            n => format!("Values reach all {n} raw queries as parameters."),
        };
        said.push(Said::new(words, Some("5.6")));
    }
    said.extend(audit.secrets.iter().filter_map(encrypted));
    let keys = match elsewhere(audit) {
        true => 0,
        false => audit.relations.len(),
    };
    if keys > 0 && audit.relations.iter().all(|key| key.explicit) {
        let words = match keys {
            1 => "The foreign key says what the deletion of the other row does.".to_owned(),
            n => format!(
                "Each of the {n} foreign keys says what the deletion of the other row does."
            ),
        };
        said.push(Said::new(words, Some("3.3")));
    }
    if keys > 0 && audit.relations.iter().all(|key| key.indexed) {
        let words = "Every foreign key has an index.".to_owned();
        said.push(Said::new(words, Some("4")));
    }
    let ways = ways(audit);
    let of = |one: Standing| ways[one as usize];
    let all: usize = ways.iter().sum();
    // One way that is open, or that nobody could follow, and nothing is sound as a whole.
    let clear = of(Standing::Open) + of(Standing::Undecided) == 0 && !has("isolation/");
    if all > 0 && clear && counts.undecided_queries == 0 {
        let words = match all {
            1 => "The way from a request to rows that somebody owns is scoped to who asks, checked, for administrators alone, or meant for everybody.".to_owned(),
            n => format!("Each of the {n} ways from requests to rows that somebody owns is scoped to who asks, checked, for administrators alone, or meant for everybody."),
        };
        said.push(Said::new(words, Some("7.1")));
    }
    said.extend(asked(audit));
    said
}

/// The questions that were judged and found nothing, by area.
fn asked(audit: &Audit) -> Option<Said> {
    let main = |point: &&Point| point.number.ends_with(|c: char| c.is_ascii_digit());
    let judged = audit.points.iter().filter(main);
    let clear: Vec<&Point> = judged
        .filter(|point| point.outcome == Outcome::Nothing)
        .collect();
    let mut areas: Vec<String> = Vec::new();
    for (n, area) in (1..).zip(Area::ALL) {
        let head = format!("{n}.");
        let own = clear.iter().filter(|one| one.number.starts_with(&head));
        match own.count() {
            0 => {}
            found => areas.push(format!("{} {found}", area.title())),
        }
    }
    if areas.is_empty() {
        return None;
    }
    let words = format!(
        "{} judged and found nothing: {}.",
        match clear.len() {
            1 => "1 question was".to_owned(),
            n => format!("{n} questions were"),
        },
        areas.join(", ")
    );
    Some(Said::new(words, Some("D")))
}

/// A column that is encrypted as it should be, with the lines that show it.
fn encrypted(column: &SecretColumn) -> Option<Said> {
    if column.verdict != Verdict::Sound {
        return None;
    }
    let name = format!("`{}.{}`", column.model, column.field);
    if let Some((by, at)) = &column.hashed {
        let words = format!("{name} holds a digest, made by {by}.");
        return Some(Said {
            spots: vec![at.clone()],
            ..Said::new(words, None)
        });
    }
    let Some((algorithm, at)) = &column.algorithm else {
        let words = format!("{name} is encrypted by the client on its way.");
        return Some(Said::new(words, Some("7.4")));
    };
    let mut words = format!("{name} is encrypted with {algorithm}");
    let mut spots = vec![at.clone()];
    for (head, part) in [
        ("an initialization vector", &column.vector),
        ("a key", &column.key),
    ] {
        if let Some((from, at)) = part {
            let joined = match from.as_str() {
                "the environment" => format!("{head} from the environment"),
                from => format!("{head} that is {from}"),
            };
            words.push_str(&format!(", {joined}"));
            spots.push(at.clone());
        }
    }
    if !column.tag.is_empty() {
        words.push_str("; its tag is taken and checked");
        spots.extend(column.tag.iter().cloned());
    }
    words.push('.');
    spots.sort();
    spots.dedup();
    Some(Said {
        words,
        part: None,
        spots,
    })
}

/// How the ways from endpoints to owned rows stand.
fn ways(audit: &Audit) -> [usize; 6] {
    let mut counts = [0; 6];
    let owned = audit.queries.iter().filter(|query| query.owned);
    for way in owned.flat_map(|query| &query.ways) {
        counts[Standing::of(&way.verdict) as usize] += 1;
    }
    counts
}

/// What was not judged.
pub(super) fn blind(audit: &Audit) -> Vec<Said> {
    let counts = &audit.report.counts;
    let mut said = Vec::new();
    said.extend(unowned(audit));
    if counts.undecided_queries > 0 {
        let words = format!(
            "Of {} on rows that somebody owns, {} could not be decided ({}): they are among the questions.",
            count(counts.owned_queries, "query"),
            counts.undecided_queries,
            share(counts.undecided_queries, counts.owned_queries)
        );
        said.push(Said::new(words, Some("E")));
    }
    let ways = ways(audit);
    let undecided = ways[Standing::Undecided as usize];
    if undecided > 0 {
        let words = format!(
            "Of {} from requests to rows that somebody owns, {undecided} could not be decided: they are for a person to read.",
            count(ways.iter().sum(), "way"),
        );
        said.push(Said::new(words, Some("7.1")));
    }
    let partial = audit.raw.iter().filter(|raw| !raw.whole).count();
    if partial > 0 {
        let part = count(partial, "raw query");
        let words = format!("The text of {part} is known in part only.");
        said.push(Said::new(words, Some("5.6")));
    }
    let unsure = active(audit).filter(|(_, f)| f.diagnostic.confidence == Confidence::Possible);
    match unsure.count() {
        0 => {}
        1 => {
            let words = "1 finding rests on indirect evidence: it says `possible`.".to_owned();
            said.push(Said::new(words, Some("E")));
        }
        n => {
            let words = format!("{n} findings rest on indirect evidence: they say `possible`.");
            said.push(Said::new(words, Some("E")));
        }
    }
    let open = audit.points.iter();
    let open = open.filter(|point| point.outcome == Outcome::NotJudged);
    let open = open.count();
    if open > 0 {
        let words = format!("{} cannot be decided from files.", count(open, "point"));
        said.push(Said::new(words, Some("D")));
    }
    let notices = audit.report.notices.len();
    if notices > 0 {
        let words = format!(
            "{} about files and limits {} under the coverage.",
            count(notices, "remark"),
            if notices == 1 { "stands" } else { "stand" }
        );
        said.push(Said::new(words, Some("A")));
    }
    said
}

/// That it is not known whose rows there are.
pub(super) fn unowned(audit: &Audit) -> Option<Said> {
    let models = audit.models.iter();
    let unknown = models.filter(|model| model.ownership == Owned::NotAnalysed);
    let unknown = unknown.count();
    let words = format!(
        "Whose the rows of {} are was not analysed: no model of those who sign in was found, nor a column that names who asks. `isolation.userModel` and `isolation.ownerKeys` of the configuration name them.",
        count(unknown, "model")
    );
    (unknown > 0).then(|| Said::new(words, None))
}

/// `1 finding`, `3 findings`
pub(super) fn count(n: usize, word: &str) -> String {
    match n {
        1 => format!("1 {word}"),
        n if word.ends_with("ey") || word.ends_with("ay") => format!("{n} {word}s"),
        n if word.ends_with('y') => format!("{n} {}ies", &word[..word.len() - 1]),
        n if word.ends_with('x') || word.ends_with("ch") => format!("{n} {word}es"),
        n => format!("{n} {word}s"),
    }
}

/// `62 %`: rounded down, so that 100 means all.
pub(super) fn share(part: usize, whole: usize) -> String {
    match whole {
        0 => "none".to_owned(),
        whole => format!("{} %", part * 100 / whole),
    }
}

/// Rules about facts that stand in two places.
pub(super) const DENORMALIZED: [&str; 6] = [
    "schema/duplicated-column",
    "schema/transitive-dependency",
    "schema/redundant-owner-column",
    "schema/partial-dependency",
    "schema/repeating-columns",
    "domain/word-translation-duplication",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_plurals() {
        assert_eq!(count(2, "foreign key"), "2 foreign keys");
        assert_eq!(count(2, "raw query"), "2 raw queries");
        assert_eq!(count(2, "index"), "2 indexes");
        assert_eq!(count(1, "search"), "1 search");
        assert_eq!(count(2, "search"), "2 searches");
    }

    #[test]
    fn all_is_a_hundred() {
        assert_eq!(share(199, 200), "99 %");
        assert_eq!(share(200, 200), "100 %");
        assert_eq!(share(0, 0), "none");
    }

    #[test]
    fn rows_of_others_come_before_what_is_slow() {
        assert!(harm("isolation/unverified-owner") < harm("query/n-plus-one"));
        assert!(harm("query/partial-key-delete") < harm("query/n-plus-one"));
    }
}
