//! Part 2: every finding, by area and rule.

use std::collections::BTreeMap;

use snell_source::{Location, Severity, Sources};

use super::{
    super::{Area, Audit, AuditFinding},
    summary::{active, link, past, spot},
    text::{Document, capital, code, count, escaped, prose},
};
use crate::{Finding, render::place::Place, trace::Spot};

/// Findings of one rule that are shown whole; more are folded away.
const SHOWN: usize = 6;
/// Lines of an example.
const LINES: u32 = 8;

pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources) {
    out.heading(2, "2. Findings");
    for (n, area) in Area::ALL.into_iter().enumerate() {
        out.heading(3, &format!("2.{} {}", n + 1, area.title()));
        let mut rules: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
        for (n, finding) in active(audit) {
            if audit.findings[n].area == area {
                let rule = finding.diagnostic.rule.name;
                rules.entry(rule).or_default().push((n, finding));
            }
        }
        if rules.is_empty() {
            out.paragraph("Nothing was found.");
        }
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|(name, findings)| {
            let worst = findings.iter().map(|(_, f)| f.diagnostic.severity).max();
            (std::cmp::Reverse(worst), *name)
        });
        if area == Area::Migrations {
            history(out, audit, sources);
        }
        for (_, findings) in rules {
            rule(out, audit, sources, findings);
        }
    }
}

/// One rule: why it matters once, then its findings.
fn rule(
    out: &mut Document,
    audit: &Audit,
    sources: &Sources,
    mut findings: Vec<(usize, &Finding)>,
) {
    findings.sort_by_key(|(_, finding)| {
        let severity = std::cmp::Reverse(finding.diagnostic.severity);
        (severity, spot(sources, finding))
    });
    let (first, finding) = findings[0];
    let metadata = finding.diagnostic.rule;
    let more = &audit.findings[first];
    out.heading(
        4,
        &format!(
            "{} {}",
            capital(&prose(metadata.summary)),
            heading_count(findings.len())
        ),
    );
    out.line(&format!(
        "Rule [{}]({}).",
        metadata.name,
        audit.report.tool.docs_url(metadata.name)
    ));
    out.blank();
    out.line(&format!("- **Impact**: {}", prose(&more.impact)));
    out.line(&format!("- **How**: {}.", prose(more.change.how())));
    out.line(&format!("- **Risk**: {}.", prose(&more.risk)));
    out.line(&format!("- **Test**: {}.", prose(&more.test)));
    out.blank();
    let folded = findings.len() > SHOWN;
    for (n, (number, finding)) in findings.iter().enumerate() {
        if folded && n == SHOWN - 1 {
            out.line(&format!(
                "<details><summary>{} more</summary>",
                findings.len() - n
            ));
            out.blank();
        }
        one(out, &audit.findings[*number], finding, sources);
    }
    if folded {
        out.blank();
        out.line("</details>");
        out.blank();
    }
}

fn heading_count(n: usize) -> String {
    match n {
        1 => String::new(),
        n => format!("({n})"),
    }
}

/// One finding.
fn one(out: &mut Document, more: &AuditFinding, finding: &Finding, sources: &Sources) {
    let diagnostic = &finding.diagnostic;
    out.blank();
    out.line(&format!(
        "<a id=\"{}\"></a>**{}: {}**",
        more.id.to_lowercase(),
        more.id,
        prose(&diagnostic.message)
    ));
    out.blank();
    out.line(&format!(
        "{} · {} · effort {} ({}) · phase {}",
        severity(diagnostic.severity),
        diagnostic.confidence.as_str(),
        more.effort.letter(),
        more.basis,
        more.phase.number()
    ));
    out.blank();
    let primary = diagnostic.primary();
    if diagnostic.secrets.is_empty() {
        let (language, lines) = example(sources, primary.at);
        out.fence(language, &lines);
    }
    for (n, label) in diagnostic.labels.iter().enumerate() {
        let place = Place::of(sources, label.at);
        let at = out.at(&Spot {
            file: place.file.to_owned(),
            line: place.line,
        });
        let words = match (n, label.text.is_empty()) {
            (_, true) => String::new(),
            (_, false) => format!(": {}", prose(&label.text)),
        };
        out.line(&format!("- {at}{words}"));
    }
    for help in &diagnostic.help {
        out.line(&format!("- **Recommendation**: {}", prose(help)));
    }
    if diagnostic.help.is_empty() {
        out.line(
            "- **Recommendation**: none that follows from the code alone; see the rule's page",
        );
    }
    for note in &diagnostic.notes {
        out.line(&format!("- *Note*: {}", prose(note)));
    }
    if more.applied_migration {
        out.line("- *This migration has run: do not edit it, correct what it did with a new one.*");
    }
    out.blank();
}

