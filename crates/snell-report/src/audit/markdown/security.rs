//! Part 7: whose rows requests reach, and what must stay secret.

use std::collections::BTreeMap;

use super::{
    super::{Audit, Owned, Query},
    schema::{about, model, owned},
    text::{Document, code, codes, count, escaped, share},
};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "7. Security");
    out.heading(3, "7.1 Isolation matrix");
    matrix(out, audit);
    about(out, audit, "Isolation", &["isolation/"]);
    out.heading(3, "7.2 Row-level security");
    row_security(out, audit);
    out.heading(3, "7.3 Administrators");
    administrators(out, audit);
    out.heading(3, "7.4 Secrets, personal data, input and webhooks");
    about(
        out,
        audit,
        "Secrets and input",
        &["security/", "raw-sql/unparameterized", "raw-sql/prisma-raw"],
    );
}

/// How a reader sorts verdicts.
fn column(verdict: &str) -> usize {
    match verdict {
        "Scoped" | "ScopedByParent" => 0,
        "CheckedBefore" | "CheckedAfter" => 1,
        "Admin" => 2,
        "System" | "Public" => 3,
        "OwnerFromClient" | "ClientKeyOnly" | "Unfiltered" => 4,
        _ => 5,
    }
}

const COLUMNS: [&str; 6] = [
    "# In scope",
    "# Checked",
    "# Administrators",
    "# Nobody asks, or public",
    "# Open",
    "# Undecided",
];

fn matrix(out: &mut Document, audit: &Audit) {
    let mut by_model: BTreeMap<&str, Vec<&Query>> = BTreeMap::new();
    for query in audit.queries.iter().filter(|query| query.owned) {
        if let Some(name) = &query.model {
            by_model.entry(name).or_default().push(query);
        }
    }
    if by_model.is_empty() {
        out.paragraph("No query on rows that somebody owns was found.");
        return;
    }
    let rows: Vec<Vec<String>> = by_model
        .iter()
        .map(|(name, queries)| {
            let mut counts = [0usize; 6];
            for verdict in queries.iter().flat_map(|query| verdicts(query)) {
                counts[column(verdict)] += 1;
            }
            let ownership =
                model(audit, name).map_or_else(String::new, |model| owned(&model.ownership));
            let mut row = vec![code(name), ownership, queries.len().to_string()];
            row.extend(counts.iter().map(|count| match count {
                0 => "–".to_owned(),
                count => count.to_string(),
            }));
            row
        })
        .collect();
    let mut heads = vec!["Model", "Whose rows", "# Queries"];
    heads.extend(COLUMNS);
    out.paragraph("Each way from an endpoint to a query counts once; queries that nothing leads to count as undecided.");
    out.table(&heads, &rows);
    ways(out, &by_model);
}

fn verdicts(query: &Query) -> Vec<&str> {
    match query.ways.is_empty() {
        true => vec![query.verdict.as_str()],
        false => query.ways.iter().map(|way| way.verdict.as_str()).collect(),
    }
}

/// Model, endpoint, verdict: all of it, folded away.
fn ways(out: &mut Document, by_model: &BTreeMap<&str, Vec<&Query>>) {
    let mut rows = Vec::new();
    for (name, queries) in by_model {
        for query in queries {
            for way in &query.ways {
                rows.push(vec![
                    code(name),
                    code(&query.operation),
                    code(&way.endpoint),
                    escaped(&way.verdict),
                    escaped(&way.reason.replace('`', "")),
                    out.at(&query.spot),
                ]);
            }
        }
    }
    rows.dedup();
    out.blank();
    out.line(&format!(
        "<details><summary>Every way: {}</summary>",
        rows.len()
    ));
    out.table(
        &["Model", "Operation", "Endpoint", "Verdict", "Why", "Query"],
        &rows,
    );
    out.line("</details>");
    out.blank();
}

fn row_security(out: &mut Document, audit: &Audit) {
    let owned: Vec<_> = audit
        .models
        .iter()
        .filter(|model| model.ownership != Owned::Global)
        .collect();
    let secured = owned.iter().filter(|model| model.row_security).count();
    if secured == 0 {
        out.paragraph(&format!(
            "No table has row-level security: isolation of {} rests on conditions in the application alone. That is a common and sound choice while one tested layer makes the queries; policies are a second line for tables with secrets. `ALTER TABLE … ENABLE ROW LEVEL SECURITY`, `FORCE`, and one policy that compares the owner's column with `current_setting('app.user_id', true)`, set in the same transaction as the query, is the form for this stack.",
            count(owned.len(), "model")
        ));
    } else {
        let without: Vec<String> = owned
            .iter()
            .filter(|model| !model.row_security)
            .map(|model| model.name.clone())
            .collect();
        out.paragraph(&format!(
            "{secured} of {} with owners have row-level security ({}).",
            count(owned.len(), "table"),
            share(secured, owned.len())
        ));
        if !without.is_empty() {
            out.paragraph(&format!("Without: {}.", codes(&without)));
        }
    }
    about(out, audit, "Row-level security", &["isolation/rls-"]);
}

fn administrators(out: &mut Document, audit: &Audit) {
    let rows: Vec<Vec<String>> = audit
        .endpoints
        .iter()
        .filter(|trace| {
            trace.access.starts_with("only ") || trace.access.starts_with("administrators")
        })
        .map(|trace| {
            vec![
                code(&trace.name),
                escaped(&trace.access),
                out.at(&trace.spot),
            ]
        })
        .collect();
    if rows.is_empty() {
        out.paragraph("No endpoint asks for a role or a permission.");
    } else {
        out.paragraph(&format!(
            "{} ask for a role or a permission; queries that only they reach are not asked for an owner.",
            count(rows.len(), "endpoint")
        ));
        out.long_table(
            "endpoints",
            &["Endpoint", "Who is let through", "Where"],
            &rows,
        );
    }
    about(
        out,
        audit,
        "Roles",
        &[
            "isolation/admin",
            "isolation/roles",
            "isolation/unguarded",
            "security/roles",
        ],
    );
}
