//! Part 1: what matters, on one page.

use snell_source::Sources;

use super::{
    super::{
        Audit,
        health::{self, Said, past, spot},
        patterns,
        tables::Convention,
    },
    text::{Document, code, count, escaped, prose},
};
use crate::visible;

pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources) {
    let report = &audit.report;
    let counts = &report.counts;
    out.heading(
        1,
        &format!("Database audit: {}", escaped(&report.workspace)),
    );
    out.line(&format!(
        "> snell {}. Static analysis of {}, {}{} of Prisma's client and {} in {}. Nothing was run, and no database was asked.",
        report.tool.version,
        count(counts.models, "model"),
        match health::elsewhere(audit) {
            // They are not PostgreSQL's, and were not read.
            true => String::new(),
            false => format!("{}, ", count(counts.migrations, "migration")),
        },
        count(counts.client_calls, "call"),
        count(counts.raw_queries, "raw query"),
        count(counts.files, "file"),
    ));
    if let Some(words) = health::other_databases(audit) {
        out.paragraph(&format!("**{}**", prose(&words)));
    }
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
    let all = patterns::patterns(audit);
    if all.is_empty() {
        out.paragraph("No convention is kept by most parts.");
        return;
    }
    let (kept, departed): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|(one, against)| one.departures.is_empty() && against.is_empty());
    let rows: Vec<Vec<String>> = departed
        .into_iter()
        .map(|(one, against)| departures(out, audit, one, &against))
        .collect();
    out.table(&["Pattern", "Established", "Share", "Departures"], &rows);
    if kept.is_empty() {
        return;
    }
    let kept: Vec<String> = kept
        .into_iter()
        .map(|(one, _)| {
            let declared = if one.declared { ", configured" } else { "" };
            format!(
                "{}: {} (all {}{declared})",
                patterns::pattern(&one.about),
                prose(&one.is),
                one.of
            )
        })
        .collect();
    out.paragraph(&format!("Kept without a departure: {}.", kept.join("; ")));
}

fn departures(out: &Document, audit: &Audit, one: &Convention, against: &[usize]) -> Vec<String> {
    const SHOWN: usize = 3;
    const LINKS: usize = 6;
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
    if !against.is_empty() {
        let links: Vec<String> = (against.iter().take(LINKS))
            .map(|n| link(&audit.findings[*n].id))
            .collect();
        let more = match against.len().saturating_sub(LINKS) {
            0 => String::new(),
            more => format!(" {more} more"),
        };
        others.push(format!("{}{more}", links.join(" ")));
    }
    let declared = if one.declared { " (configured)" } else { "" };
    vec![
        patterns::pattern(&one.about).to_owned(),
        format!("{}{declared}", prose(&one.is)),
        patterns::kept_by(one, against),
        others.join(", "),
    ]
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

/// A link to a finding of this document.
pub(super) fn link(id: &str) -> String {
    format!("[{id}](#{})", id.to_lowercase())
}

fn health(out: &mut Document, audit: &Audit) {
    let mut total = [0usize; 5];
    let mut rows: Vec<Vec<String>> = health::by_area(audit)
        .into_iter()
        .map(|(area, counts)| {
            let mut row = vec![area.title().to_owned()];
            let judged = !health::unjudged(audit, area);
            for (all, count) in total.iter_mut().zip(counts) {
                *all += count;
                row.push(match judged {
                    true => number(count),
                    false => "not judged".to_owned(),
                });
            }
            row
        })
        .collect();
    let mut row = vec!["**All**".to_owned()];
    let total = total.into_iter();
    row.extend(total.map(|count| format!("**{}**", number(count))));
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
            "Beside these, {} what migrations of the history do when they run ([2.7](#27-migrations-and-seed-data)): nothing of that is left to mend, and it counts nowhere else.",
            match past {
                1 => "1 finding tells".to_owned(),
                n => format!("{n} findings tell"),
            }
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

/// The three findings to mend first, fit for a terminal: number, message, place.
#[must_use]
pub fn first(audit: &Audit, sources: &Sources) -> Vec<(String, String, String)> {
    const SAID: usize = 3;
    let (first, _) = health::first(audit, sources);
    let first = first.into_iter().take(SAID);
    first
        .map(|one| {
            let at = spot(sources, one.finding);
            (
                audit.findings[one.number].id.clone(),
                visible::line(&one.finding.diagnostic.message).into_owned(),
                visible::line(&format!("{}:{}", at.file, at.line)).into_owned(),
            )
        })
        .collect()
}

fn fix_first(out: &mut Document, audit: &Audit, sources: &Sources) {
    let (first, rest) = health::first(audit, sources);
    out.heading(3, "Fix first");
    if first.is_empty() {
        out.paragraph("Nothing of medium severity or above was found.");
        return;
    }
    let rows: Vec<Vec<String>> = first
        .iter()
        .map(|one| {
            let diagnostic = &one.finding.diagnostic;
            let more = match one.more {
                0 => String::new(),
                n => format!(" (and {n} more of its kind)"),
            };
            vec![
                link(&audit.findings[one.number].id),
                diagnostic.severity.as_str().to_owned(),
                format!("{}{more}", prose(&diagnostic.message)),
                out.at(&spot(sources, one.finding)),
            ]
        })
        .collect();
    out.table(&["Finding", "Severity", "What", "Where"], &rows);
    if rest > 0 {
        out.paragraph(&format!(
            "{rest} more of medium severity or above are in [part 2](#2-findings); [part 8](#8-refactoring-plan) says in which order."
        ));
    }
}

/// What was looked at and is as it should be.
fn sound(out: &mut Document, audit: &Audit) {
    out.heading(3, "What is sound");
    said(
        out,
        &health::sound(audit),
        "Nothing was found sound as a whole.",
    );
}

/// What was not judged.
fn blind(out: &mut Document, audit: &Audit) {
    out.heading(3, "What could not be judged");
    said(
        out,
        &health::blind(audit),
        "Everything that was read could be judged.",
    );
}

/// Sentences with their lines and parts; else that there are none.
fn said(out: &mut Document, all: &[Said], none: &str) {
    const LINES: usize = 4;
    if all.is_empty() {
        out.paragraph(none);
        return;
    }
    for one in all {
        let mut ends = Vec::new();
        if !one.spots.is_empty() {
            ends.push(out.places(&one.spots, LINES));
        }
        ends.extend(one.part.map(part));
        let end = match ends.is_empty() {
            true => String::new(),
            false => format!(" ({})", ends.join("; ")),
        };
        let words = one.words.trim_end_matches('.');
        out.line(&format!("- {}{end}.", prose(words)));
    }
    out.blank();
}

/// A link to a part of this document.
fn part(name: &str) -> String {
    let anchor = match name {
        "2.7" => "27-migrations-and-seed-data",
        "3.3" => "33-relationships",
        "3.5" => "35-schema-against-migrations",
        "4" => "4-index-analysis",
        "5.6" => "56-raw-queries",
        "7.1" => "71-isolation-matrix",
        "7.4" => "74-secrets-and-personal-data",
        "A" => "a-coverage",
        "D" => "d-the-points-of-the-audit",
        _ => "e-questions-for-a-person",
    };
    let kind = match name {
        "4" => "part ",
        "A" | "D" | "E" => "appendix ",
        _ => "",
    };
    format!("[{kind}{name}](#{anchor})")
}
