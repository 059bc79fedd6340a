//! Part 1: what matters, on one page.

use snell_source::{Confidence, Severity, Sources};

use super::{
    super::{
        Area, Audit,
        tables::{Outcome, Verdict},
    },
    text::{Document, code, count, escaped, prose, share},
};
use crate::{Finding, render::place::Place, trace::Spot, visible};

/// How many findings are to be mended first.
const FIRST: usize = 7;

pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources) {
    let report = &audit.report;
    let counts = &report.counts;
    out.heading(
        1,
        &format!("Database audit: {}", escaped(&report.workspace)),
    );
    out.line(&format!(
        "> snell {}. Static analysis of {}, {}, {} of Prisma's client and {} in {}. Nothing was run, and no database was asked.",
        report.tool.version,
        count(counts.models, "model"),
        count(counts.migrations, "migration"),
        count(counts.client_calls, "call"),
        count(counts.raw_queries, "raw query"),
        count(counts.files, "file"),
    ));
    out.heading(2, "1. Executive summary");
    health(out, audit);
    fix_first(out, audit, sources);
    changes(out, audit);
    patterns(out, audit);
    sound(out, audit);
    blind(out, audit);
}

/// What most parts have in common, and what departs from it.
fn patterns(out: &mut Document, audit: &Audit) {
    out.heading(3, "Patterns and departures");
    let rows: Vec<Vec<String>> = audit
        .conventions
        .iter()
        .map(|one| {
            const SHOWN: usize = 3;
            let mut others: Vec<String> = one
                .departures
                .iter()
                .take(SHOWN)
                .map(|(name, is, at)| {
                    let has = match is.is_empty() {
                        true => String::new(),
                        false => format!(" ({})", prose(is)),
                    };
                    format!("{}{has} {}", code(name), out.at(at))
                })
                .collect();
            if one.departures.len() > SHOWN {
                others.push(format!("{} more", one.departures.len() - SHOWN));
            }
            let declared = if one.declared { " (configured)" } else { "" };
            vec![
                about(&one.about).to_owned(),
                format!("{}{declared}", prose(&one.is)),
                format!("{} of {} ({})", one.holds, one.of, share(one.holds, one.of)),
                if others.is_empty() {
                    "none".to_owned()
                } else {
                    others.join(", ")
                },
            ]
        })
        .collect();
    if rows.is_empty() {
        out.paragraph("No convention is kept by most parts.");
        return;
    }
    out.table(&["Pattern", "Established", "Share", "Departures"], &rows);
}

/// What a convention is about, for readers.
fn about(name: &str) -> &str {
    match name {
        "models" => "names of models",
        "fields" => "names of fields",
        "enums" => "names of enums",
        "enumValues" => "values of enums",
        "tables" => "names of tables",
        "enumTypes" => "names of enum types in the database",
        "columns" => "names of columns",
        "keys" => "primary keys",
        "ownerColumn" => "the owner's column",
        "createdAt" => "the time at which a row was made",
        "updatedAt" => "the time at which a row was changed",
        "client" => "the way to Prisma's client",
        "errors" => "where Prisma's errors are told apart",
        "isolation" => "what keeps the rows of owners apart",
        "vectors" => "how vectors are stored",
        other => other,
    }
}

/// What changed since the audit that this one is compared with.
fn changes(out: &mut Document, audit: &Audit) {
    let Some(changes) = &audit.changes else {
        return;
    };
    out.heading(3, "Since the last audit");
    let mut rows = Vec::new();
    for entry in &changes.new {
        rows.push(vec![
            "new".to_owned(),
            link(&entry.id),
            entry.severity.as_str().to_owned(),
            prose(&entry.message),
        ]);
    }
    for (then, now) in &changes.changed {
        rows.push(vec![
            "changed".to_owned(),
            link(&now.id),
            format!("{}, was {}", now.severity.as_str(), then.severity.as_str()),
            prose(&now.message),
        ]);
    }
    for entry in &changes.gone {
        rows.push(vec![
            "gone".to_owned(),
            escaped(&entry.id),
            entry.severity.as_str().to_owned(),
            prose(&entry.message),
        ]);
    }
    if rows.is_empty() {
        out.paragraph("Nothing changed.");
    }
    out.long_table("changes", &["", "Finding", "Severity", "What"], &rows);
}

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

/// A link to a finding of this document.
pub(super) fn link(id: &str) -> String {
    format!("[{id}](#{})", id.to_lowercase())
}

