//! What cannot be decided from the code, as questions for a person.

mod decisive;
mod doubtful;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use snell_source::Sources;

use super::{Audit, Query, digest::Question};
use crate::visible;

/// Every question: what a database or its owners know, on which steps of the plan hang; then in
/// the order of files queries of which it is not known whose rows they reach; what would settle
/// findings that rest on indirect evidence; last the queries that nothing leads to.
pub(super) fn questions(audit: &Audit, sources: &Sources) -> Vec<Question> {
    let mut open: BTreeMap<&str, Vec<(&str, &Query)>> = BTreeMap::new();
    let mut idle: Vec<(&str, &Query)> = Vec::new();
    for query in audit.queries.iter().filter(|query| query.owned) {
        let name = query.model.as_deref().unwrap_or("");
        if unknown_ways(query).next().is_some() {
            let in_file = open.entry(&query.spot.file).or_default();
            in_file.push((name, query));
        } else if query.ways.is_empty() && leads_nowhere(&query.verdict) {
            idle.push((name, query));
        }
    }
    let mut all = decisive::questions(audit, sources);
    all.extend(whose(open));
    all.extend(doubtful::questions(audit, sources));
    all.extend(kept_for(&idle));
    all
}

/// The endpoints from which it is not known whose rows a query reaches.
fn unknown_ways(query: &Query) -> impl Iterator<Item = &str> {
    let ways = query.ways.iter().filter(|way| way.verdict == "Unknown");
    ways.map(|way| way.endpoint.as_str())
}

/// Whose rows queries reach: a question for each file that has to be opened, those with most
/// queries where there are many, and one for the others.
fn whose(open: BTreeMap<&str, Vec<(&str, &Query)>>) -> Vec<Question> {
    const FILES: usize = 15;
    let mut files: Vec<(&str, Vec<(&str, &Query)>)> = open.into_iter().collect();
    files.sort_by_key(|(_, queries)| Reverse(queries.len()));
    let others = files.split_off(files.len().min(FILES));
    files.sort_by_key(|(file, _)| *file);
    let mut found: Vec<Question> = files
        .into_iter()
        .map(|(_, mut queries)| {
            queries.sort_by_key(|(name, query)| (query.spot.line, *name));
            of_file(&queries)
        })
        .collect();
    if let Some((first, queries)) = others.first() {
        let names: Vec<String> = others
            .iter()
            .map(|(file, queries)| {
                format!(
                    "`{}` ({})",
                    file.rsplit('/').next().unwrap_or(file),
                    queries.len()
                )
            })
            .collect();
        found.push(Question {
            question: visible::line(&format!(
                "Whose rows do the queries of {} more files reach: {}?",
                others.len(),
                names.join(", ")
            ))
            .into_owned(),
            evidence: "what decides it could not be followed; 7.1 has them one by one".to_owned(),
            file: (*first).to_owned(),
            line: queries
                .iter()
                .map(|(_, query)| query.spot.line)
                .min()
                .unwrap_or(1),
            ask: None,
        });
    }
    found
}

/// Whose rows the queries of one file reach.
fn of_file(queries: &[(&str, &Query)]) -> Question {
    const SHOWN: usize = 8;
    let first = queries[0].1;
    let mut places: Vec<String> = queries
        .iter()
        .take(SHOWN)
        .map(|(name, query)| match queries.len() {
            1 => format!("`{name}.{}`", query.operation),
            _ => format!("`{name}.{}` ({})", query.operation, query.spot.line),
        })
        .collect();
    if queries.len() > SHOWN {
        places.push(format!("{} more", queries.len() - SHOWN));
    }
    let ways = queries.iter().flat_map(|(_, query)| unknown_ways(query));
    let endpoints: BTreeSet<&str> = ways.collect();
    let from = unknown_ways(first).next().unwrap_or_default();
    let more = match endpoints.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let question = format!(
        "Whose rows {} {} reach from `{from}`{more}?",
        if queries.len() == 1 { "does" } else { "do" },
        places.join(", ")
    );
    Question {
        question: visible::line(&question).into_owned(),
        evidence: "what decides it could not be followed".to_owned(),
        file: first.spot.file.clone(),
        line: first.spot.line,
        ask: None,
    }
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
