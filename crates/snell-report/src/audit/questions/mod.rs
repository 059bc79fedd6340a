//! What cannot be decided from the code, as questions for a person.

mod decisive;
mod doubtful;

use snell_source::Sources;

use super::{Audit, Query, digest::Question};
use crate::visible;

/// Every question: what a database or its owners know, on which steps of the plan hang; then in
/// the order of files queries of which it is not known whose rows they reach; what would settle
/// findings that rest on indirect evidence; last the queries that nothing leads to.
pub(super) fn questions(audit: &Audit, sources: &Sources) -> Vec<Question> {
    let mut found = Vec::new();
    let mut idle: Vec<(&str, &Query)> = Vec::new();
    for query in audit.queries.iter().filter(|query| query.owned) {
        let name = query.model.as_deref().unwrap_or("");
        let mut open = query.ways.iter().filter(|way| way.verdict == "Unknown");
        if let Some(first) = open.next() {
            let more = match open.count() {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let question = format!(
                "Whose rows does `{name}.{}` reach from `{}`{more}?",
                query.operation, first.endpoint
            );
            found.push(Question {
                question: visible::line(&question).into_owned(),
                evidence: "what decides it could not be followed".to_owned(),
                file: query.spot.file.clone(),
                line: query.spot.line,
                ask: None,
            });
        } else if query.ways.is_empty() && leads_nowhere(&query.verdict) {
            idle.push((name, query));
        }
    }
    found.sort_by(|a, b| (&a.file, a.line, &a.question).cmp(&(&b.file, b.line, &b.question)));
    let mut all = decisive::questions(audit, sources);
    all.append(&mut found);
    all.extend(doubtful::questions(audit, sources));
    all.extend(kept_for(&idle));
    all
}

/// All queries that nothing leads to, as one question: the answer is the same for each.
fn kept_for(idle: &[(&str, &Query)]) -> Option<Question> {
    const SHOWN: usize = 8;
    let (_, first) = idle.first()?;
    let mut places: Vec<String> = idle
        .iter()
        .take(SHOWN)
        .map(|(name, query)| {
            let file = query.spot.file.rsplit('/').next().unwrap_or_default();
            format!("`{name}.{}` ({file}:{})", query.operation, query.spot.line)
        })
        .collect();
    if idle.len() > SHOWN {
        places.push(format!("{} more", idle.len() - SHOWN));
    }
    let question = format!(
        "Does anything outside of this repository call the methods of {}? Else they go, and so do indexes that serve them alone",
        places.join(", ")
    );
    Some(Question {
        question: visible::line(&question).into_owned(),
        evidence: "no endpoint, job or script was found that leads to them".to_owned(),
        file: first.spot.file.clone(),
        line: first.spot.line,
        ask: None,
    })
}

/// Whether nothing may run a query any more.
fn leads_nowhere(verdict: &str) -> bool {
    matches!(verdict, "NotCalled" | "Unreached")
}
