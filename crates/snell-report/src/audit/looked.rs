//! What was looked at for a point of the audit: so many things of the kinds that its rules judge.

use super::{Audit, health::count, tables::Point};

/// `17 foreign keys, 14 models`; the models alone, where a point asks for those that play one part.
pub(super) fn looked(audit: &Audit, point: &Point) -> String {
    let rules = point.rules.iter();
    let categories = rules.filter_map(|rule| rule.split('/').next());
    let parts = point.tables.iter().map(String::as_str);
    let mut found: Vec<String> = Vec::new();
    if !point.about.is_empty() {
        const SHOWN: usize = 4;
        let mut names: Vec<String> = point
            .about
            .iter()
            .take(SHOWN)
            .map(|model| format!("`{model}`"))
            .collect();
        if point.about.len() > SHOWN {
            names.push(format!("{} more", point.about.len() - SHOWN));
        }
        found.push(names.join(", "));
    }
    for subject in categories.chain(parts) {
        for words in subjects(audit, subject) {
            let all = point.about.is_empty() || !words.ends_with(" models");
            if all && !found.contains(&words) {
                found.push(words);
            }
        }
    }
    found.join(", ")
}

/// What rules of a category look at, or what a part of the document lists.
fn subjects(audit: &Audit, of: &str) -> Vec<String> {
    let models = || count(audit.models.len(), "model");
    let endpoints = || count(audit.endpoints.len(), "endpoint");
    let queries = || count(audit.queries.len(), "query");
    let columns = || {
        let columns = audit.models.iter().map(|model| model.columns).sum();
        count(columns, "column")
    };
    match of {
        "schema" | "maintainability" | "2.9" | "3.1" | "3.2" => vec![models(), columns()],
        "integrity" | "3.3" => {
            let keys = count(audit.relations.len(), "foreign key");
            vec![models(), keys]
        }
        "index" | "4.1" => {
            let indexes = audit.indexes.iter().map(|table| table.indexes.len()).sum();
            vec![count(indexes, "index"), queries()]
        }
        "isolation" | "7.1" => {
            let owned = audit.queries.iter().filter(|query| query.owned).count();
            let owned = match owned {
                1 => "1 query on rows that somebody owns".to_owned(),
                n => format!("{n} queries on rows that somebody owns"),
            };
            vec![owned, endpoints()]
        }
        "security" | "7.3" => vec![endpoints()],
        "7.4" => {
            vec![count(audit.secrets.len(), "secret or personal column")]
        }
        "consistency" => {
            vec![count(audit.mirrors.len(), "mirroring type"), columns()]
        }
        "5.4" => vec![columns()],
        "query" => vec![queries(), endpoints()],
        "raw-sql" | "5.6" => vec![count(audit.raw.len(), "raw query")],
        "vector" | "4.4" => {
            vec![count(audit.searches.len(), "distance search")]
        }
        "migration" | "2.7" => vec![count(audit.migrations.len(), "migration")],
        "scale" | "6.2" => {
            let grows = |growth: &str| matches!(growth, "append-only" | "by action");
            let growing = audit.lives.iter().filter(|life| grows(&life.growth));
            vec![count(growing.count(), "growing table")]
        }
        "seed-data" | "domain" => vec![models()],
        _ => Vec::new(),
    }
}