fn severity(severity: Severity) -> String {
    match severity {
        Severity::Critical | Severity::High => format!("**{}**", severity.as_str()),
        _ => severity.as_str().to_owned(),
    }
}

/// The lines of a place, and the language that they are in.
fn example(sources: &Sources, at: Location) -> (&'static str, String) {
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

/// The migrations in order.
fn history(out: &mut Document, audit: &Audit, sources: &Sources) {
    if audit.migrations.is_empty() {
        out.paragraph("There are no migrations.");
        return;
    }
    let rows: Vec<Vec<String>> = audit
        .migrations
        .iter()
        .map(|migration| {
            vec![
                out.at(&migration.spot)
                    .replacen("migration.sql:1", &escaped(&migration.name), 1),
                migration.statements.to_string(),
                yes(migration.destructive > 0, migration.destructive),
                yes(migration.data > 0, migration.data),
                yes(migration.down, 1),
                migration.failure.as_ref().map_or_else(
                    || "runs".to_owned(),
                    |words| format!("**fails**: {}", escaped(words)),
                ),
                migration
                    .findings
                    .iter()
                    .map(|id| link(id))
                    .collect::<Vec<_>>()
                    .join(" "),
            ]
        })
        .collect();
    out.paragraph(&format!(
        "{} in the order in which they run. Those that databases have run stay as they are: what is wrong in them is corrected by a new one.",
        count(audit.migrations.len(), "migration")
    ));
    out.long_table(
        "migrations",
        &[
            "Migration",
            "# Statements",
            "# Drop or delete",
            "# Change rows",
            "Way back",
            "Replayed",
            "Findings",
        ],
        &rows,
    );
    let data = audit
        .migrations
        .iter()
        .filter(|m| m.data > 0 && m.data < m.statements)
        .count();
    if data > 0 {
        out.paragraph(&format!(
            "{} change schema and rows at once ({}).",
            count(data, "migration"),
            code("migration/data-and-schema-mixed")
        ));
    }
    what_they_did(out, audit, sources);
}

/// What is over, one line each: lessons for the next migration.
fn what_they_did(out: &mut Document, audit: &Audit, sources: &Sources) {
    let lines: Vec<String> = past(audit)
        .map(|(n, finding)| {
            let id = &audit.findings[n].id;
            let diagnostic = &finding.diagnostic;
            format!(
                "- <a id=\"{}\"></a>{id} ({}, {}): {}, {}",
                id.to_lowercase(),
                code(diagnostic.rule.name),
                diagnostic.severity.as_str(),
                prose(&diagnostic.message),
                out.at(&spot(sources, finding))
            )
        })
        .collect();
    if lines.is_empty() {
        return;
    }
    out.paragraph("What they did when they ran, as lessons for the next one; do not edit them:");
    out.line(&format!(
        "<details><summary>{}</summary>",
        count(lines.len(), "finding")
    ));
    out.blank();
    lines.iter().for_each(|line| out.line(line));
    out.blank();
    out.line("</details>");
    out.blank();
}

fn yes(it_is: bool, n: usize) -> String {
    match (it_is, n) {
        (false, _) => "–".to_owned(),
        (true, 1) => "yes".to_owned(),
        (true, n) => n.to_string(),
    }
}
