//! Part 9: practices, each tied to what was found here.

use std::cmp::Reverse;

use super::{
    super::{
        Audit, Change,
        health::{self, active},
    },
    summary::link,
    text::{Document, code, count},
};
use crate::Finding;

/// Queries to watch a running database with.
pub(in crate::audit) const MONITORING: &str = "-- indexes that were not used since the statistics began\nSELECT relname, indexrelname, idx_scan, pg_size_pretty(pg_relation_size(indexrelid))\nFROM pg_stat_user_indexes ORDER BY idx_scan, pg_relation_size(indexrelid) DESC LIMIT 20;\n\n-- tables by size, with their dead rows and sequential scans\nSELECT relname, n_live_tup, n_dead_tup, seq_scan, idx_scan, pg_size_pretty(pg_total_relation_size(relid))\nFROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 20;\n\n-- the statements that take most time (extension pg_stat_statements)\nSELECT calls, round(mean_exec_time::numeric, 1) AS ms, rows, left(query, 120) AS query\nFROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 20;";

/// Practices and processes, tools, and what to do about vectors: each with its title.
pub(in crate::audit) fn parts(audit: &Audit) -> Vec<(&'static str, Vec<String>)> {
    let mut lines = practices(audit);
    lines.extend(processes(audit));
    let (searches, advice) = vectors_advice(audit);
    let mut vectors = Vec::new();
    if !searches.is_empty() || !advice.is_empty() {
        let places: Vec<String> = searches
            .iter()
            .map(|spot| format!("{}:{}", spot.file, spot.line))
            .collect();
        vectors.push(format!(
            "{} by distance: {}.",
            count(searches.len(), "search"),
            places.join(", ")
        ));
        vectors.extend(advice);
    }
    vec![
        ("Practices", lines),
        ("Tools", tools_lines(audit)),
        ("Vector strategy", vectors),
    ]
}

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "9. Recommendations");
    let mut lines = practices(audit);
    lines.extend(processes(audit));
    if lines.is_empty() {
        out.paragraph("Nothing that was found asks for a change of practice.");
    }
    for line in lines {
        out.line(&format!("- {}", linked(audit, &line)));
    }
    out.blank();
    tools(out, audit);
    vectors(out, audit);
    monitoring(out, audit);
}

/// Tools, each for something that is here.
fn tools_lines(audit: &Audit) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let has = |prefix: &str| number(audit, prefix) > 0;
    if !audit.migrations.is_empty() {
        lines.push(format!(
            "{} after {} on an empty PostgreSQL in the pipeline tells drift; {} here today.",
            code("prisma migrate diff --exit-code"),
            code("prisma migrate deploy"),
            match audit.drift.iter().filter(|one| one.managed).count() {
                0 => "no difference".to_owned(),
                n => count(n, "difference"),
            }
        ));
    }
    if has("index/") {
        lines.push(format!(
            "{} and {} on production; {} takes what they count.",
            code("pg_stat_statements"),
            code("pg_stat_user_indexes"),
            code("snell check --stats")
        ));
    }
    let in_loops = (audit.endpoints.iter())
        .filter(|trace| !trace.budget.repeated.is_empty())
        .count();
    if has("query/") && in_loops > 0 {
        lines.push(format!(
            "Prisma's {} in tests of the endpoints with loops ({in_loops}), so that the number of statements is asserted.",
            code("log: ['query']"),
        ));
    }
    lines
}

fn tools(out: &mut Document, audit: &Audit) {
    let lines = tools_lines(audit);
    if lines.is_empty() {
        return;
    }
    out.heading(3, "Tools");
    for line in lines {
        out.line(&format!("- {line}"));
    }
    out.blank();
}

/// Where rows are searched by distance, and what to do about embeddings, by what was found.
fn vectors_advice(audit: &Audit) -> (Vec<crate::trace::Spot>, Vec<String>) {
    let searched = audit.raw.iter().filter(|raw| {
        ["<=>", "<->", "<#>", "<+>"]
            .iter()
            .any(|operator| raw.sql.contains(operator))
    });
    let places: Vec<crate::trace::Spot> = searched.map(|raw| raw.spot.clone()).collect();
    if places.is_empty() && number(audit, "vector/") == 0 {
        return (places, Vec::new());
    }
    let mut lines = vec![
        "While a search filters by an owner's key and that leaves some thousands of rows, a btree on the key and an exact sort find every neighbour; an HNSW index pays when the filtered set is larger, and then with `hnsw.iterative_scan` (pgvector 0.8), since the filter comes after the candidates.".to_owned(),
        "Prisma's schema has no words for HNSW and IVFFlat: make the index by SQL in a form that `migrate dev` leaves alone (partial, `WHERE … IS NOT NULL`, or over an expression).".to_owned(),
    ];
    if number(audit, "vector/embedding-stale") > 0 {
        lines.push("Write text and embedding together, or set the old vector to NULL and let a job fill it: a search finds what the text no longer says otherwise.".to_owned());
    }
    (places, lines)
}

fn vectors(out: &mut Document, audit: &Audit) {
    let (places, lines) = vectors_advice(audit);
    if lines.is_empty() {
        return;
    }
    out.heading(3, "Vector strategy");
    out.line(&format!(
        "- {} by distance: {}.",
        count(places.len(), "search"),
        out.places(&places, 4)
    ));
    for line in lines {
        out.line(&format!("- {line}"));
    }
    out.blank();
}

