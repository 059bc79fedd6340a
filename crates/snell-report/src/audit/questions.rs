//! What cannot be decided from the code, as questions for a person.

use snell_source::{Confidence, Sources};

use super::{Audit, digest::Question};
use crate::{render::place::Place, visible};

/// Every question, in the order of files: queries of which it is not known whose rows they
/// reach, queries that nothing leads to, findings that rest on indirect evidence.
pub(super) fn questions(audit: &Audit, sources: &Sources) -> Vec<Question> {
    let mut found = Vec::new();
    for query in audit.queries.iter().filter(|query| query.owned) {
        let name = query.model.as_deref().unwrap_or("");
        let what = format!("{name}.{}", query.operation);
        let mut open = query.ways.iter().filter(|way| way.verdict == "Unknown");
        let (question, evidence) = if let Some(first) = open.next() {
            let more = match open.count() {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            (
                format!(
                    "Whose rows does `{what}` reach from `{}`{more}?",
                    first.endpoint
                ),
                "what decides it could not be followed",
            )
        } else if query.ways.is_empty()
            && let Some(evidence) = leads_nowhere(&query.verdict)
        {
            (format!("Does anything still run `{what}`?"), evidence)
        } else {
            continue;
        };
        found.push(Question {
            question: visible::line(&question).into_owned(),
            evidence: evidence.to_owned(),
            file: query.spot.file.clone(),
            line: query.spot.line,
        });
    }
    let findings = audit.report.findings.iter().zip(&audit.findings);
    for (finding, more) in findings {
        let diagnostic = &finding.diagnostic;
        if finding.is_active() && diagnostic.confidence == Confidence::Possible {
            let place = Place::of(sources, diagnostic.primary().at);
            found.push(Question {
                question: format!(
                    "{}: is it so that {}?",
                    more.id,
                    visible::line(&diagnostic.message).trim_end_matches(['?', '.'])
                ),
                evidence: evidence(&diagnostic.notes),
                file: place.file.to_owned(),
                line: place.line,
            });
        }
    }
    found.sort_by(|a, b| (&a.file, a.line, &a.question).cmp(&(&b.file, b.line, &b.question)));
    found
}

/// Why nothing may run a query any more.
fn leads_nowhere(verdict: &str) -> Option<&'static str> {
    match verdict {
        "NotCalled" => Some("nothing that runs calls its method"),
        "Unreached" => Some("no endpoint, job or script was found that leads to it"),
        _ => None,
    }
}

/// Why a finding is not sure, where it says so.
fn evidence(notes: &[String]) -> String {
    match notes {
        [] => "it rests on indirect evidence".to_owned(),
        notes => visible::line(&notes.join("; ")).into_owned(),
    }
}
