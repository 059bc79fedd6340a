//! Appendices: what was read, what is silenced, what a person must answer.

use snell_source::Sources;

use super::{
    super::{
        Audit,
        health::{active, spot},
        questions::questions,
    },
    findings::is_without_change,
    points,
    text::{Document, code, count, escaped, prose},
};
use crate::trace::Spot;

pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources) {
    coverage(out, audit);
    silenced(out, audit, sources);
    without_change(out, audit, sources);
    points::write(out, audit);
    open_questions(out, audit, sources);
    method(out);
}

fn coverage(out: &mut Document, audit: &Audit) {
    let counts = &audit.report.counts;
    out.heading(2, "A. Coverage");
    out.paragraph(&format!(
        "Read: {}, {}, {}, {} of Prisma's client, {} and {}. Of {} on rows that somebody owns, {} stayed undecided.",
        count(counts.files, "file"),
        count(counts.models, "model"),
        count(counts.migrations, "migration"),
        count(counts.client_calls, "call"),
        count(counts.raw_queries, "raw query"),
        count(audit.endpoints.len(), "endpoint"),
        count(counts.owned_queries, "query"),
        counts.undecided_queries,
    ));
    for schema in &audit.report.schemas {
        out.line(&format!(
            "- Schema {} ({})",
            code(&schema.path),
            escaped(&schema.provider)
        ));
    }
    out.blank();
    let rows: Vec<Vec<String>> = audit
        .report
        .notices
        .iter()
        .map(|notice| {
            let path = notice
                .path
                .as_ref()
                .map_or_else(String::new, |path| code(path));
            vec![
                notice.kind.as_str().to_owned(),
                path,
                prose(&notice.message),
            ]
        })
        .collect();
    out.long_table("remarks", &["Kind", "File", "What"], &rows);
}

fn silenced(out: &mut Document, audit: &Audit, sources: &Sources) {
    out.heading(2, "B. Suppressed and accepted findings");
    let rows: Vec<Vec<String>> = audit
        .report
        .findings
        .iter()
        .filter(|finding| !finding.is_active())
        .map(|finding| {
            let why = match (&finding.suppressed, finding.baselined) {
                (Some(suppression), _) => suppression
                    .reason
                    .as_ref()
                    .map_or_else(|| "no reason given".to_owned(), |reason| escaped(reason)),
                (None, _) => "in the baseline".to_owned(),
            };
            vec![
                code(finding.diagnostic.rule.name),
                finding.diagnostic.severity.as_str().to_owned(),
                prose(&finding.diagnostic.message),
                out.at(&spot(sources, finding)),
                why,
            ]
        })
        .collect();
    if rows.is_empty() {
        out.paragraph("There are none.");
    }
    out.long_table(
        "findings",
        &["Rule", "Severity", "What", "Where", "Reason"],
        &rows,
    );
}

/// What may well be meant so, and what has no change that follows from the code.
fn without_change(out: &mut Document, audit: &Audit, sources: &Sources) {
    out.heading(2, "C. Findings without a concrete change");
    let rows: Vec<Vec<String>> = active(audit)
        .filter(|(n, finding)| is_without_change(&audit.findings[*n], finding))
        .map(|(n, finding)| {
            let more = &audit.findings[n];
            let diagnostic = &finding.diagnostic;
            let what = match more.advice.is_empty() {
                true => "nothing follows from the code alone".to_owned(),
                false => prose(&more.advice.join("; ")),
            };
            vec![
                format!("<a id=\"{}\"></a>{}", more.id.to_lowercase(), more.id),
                format!(
                    "{} ({})",
                    code(diagnostic.rule.name),
                    diagnostic.severity.as_str()
                ),
                prose(&diagnostic.message),
                out.at(&spot(sources, finding)),
                what,
            ]
        })
        .collect();
    if rows.is_empty() {
        out.paragraph("Every finding says what to change.");
        return;
    }
    out.paragraph("Choices that may well be meant. Keep them, and say so in a comment; where they are not meant, the last column says what to do.");
    out.table(&["Finding", "Rule", "What", "Where", "If not meant"], &rows);
}

/// What cannot be decided, as questions with what was found and the file to open.
fn open_questions(out: &mut Document, audit: &Audit, sources: &Sources) {
    out.heading(2, "E. Questions for a person");
    let questions = questions(audit, sources);
    if questions.is_empty() {
        out.paragraph("There are none.");
        return;
    }
    let rows: Vec<Vec<String>> = questions
        .iter()
        .map(|question| {
            let spot = Spot {
                file: question.file.clone(),
                line: question.line,
            };
            vec![
                prose(&question.question),
                prose(&question.evidence),
                match &question.ask {
                    Some(sql) => code(sql),
                    None => out.at(&spot),
                },
            ]
        })
        .collect();
    out.paragraph(&format!(
        "{}; `snell audit --format json` gives them to programs.",
        count(questions.len(), "question")
    ));
    out.long_table(
        "questions",
        &["Question", "What is known", "What answers it"],
        &rows,
    );
}

fn method(out: &mut Document) {
    out.heading(2, "F. Method");
    out.paragraph("The Prisma schema, the migrations (replayed statement by statement into a catalog), the TypeScript and the SQL in it were parsed and joined: every call of Prisma's client with its model, every raw text with the tables that it names, every endpoint with the queries that it reaches. Values were followed from requests to queries through calls. What could not be decided is said to be undecided, and is no finding. Severity says how much harm a fault does, confidence how sure it is. `snell check` counts otherwise: it judges by the preset of the configuration, and of migrations the new ones alone. The page of each rule says how it decides and what silences it.");
}