fn number(audit: &Audit, prefix: &str) -> usize {
    active(audit)
        .filter(|(_, finding)| finding.diagnostic.rule.name.starts_with(prefix))
        .count()
}

fn practices(audit: &Audit) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |prefix: &str, words: &str| {
        let mut found: Vec<(usize, &Finding)> = active(audit)
            .filter(|(n, finding)| {
                let rule = finding.diagnostic.rule.name;
                // What goes with something else, or stays, asks for no practice; and that there is no
                // second line is no fault of the first.
                let asks = audit.findings[*n].change != Change::Keep;
                asks && rule.starts_with(prefix) && !rule.starts_with("isolation/rls-missing")
            })
            .collect();
        found.sort_by_key(|(n, finding)| (Reverse(finding.diagnostic.severity), *n));
        if !found.is_empty() {
            lines.push(format!("{words} ({}).", worst(audit, &found)));
        }
    };
    say(
        "isolation/",
        "**One way to a user's rows**: a repository or client extension that takes the signed-in user and adds the owner to every `where` leaves no place to forget it",
    );
    say(
        "query/n-plus-one",
        "**Lists before loops**: read what a list needs with one `include` or one `in`, and put it together by a map",
    );
    say(
        "query/missing-transaction",
        "**One transaction for writes that belong together**: `$transaction(async (tx) => …)`, with nothing slow inside",
    );
    say(
        "consistency/",
        "**One source for types**: derive DTOs and response types from Prisma's (`Prisma.XGetPayload`, `Pick<Model, …>`), or generate the client's from OpenAPI",
    );
    say(
        "raw-sql/",
        "**Raw SQL as tagged templates**, with the columns named and cast, or as TypedSQL files that are checked against the database",
    );
    say(
        "vector/",
        "**Vectors**: keep the model's name and the dimension in one constant, beside each row",
    );
    say(
        "vector/opclass",
        "**One measure**: search with the operator that the index of the vectors is for",
    );
    say(
        "index/",
        "**Indexes from queries**: an index comes with the query that needs it, and goes with it",
    );
    say(
        "security/",
        "**Secrets and input**: validate at the edge with a whitelist, and return selected columns only",
    );
    say(
        "security/weak-encryption",
        "**Encryption**: an authenticated mode, and an initialization vector that is random for each text",
    );
    lines
}

/// The numbers of the worst findings, and how many more there are.
fn worst(audit: &Audit, found: &[(usize, &Finding)]) -> String {
    const SHOWN: usize = 3;
    let mut ids: Vec<String> = found
        .iter()
        .take(SHOWN)
        .map(|(n, _)| audit.findings[*n].id.clone())
        .collect();
    if found.len() > SHOWN {
        ids.push(format!("{} more", found.len() - SHOWN));
    }
    ids.join(", ")
}

/// A line with the numbers of findings as links to them.
fn linked(audit: &Audit, line: &str) -> String {
    let Some((words, ids)) = line.rsplit_once(" (") else {
        return line.to_owned();
    };
    let ids = ids.split(", ").map(|word| {
        let id = word.trim_end_matches([')', '.']);
        match audit.findings.iter().any(|more| more.id == id) {
            true => word.replacen(id, &link(id), 1),
            false => word.to_owned(),
        }
    });
    format!("{words} ({}", ids.collect::<Vec<_>>().join(", "))
}

fn processes(audit: &Audit) -> Vec<String> {
    let mut lines = Vec::new();
    let failing = audit
        .migrations
        .iter()
        .filter(|migration| migration.failure.is_some())
        .count();
    if failing > 0 || audit.drift.iter().any(|drift| drift.managed) {
        lines.push(
            "**The pipeline runs the migrations**: `prisma migrate deploy` on an empty PostgreSQL, then `prisma migrate diff --exit-code` against the schema, for every change.".to_owned(),
        );
    }
    if !audit.drift.is_empty() {
        lines.push("**Read what `migrate dev` proposes**: it drops indexes and objects that it does not know; make the file with `--create-only`, and take such statements out.".to_owned());
    }
    let grave = active(audit).any(|(_, f)| f.diagnostic.severity >= snell_source::Severity::High);
    if grave {
        lines.push(format!(
            "**Keep it from coming back**: {} in the pipeline fails on findings of high severity, and {} in a hook looks at what is about to be committed.",
            code("snell check"),
            code("snell check --staged")
        ));
    }
    lines
}

fn monitoring(out: &mut Document, audit: &Audit) {
    if audit.models.is_empty() || health::elsewhere(audit) {
        return;
    }
    out.heading(3, "Queries to watch a running database with");
    out.paragraph("What no reading of code can tell: which indexes are used, which tables grow, which statements are slow.");
    out.fence("sql", MONITORING);
    let unused: Vec<String> = active(audit)
        .filter(|(_, finding)| finding.diagnostic.rule.name == "index/unused-by-code")
        .map(|(n, _)| link(&audit.findings[n].id))
        .collect();
    if !unused.is_empty() {
        out.paragraph(&format!(
            "The first one decides about {} that no query of the code uses: {}.",
            count(unused.len(), "index"),
            unused.join(", ")
        ));
    }
}
