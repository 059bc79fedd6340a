//! Part 2: every finding, by area and rule. Grave ones stand whole; the others of a rule are
//! one table.

use std::collections::BTreeMap;

use snell_source::{Diagnostic, Location, Severity, Sources};

use super::{
    super::{
        Area, Audit, AuditFinding, Change,
        health::{active, spot, unjudged},
        touched::Touched,
    },
    lives, migrations,
    text::{Document, capital, code, codes, count, prose},
};
use crate::{Finding, render::place::Place, trace::Spot};

/// Findings of medium severity of one rule that stand whole; more are rows of its table.
const WHOLE: usize = 1;
/// Models from which on a schema is large, and mild findings of one rule that are rows there; more
/// are names and places, with what mends them in the plan.
const LARGE: usize = 40;
const ROWS: usize = 6;
/// Places of a finding that stand with their words; more are links.
const PLACES: usize = 5;
/// Lines of an example.
const LINES: u32 = 6;

pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources) {
    out.heading(2, "2. Findings");
    out.paragraph("By area and rule, the worst first. Findings of high severity or above stand whole, and so does the first of medium severity of each rule; the others are rows of the rule's table, and so are those that say of the same file what a whole one says. A migration that a database has recorded is not to be edited: what is wrong in it is corrected by a new one. What mends a finding, at what risk, and what shows that it is mended stands in the [plan](#8-refactoring-plan); what may well be meant so is in [appendix C](#c-findings-without-a-concrete-change).");
    let touched = Touched::of(audit);
    for (n, area) in Area::ALL.into_iter().enumerate() {
        out.heading(3, &format!("2.{} {}", n + 1, area.title()));
        let mut rules: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
        for (n, finding) in active(audit) {
            let more = &audit.findings[n];
            if more.area == area && !is_without_change(more, finding) {
                let rule = finding.diagnostic.rule.name;
                rules.entry(rule).or_default().push((n, finding));
            }
        }
        if rules.is_empty() {
            out.paragraph(match unjudged(audit, area) {
                true => "Not judged: the database is no PostgreSQL.",
                false => "Nothing was found that asks for a change.",
            });
        }
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|(name, findings)| {
            let worst = findings.iter().map(|(_, f)| f.diagnostic.severity).max();
            (std::cmp::Reverse(worst), *name)
        });
        let (single, several): (Vec<_>, Vec<_>) = rules.into_iter().partition(|(_, findings)| {
            findings.len() == 1 && findings[0].1.diagnostic.severity <= Severity::Low
        });
        for (_, findings) in several {
            rule(out, audit, (sources, &touched), findings);
        }
        if !single.is_empty() {
            out.heading(4, "Milder findings, one of each rule");
            for (number, finding) in single.into_iter().flat_map(|(_, findings)| findings) {
                alone(out, audit, number, finding, sources);
            }
            out.blank();
        }
        match area {
            Area::Migrations => migrations::write(out, audit, sources),
            Area::Maintainability => migrations::documentation(out, audit),
            Area::Domain => lives::write(out, audit),
            _ => {}
        }
    }
}

/// Whether a finding names nothing that is to be changed.
pub(super) fn is_without_change(more: &AuditFinding, finding: &Finding) -> bool {
    more.change == Change::Keep || finding.diagnostic.help.is_empty() || more.advice.is_empty()
}