fn health(out: &mut Document, audit: &Audit) {
    let mut rows = Vec::new();
    let mut total = [0usize; 5];
    for area in Area::ALL {
        let mut counts = [0usize; 5];
        for (n, finding) in active(audit) {
            if audit.findings[n].area == area {
                let column = Severity::WORST_FIRST
                    .iter()
                    .position(|severity| *severity == finding.diagnostic.severity);
                counts[column.unwrap_or(4)] += 1;
            }
        }
        let mut row = vec![area.title().to_owned()];
        for (n, count) in counts.into_iter().enumerate() {
            total[n] += count;
            row.push(number(count));
        }
        rows.push(row);
    }
    let mut row = vec!["**All**".to_owned()];
    row.extend(
        total
            .into_iter()
            .map(|count| format!("**{}**", number(count))),
    );
    rows.push(row);
    out.table(
        &[
            "Area",
            "# Critical",
            "# High",
            "# Medium",
            "# Low",
            "# Info",
        ],
        &rows,
    );
    let past = past(audit).count();
    if past > 0 {
        out.paragraph(&format!(
            "Beside these, {} tell what migrations that have run did when they ran ([2.7](#27-migrations-and-seed-data)): nothing of that is left to mend, and they count nowhere else.",
            count(past, "finding")
        ));
    }
}

/// A zero is easier to overlook than a number.
fn number(count: usize) -> String {
    match count {
        0 => "–".to_owned(),
        count => count.to_string(),
    }
}

/// Findings of medium severity or above, those to mend first at the head.
fn worst<'a>(audit: &'a Audit, sources: &Sources) -> Vec<(usize, &'a Finding)> {
    let mut worst: Vec<(usize, &Finding)> = active(audit)
        .filter(|(_, finding)| finding.diagnostic.severity >= Severity::Medium)
        .collect();
    worst.sort_by_key(|(n, finding)| {
        let diagnostic = &finding.diagnostic;
        (
            std::cmp::Reverse((diagnostic.severity, diagnostic.confidence)),
            audit.findings[*n].phase,
            spot(sources, finding),
        )
    });
    worst
}

/// The three findings to mend first, fit for a terminal: number, message, place.
#[must_use]
pub fn first(audit: &Audit, sources: &Sources) -> Vec<(String, String, String)> {
    const SAID: usize = 3;
    let worst = worst(audit, sources).into_iter().take(SAID);
    worst
        .map(|(n, finding)| {
            let at = spot(sources, finding);
            (
                audit.findings[n].id.clone(),
                visible::line(&finding.diagnostic.message).into_owned(),
                visible::line(&format!("{}:{}", at.file, at.line)).into_owned(),
            )
        })
        .collect()
}

fn fix_first(out: &mut Document, audit: &Audit, sources: &Sources) {
    let worst = worst(audit, sources);
    out.heading(3, "Fix first");
    if worst.is_empty() {
        out.paragraph("Nothing of medium severity or above was found.");
        return;
    }
    let rows: Vec<Vec<String>> = worst
        .iter()
        .take(FIRST)
        .map(|(n, finding)| {
            let diagnostic = &finding.diagnostic;
            vec![
                link(&audit.findings[*n].id),
                diagnostic.severity.as_str().to_owned(),
                prose(&diagnostic.message),
                out.at(&spot(sources, finding)),
            ]
        })
        .collect();
    out.table(&["Finding", "Severity", "What", "Where"], &rows);
    if worst.len() > FIRST {
        out.paragraph(&format!(
            "{} more of medium severity or above are in [part 2](#2-findings); [part 8](#8-refactoring-plan) says in which order.",
            worst.len() - FIRST
        ));
    }
}

