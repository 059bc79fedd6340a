//! What was looked at for a point of the audit: so many things of the kinds that its rules judge.

use super::{Audit, tables::Point};

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
    let models = || many(audit.models.len(), "model", "models");
    let endpoints = || many(audit.endpoints.len(), "endpoint", "endpoints");
    let queries = || many(audit.queries.len(), "query", "queries");
    let columns = || {
        let columns = audit.models.iter().map(|model| model.columns).sum();
        many(columns, "column", "columns")
    };
    match of {
        "schema" | "maintainability" | "2.9" | "3.1" | "3.2" => vec![models(), columns()],
        "integrity" | "3.3" => {
            let keys = many(audit.relations.len(), "foreign key", "foreign keys");
            vec![models(), keys]
        }
        "index" | "4.1" => {
            let indexes = audit.indexes.iter().map(|table| table.indexes.len()).sum();
            vec![many(indexes, "index", "indexes"), queries()]
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
            let secrets = audit.secrets.len();
            vec![many(
                secrets,
                "secret or personal column",
                "secret or personal columns",
            )]
        }
        "consistency" => {
            let mirrors = audit.mirrors.len();
            let one = "type that mirrors a model";
            vec![many(mirrors, one, "types that mirror models"), columns()]
        }
        "5.4" => vec![columns()],
        "query" => vec![queries(), endpoints()],
        "raw-sql" | "5.6" => vec![many(audit.raw.len(), "raw query", "raw queries")],
        "vector" | "4.4" => {
            let searches = audit.searches.len();
            vec![many(searches, "search by distance", "searches by distance")]
        }
        "migration" | "2.7" => vec![many(audit.migrations.len(), "migration", "migrations")],
        "scale" | "6.2" => {
            let grows = |growth: &str| matches!(growth, "append-only" | "by action");
            let growing = audit.lives.iter().filter(|life| grows(&life.growth));
            vec![many(growing.count(), "growing table", "growing tables")]
        }
        "seed-data" | "domain" => vec![models()],
        _ => Vec::new(),
    }
}

/// `1 index`, `2 indexes`
fn many(n: usize, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}