/// One rule: why it matters once, then its findings.
fn rule(
    out: &mut Document,
    audit: &Audit,
    (sources, touched): (&Sources, &Touched<'_>),
    mut findings: Vec<(usize, &Finding)>,
) {
    findings.sort_by_key(|(_, finding)| {
        let severity = std::cmp::Reverse(finding.diagnostic.severity);
        (severity, spot(sources, finding))
    });
    let (first, finding) = findings[0];
    let metadata = finding.diagnostic.rule;
    let many = match findings.len() {
        1 => String::new(),
        n => format!(" ({n})"),
    };
    out.heading(4, &format!("{}{many}", capital(&prose(metadata.summary))));
    out.paragraph(&format!(
        "{} ([{}]({}))",
        prose(opening(&audit.findings[first].impact)),
        metadata.name,
        audit.report.tool.docs_url(metadata.name),
    ));
    let mut shown: Vec<(usize, &Finding)> = Vec::new();
    let (whole, rows): (Vec<_>, Vec<_>) = findings.into_iter().partition(|(number, finding)| {
        let severity = finding.diagnostic.severity;
        let alike = shown.iter().any(|(other, before)| {
            audit.findings[*other].advice == audit.findings[*number].advice
                && spot(sources, before).file == spot(sources, finding).file
        });
        let is_whole = match severity {
            Severity::Critical => true,
            Severity::High => !alike,
            Severity::Medium => shown.len() < WHOLE,
            _ => false,
        };
        if is_whole {
            shown.push((*number, finding));
        }
        is_whole
    });
    for (number, finding) in whole {
        let here = touched.words(finding, sources);
        one(out, &audit.findings[number], finding, (sources, here));
    }
    let (rows, rest) = rows.split_at(in_rows(audit, &rows));
    match rows {
        [(number, only)] => short(out, &audit.findings[*number], only, sources),
        rows => table(
            out,
            audit,
            sources,
            rows,
            shown.last().map(|(number, _)| *number),
        ),
    }
    more_of_them(out, audit, sources, rest);
}

/// How many of a rule's findings, the worst first, are rows.
fn in_rows(audit: &Audit, rows: &[(usize, &Finding)]) -> usize {
    let grave = rows
        .iter()
        .filter(|(_, finding)| finding.diagnostic.severity > Severity::Low);
    let shown = grave.count().max(ROWS);
    match audit.models.len() > LARGE && rows.len() > shown + ROWS {
        true => shown,
        false => rows.len(),
    }
}

/// Mild findings of a large schema that say of other places what the rows above say.
fn more_of_them(
    out: &mut Document,
    audit: &Audit,
    sources: &Sources,
    findings: &[(usize, &Finding)],
) {
    if findings.is_empty() {
        return;
    }
    let named: Vec<String> = findings
        .iter()
        .map(|(number, finding)| {
            let more = &audit.findings[*number];
            let spot = spot(sources, finding);
            format!("{}{} {}", anchor(more), more.id, out.at(&spot))
        })
        .collect();
    let severities = findings.iter().map(|(_, one)| one.diagnostic.severity);
    let worst = severities.max().unwrap_or(Severity::Info);
    out.paragraph(&format!(
        "{} more of {} severity or below, with what mends each in the [plan](#8-refactoring-plan): {}",
        findings.len(),
        worst.as_str(),
        named.join(", ")
    ));
}

/// The first sentences, as many as say something: what a rule's page goes on to explain
/// stands there.
fn opening(text: &str) -> &str {
    const ENOUGH: usize = 110;
    let mut in_code = false;
    for (at, letter) in text.char_indices() {
        in_code ^= letter == '`';
        let rest = &text[at + letter.len_utf8()..];
        if letter == '.' && !in_code && at >= ENOUGH && rest.starts_with(' ') {
            return &text[..=at];
        }
    }
    text
}

/// A mild finding that is the only one of its rule: what it is, why that matters, what to do.
fn alone(out: &mut Document, audit: &Audit, number: usize, finding: &Finding, sources: &Sources) {
    let more = &audit.findings[number];
    let diagnostic = &finding.diagnostic;
    let rule = diagnostic.rule.name;
    let page = format!("[{rule}]({}); ", audit.report.tool.docs_url(rule));
    out.line(&format!(
        "- {}: {}",
        title(more, diagnostic, &page),
        evidence(out, sources, diagnostic, 4)
    ));
    let advice = match more.advice.is_empty() {
        true => String::new(),
        false => format!(" **Recommendation**: {}", prose(&more.advice.join("; "))),
    };
    out.line(&format!("  - {}{advice}", prose(opening(&more.impact))));
}

/// The only finding of its rule that does not stand whole.
fn short(out: &mut Document, more: &AuditFinding, finding: &Finding, sources: &Sources) {
    let diagnostic = &finding.diagnostic;
    out.line(&format!(
        "- {}: {}",
        title(more, diagnostic, ""),
        evidence(out, sources, diagnostic, 4)
    ));
    recommendation(out, more);
    out.blank();
}

/// What is to be done.
fn recommendation(out: &mut Document, more: &AuditFinding) {
    if !more.advice.is_empty() {
        out.line(&format!(
            "- **Recommendation**: {}",
            prose(&more.advice.join("; "))
        ));
    }
}

/// Findings as rows; what they all recommend is said once. `above` is the finding before them.
fn table(
    out: &mut Document,
    audit: &Audit,
    sources: &Sources,
    findings: &[(usize, &Finding)],
    above: Option<usize>,
) {
    let Some((first, _)) = findings.first() else {
        return;
    };
    let advice = |number: &usize| audit.findings[*number].advice.join("; ");
    let alike = findings.len() > 1
        && findings
            .iter()
            .all(|(number, _)| advice(number) == advice(first));
    // What stands right above has said it.
    let said = above.is_some_and(|number| advice(&number) == advice(first));
    if alike && !said {
        out.paragraph(&format!("**Recommendation**: {}", prose(&advice(first))));
    }
    let mut groups: Vec<Vec<(usize, &Finding)>> = Vec::new();
    for (number, finding) in findings {
        let same = |(other, before): &(usize, &Finding)| {
            let (a, b) = (&before.diagnostic, &finding.diagnostic);
            (&a.message, a.severity, a.confidence) == (&b.message, b.severity, b.confidence)
                && advice(other) == advice(number)
        };
        match groups.iter_mut().find(|group| group.iter().any(same)) {
            Some(group) => group.push((*number, finding)),
            None => groups.push(vec![(*number, finding)]),
        }
    }
    let rows: Vec<Vec<String>> = groups
        .iter()
        .map(|group| {
            let (number, finding) = group[0];
            let more = &audit.findings[number];
            let diagnostic = &finding.diagnostic;
            let ids: Vec<String> = group
                .iter()
                .map(|(number, _)| {
                    let more = &audit.findings[*number];
                    format!("{}{}", anchor(more), more.id)
                })
                .collect();
            let places = match group.as_slice() {
                [_] => evidence(out, sources, diagnostic, 2),
                several => {
                    let spots: Vec<Spot> = several
                        .iter()
                        .map(|(_, finding)| spot(sources, finding))
                        .collect();
                    out.places(&spots, spots.len())
                }
            };
            let mut row = vec![
                ids.join(", "),
                format!(
                    "{}, {}",
                    diagnostic.severity.as_str(),
                    diagnostic.confidence.as_str()
                ),
                format!("{}{}", prose(&diagnostic.message), also(more)),
                places,
                format!("{}, phase {}", more.effort.letter(), more.phase.number()),
            ];
            if !alike {
                row.push(prose(&advice(&number)));
            }
            row
        })
        .collect();
    let mut heads = vec!["Finding", "Severity", "What", "Where", "Effort, phase"];
    if !alike {
        heads.push("Recommendation");
    }
    out.table(&heads, &rows);
}

fn anchor(more: &AuditFinding) -> String {
    format!("<a id=\"{}\"></a>", more.id.to_lowercase())
}

/// What a finding says, and how it is weighed; `before` stands ahead of that.
fn title(more: &AuditFinding, diagnostic: &Diagnostic, before: &str) -> String {
    format!(
        "{}**{}: {}** ({before}{}, {}; effort {}, {}; phase {}{})",
        anchor(more),
        more.id,
        prose(&diagnostic.message),
        diagnostic.severity.as_str(),
        diagnostic.confidence.as_str(),
        more.effort.letter(),
        more.basis,
        more.phase.number(),
        also(more)
    )
}

/// The rules that say the same.
fn also(more: &AuditFinding) -> String {
    match more.also.as_slice() {
        [] => String::new(),
        [one] => format!("; {} says the same", code(one)),
        several => format!("; {} say the same", codes(several)),
    }
}

/// The place of a finding, and how many more make it one.
fn evidence(out: &Document, sources: &Sources, diagnostic: &Diagnostic, most: usize) -> String {
    let spots: Vec<Spot> = diagnostic
        .labels
        .iter()
        .map(|label| at(sources, label.at))
        .collect();
    out.places(&spots, most)
}

/// Where a location is.
pub(super) fn at(sources: &Sources, location: Location) -> Spot {
    let place = Place::of(sources, location);
    Spot {
        file: place.file.to_owned(),
        line: place.line,
    }
}

/// One finding, whole.
fn one(
    out: &mut Document,
    more: &AuditFinding,
    finding: &Finding,
    (sources, here): (&Sources, Option<(&'static str, String)>),
) {
    let diagnostic = &finding.diagnostic;
    out.paragraph(&title(more, diagnostic, ""));
    let mut inline = String::new();
    if diagnostic.secrets.is_empty() {
        let (language, lines) = example(sources, diagnostic.primary().at);
        let plain = !lines.contains(['\n', '`']) && !lines.trim().is_empty();
        match plain && diagnostic.severity <= Severity::High {
            true => inline = format!(" {}", code(&lines)),
            false => out.fence(language, &lines),
        }
    }
    let shown = &diagnostic.labels[..diagnostic.labels.len().min(PLACES)];
    for same in shown.chunk_by(|a, b| a.text == b.text && !a.text.is_empty()) {
        let places: Vec<String> = same
            .iter()
            .map(|label| out.at(&at(sources, label.at)))
            .collect();
        let words = match same[0].text.is_empty() {
            true => String::new(),
            false => format!(": {}", prose(&same[0].text)),
        };
        out.line(&format!(
            "- {}{}{words}",
            places.join(", "),
            std::mem::take(&mut inline)
        ));
    }
    if diagnostic.labels.len() > PLACES {
        let rest: Vec<Spot> = diagnostic.labels[PLACES..]
            .iter()
            .map(|label| at(sources, label.at))
            .collect();
        out.line(&format!(
            "- {}: {}",
            count(rest.len(), "more place"),
            out.places(&rest, PLACES)
        ));
    }
    if let Some((head, here)) = here {
        out.line(&format!("- **{head}**: {}", prose(&here)));
    }
    recommendation(out, more);
    for note in &diagnostic.notes {
        out.line(&format!("- *Note*: {}", prose(note)));
    }
    if more.applied_migration {
        out.line("- *Where a database has recorded this migration, do not edit it: correct what it did with a new one.*");
    }
    out.blank();
}

/// The lines of a place, and the language that they are in.
pub(super) fn example(sources: &Sources, at: Location) -> (&'static str, String) {
    let file = sources.file(at.file);
    let first = file.position(at.span.start).line;
    let last = file.position(at.span.end).line.min(first + LINES - 1);
    let lines: Vec<&str> = file
        .text
        .lines()
        .skip(first.saturating_sub(1) as usize)
        .take((last - first + 1) as usize)
        .collect();
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let cut: Vec<String> = lines
        .iter()
        .map(|line| line.get(indent..).unwrap_or("").chars().take(160).collect())
        .collect();
    let language = match file.path.extension() {
        Some("prisma") => "prisma",
        Some("sql") => "sql",
        Some("ts" | "tsx" | "mts" | "cts") => "ts",
        Some("js" | "jsx" | "mjs" | "cjs") => "js",
        Some("json" | "jsonc") => "json",
        Some("yml" | "yaml") => "yaml",
        _ => "text",
    };
    (language, cut.join("\n"))
}