/// What was looked at and is as it should be.
fn sound(out: &mut Document, audit: &Audit) {
    let mut sound = Vec::new();
    let has = |prefix: &str| active(audit).any(|(_, f)| f.diagnostic.rule.name.starts_with(prefix));
    let counts = &audit.report.counts;
    if !audit.migrations.is_empty() && audit.migrations.iter().all(|m| m.failure.is_none()) {
        sound.push(format!(
            "All {} run on an empty database, one after the other.",
            count(audit.migrations.len(), "migration")
        ));
    }
    if !audit.migrations.is_empty() && !audit.drift.iter().any(|drift| drift.managed) {
        sound.push(
            "The database that the migrations build is the one that the schema describes."
                .to_owned(),
        );
    }
    if counts.raw_queries > 0 && !has("raw-sql/unparameterized") && !has("raw-sql/prisma-raw") {
        sound.push(format!(
            "Values reach all {} as parameters ([5.6](#56-raw-queries)).",
            count(counts.raw_queries, "raw query")
        ));
    }
    sound.extend(encrypted(out, audit));
    let keys = audit.relations.len();
    let explicit = audit.relations.iter().filter(|key| key.explicit).count();
    if keys > 0 && explicit == keys {
        sound.push(format!(
            "Each of the {} says what the deletion of the other row does ([3.3](#33-relationships)).",
            count(keys, "foreign key")
        ));
    }
    if keys > 0 && audit.relations.iter().all(|key| key.indexed) {
        sound.push("Every foreign key has an index ([part 4](#4-index-analysis)).".to_owned());
    }
    if counts.owned_queries > 0 && !has("isolation/") {
        sound.push(format!(
            "No query on rows that somebody owns was found to reach those of others ({} looked at, {} undecided).",
            counts.owned_queries, counts.undecided_queries
        ));
    }
    let scoped = scoped(audit);
    if scoped.0 > 0 {
        sound.push(format!(
            "{} of {} from requests to rows that somebody owns ({}) are scoped to who asks, checked, or for administrators alone ([7.1](#71-isolation-matrix)).",
            scoped.0,
            count(scoped.1, "way"),
            share(scoped.0, scoped.1)
        ));
    }
    if audit
        .points
        .iter()
        .any(|point| point.outcome == Outcome::Nothing)
    {
        let clear = audit
            .points
            .iter()
            .filter(|point| point.outcome == Outcome::Nothing);
        sound.push(format!(
            "{} of {} of an audit were judged without a finding ([appendix D](#d-the-points-of-the-audit)).",
            clear.count(),
            count(audit.points.len(), "point")
        ));
    }
    out.heading(3, "What is sound");
    if sound.is_empty() {
        out.paragraph("Nothing was found sound as a whole.");
        return;
    }
    for line in sound {
        out.line(&format!("- {line}"));
    }
    out.blank();
}

/// Columns that are encrypted as they should be, with the lines that show it.
fn encrypted(out: &Document, audit: &Audit) -> Vec<String> {
    let mut found = Vec::new();
    for column in &audit.secrets {
        if column.verdict == Verdict::Sound {
            let places: Vec<String> = [&column.algorithm, &column.vector, &column.key]
                .into_iter()
                .flatten()
                .map(|(words, at)| format!("{} {}", prose(words), out.at(at)))
                .collect();
            found.push(format!(
                "{} is encrypted with a cipher that notices changes: {}; its tag is taken and checked ({}).",
                code(&format!("{}.{}", column.model, column.field)),
                places.join(", "),
                out.places(&column.tag, 2)
            ));
        }
    }
    found
}

/// Ways to owned rows that are sound, of all.
fn scoped(audit: &Audit) -> (usize, usize) {
    let owned = audit.queries.iter().filter(|query| query.owned);
    let ways: Vec<&str> = owned
        .flat_map(|query| query.ways.iter().map(|way| way.verdict.as_str()))
        .collect();
    let sound = ways.iter().filter(|verdict| {
        matches!(
            **verdict,
            "Scoped" | "ScopedByParent" | "CheckedBefore" | "CheckedAfter" | "Admin"
        )
    });
    (sound.count(), ways.len())
}

/// What was not judged.
fn blind(out: &mut Document, audit: &Audit) {
    let counts = &audit.report.counts;
    out.heading(3, "What could not be judged");
    let mut lines = Vec::new();
    if counts.undecided_queries > 0 {
        lines.push(format!(
            "Of {} on rows that somebody owns, {} could not be decided ({}): [appendix E](#e-questions-for-a-person).",
            count(counts.owned_queries, "query"),
            counts.undecided_queries,
            share(counts.undecided_queries, counts.owned_queries)
        ));
    }
    let partial = audit.raw.iter().filter(|raw| !raw.whole).count();
    if partial > 0 {
        lines.push(format!(
            "The text of {} is known in part only.",
            count(partial, "raw query")
        ));
    }
    let unsure = active(audit).filter(|(_, f)| f.diagnostic.confidence == Confidence::Possible);
    let unsure = unsure.count();
    if unsure > 0 {
        lines.push(format!(
            "{} rest on indirect evidence: they say {}.",
            count(unsure, "finding"),
            code("possible")
        ));
    }
    let open = audit
        .points
        .iter()
        .filter(|point| point.outcome == Outcome::NotJudged);
    let open = open.count();
    if open > 0 {
        lines.push(format!(
            "{} cannot be decided from files: [appendix D](#d-the-points-of-the-audit) says why.",
            count(open, "point")
        ));
    }
    if !audit.report.notices.is_empty() {
        lines.push(format!(
            "{} about files and limits are in [appendix A](#a-coverage).",
            count(audit.report.notices.len(), "remark")
        ));
    }
    if lines.is_empty() {
        out.paragraph("Everything that was read could be judged.");
        return;
    }
    for line in lines {
        out.line(&format!("- {line}"));
    }
    out.blank();
}
