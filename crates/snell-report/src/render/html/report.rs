//! `snell check --format html`: the findings, and what was looked at.

use std::collections::BTreeSet;

use snell_source::{Severity, Sources};

use super::{Document, Entry, More, findings, findings::why, tags::Html};
use crate::{
    NoticeKind, Report, Summary,
    render::{RenderOptions, select},
};

/// Renders a report as a page.
pub(crate) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let title = format!("snell: {}", report.workspace);
    let mut document = Document::new(&title, &report.tool.version, None);
    let entries = entries(report, sources, options);
    document.part("findings", "Findings", Some(entries.len()), |out| {
        findings(out, &entries, sources, &report.tool);
    });
    document.part("coverage", "Coverage", None, |out| {
        silent(out, report);
        read(out, report);
        notices(out, report);
    });
    document.finish()
}

fn entries<'a>(report: &'a Report, sources: &Sources, options: &RenderOptions) -> Vec<Entry<'a>> {
    let mut taken = BTreeSet::new();
    let found = select::by_position(report, sources, options).into_iter();
    found
        .map(|finding| {
            let base = format!(
                "f-{}",
                finding.fingerprint.get(..8).unwrap_or(&finding.fingerprint)
            );
            let mut id = base.clone();
            let mut number = 2;
            while !taken.insert(id.clone()) {
                id = format!("{base}-{number}");
                number += 1;
            }
            let why = why(finding.diagnostic.rule.page);
            let advice = match why.is_empty() {
                true => Vec::new(),
                false => vec![("Impact", why)],
            };
            Entry {
                finding,
                id,
                more: More {
                    advice,
                    ..More::default()
                },
            }
        })
        .collect()
}

/// How much is not shown, and why.
fn silent(out: &mut Html, report: &Report) {
    let summary = Summary::of(report);
    let mut lines = Vec::new();
    let said = [
        (
            summary.suppressed,
            "suppressed by comments or the configuration",
        ),
        (summary.baselined, "in the baseline"),
    ];
    lines.extend(
        said.iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, words)| format!("{n} {words}")),
    );
    for hidden in &report.hidden {
        lines.push(format!(
            "{} left out by {}",
            hidden.count,
            hidden.why.as_str()
        ));
    }
    let severe = summary.at_least(Severity::High);
    out.leaf(
        "p",
        &[],
        &format!(
            "{} findings, {severe} of them critical or high.",
            summary.total()
        ),
    );
    list(out, &lines);
}

fn list(out: &mut Html, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    out.open("ul", &[]);
    for line in lines {
        out.words("li", &[], line);
    }
    out.close();
}

/// How much was read.
pub(crate) fn read(out: &mut Html, report: &Report) {
    let counts = &report.counts;
    out.leaf("h3", &[], "What was read");
    out.table("plain", &["# Number", "Of"], |out| {
        for (n, words) in [
            (counts.files, "files"),
            (counts.models, "models"),
            (
                counts.migrations,
                "migrations, replayed one after the other",
            ),
            (counts.client_calls, "calls of Prisma's client"),
            (counts.raw_queries, "raw queries"),
            (counts.owned_queries, "queries on rows that somebody owns"),
            (counts.undecided_queries, "of these, not decided"),
        ] {
            out.open("tr", &[]);
            out.number(n);
            out.leaf("td", &[], words);
            out.close();
        }
    });
    let schemas: Vec<String> = report
        .schemas
        .iter()
        .map(|schema| format!("schema {} ({})", schema.path, schema.provider))
        .collect();
    list(out, &schemas);
}

/// What could not be judged.
pub(crate) fn notices(out: &mut Html, report: &Report) {
    out.leaf("h3", &[], "What could not be judged");
    if report.notices.is_empty() {
        out.leaf(
            "p",
            &[("class", "calm")],
            "Everything that was read could be judged.",
        );
        return;
    }
    out.table("plain", &["Kind", "File", "What"], |out| {
        for notice in &report.notices {
            out.open("tr", &[]);
            let kind = match notice.kind {
                NoticeKind::NotJudged => "not judged",
                kind => kind.as_str(),
            };
            out.leaf("td", &[], kind);
            out.code_cell(notice.path.as_deref().unwrap_or_default());
            out.words("td", &[], &notice.message);
            out.close();
        }
    });
}
