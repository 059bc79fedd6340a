//! Part 4: indexes, those that are there and those that are missing.

use super::{
    super::{
        Audit, health, sheets,
        tables::{IndexRow, IndexTable},
    },
    about::{about, told},
    text::{Document, code, codes, count},
};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "4. Index analysis");
    if health::elsewhere(audit) {
        for title in [
            "4.1 Current indexes",
            "4.2 Missing indexes",
            "4.3 Redundant and unused indexes",
            "4.4 Vector search",
            "4.5 Composite, partial, covering and expression indexes",
        ] {
            out.heading(3, title);
            out.paragraph(health::UNJUDGED);
        }
        return;
    }
    out.heading(3, "4.1 Current indexes");
    current(out, audit);
    out.heading(3, "4.2 Missing indexes");
    missing(out, audit);
    about(
        out,
        audit,
        "Queries without an index, and keys that the database looks rows up by",
        &[
            "index/query-without-index",
            "index/owner-filter-without-index",
            "index/order-by-without-index",
            "index/foreign-key-without-index",
            "index/composite-order",
            "index/near-miss",
        ],
    );
    out.heading(3, "4.3 Redundant and unused indexes");
    superfluous(out, audit);
    about(
        out,
        audit,
        "Indexes that only cost",
        &[
            "index/duplicate",
            "index/redundant",
            "index/overlapping",
            "index/unique-already-indexed",
            "index/unused",
            "index/too-many",
            "index/boolean-index",
            "index/where-on-not-null",
        ],
    );
    out.heading(3, "4.4 Vector search");
    vectors(out, audit);
    told(
        out,
        audit,
        "Indexes of vectors that are missing or do not serve",
        &[
            "vector/missing-index",
            "vector/opclass",
            "vector/order-by",
            "vector/index",
            "vector/ivfflat",
        ],
    );
    out.heading(3, "4.5 Composite, partial, covering and expression indexes");
    kinds(out, audit);
    told(
        out,
        audit,
        "Opportunities",
        &[
            "index/composite-order",
            "index/near-miss",
            "index/partial",
            "index/covering",
            "index/expression",
            "index/like-without-trigram",
            "index/json-needs-gin",
            "index/array-btree",
            "index/nullable-leading",
        ],
    );
}

/// How many of the indexes that are there have several columns, or something else than columns.
fn kinds(out: &mut Document, audit: &Audit) {
    let rows = || audit.indexes.iter().flat_map(|table| &table.indexes);
    let several = rows().filter(|row| row.columns.len() > 1).count();
    let expressions = rows().filter(|row| row.columns.iter().any(|one| one == "an expression"));
    let expressions = expressions.count();
    let mut parts = Vec::new();
    if several > 0 {
        let word = if several == 1 { "has" } else { "have" };
        parts.push(format!("{several} {word} more than one column"));
    }
    if expressions > 0 {
        let word = if expressions == 1 { "holds" } else { "hold" };
        parts.push(format!("{expressions} {word} an expression"));
    }
    if !parts.is_empty() {
        let all = count(rows().count(), "index");
        out.paragraph(&format!("Of {all}, {}.", parts.join(", ")));
    }
}

fn current(out: &mut Document, audit: &Audit) {
    let rows: Vec<Vec<String>> = audit
        .indexes
        .iter()
        .flat_map(|table| table.indexes.iter().map(move |row| (table, row)))
        .map(|(table, row)| index(out, table, row))
        .collect();
    if rows.is_empty() {
        out.paragraph("There are none.");
        return;
    }
    out.paragraph(&format!(
        "{}. The verdict is about the queries of the code: whether a server uses an index, its statistics say.",
        count(rows.len(), "index")
    ));
    out.table(
        &["Table", "Index", "Columns", "Purpose", "Used by", "Verdict"],
        &rows,
    );
}

fn index(out: &Document, table: &IndexTable, row: &IndexRow) -> Vec<String> {
    let kind = match (row.kind.as_str(), row.method.as_str()) {
        ("index", "btree") => String::new(),
        ("index", method) => format!(", {method}"),
        (kind, "btree") => format!(", {kind}"),
        (kind, method) => format!(", {kind}, {method}"),
    };
    let from = if row.declared {
        ""
    } else {
        ", in migrations only"
    };
    let name = row.database_name.as_ref().unwrap_or(&row.name);
    let verdict = match (row.standing.as_str(), &row.instead) {
        (standing @ ("redundant" | "ineffective"), Some(instead)) => {
            format!("**{standing}**: {}", code(instead))
        }
        (standing @ ("redundant" | "unused" | "ineffective"), None) => format!("**{standing}**"),
        ("partly", Some(instead)) => format!("used in part; whole: {}", code(instead)),
        ("used", None) if row.uses.is_empty() && row.kind != "index" => {
            "kept by its constraint".to_owned()
        }
        (standing, Some(instead)) => format!("{standing}; better: {}", code(instead)),
        (standing, None) => standing.to_owned(),
    };
    const SHOWN: usize = 3;
    let mut purpose: Vec<String> = row
        .purpose
        .iter()
        .take(SHOWN)
        .map(|one| marked(one))
        .collect();
    if row.purpose.len() > SHOWN {
        purpose.push(format!("{} more", row.purpose.len() - SHOWN));
    }
    vec![
        code(&table.table),
        format!("{}{kind}{from}", code(name)),
        codes(&row.columns),
        or_dash(purpose.join("; ")),
        or_dash(out.places(&row.uses, 2)),
        verdict,
    ]
}

/// Words with names in code spans, as the engine wrote them.
fn marked(text: &str) -> String {
    super::text::prose(text)
}

fn or_dash(text: String) -> String {
    match text.is_empty() {
        true => "–".to_owned(),
        false => text,
    }
}

fn missing(out: &mut Document, audit: &Audit) {
    let sheet = sheets::missing_indexes(audit);
    if sheet.rows.is_empty() {
        out.paragraph("No query of the code lacks one.");
    }
    out.sheet("indexes", &sheet);
}

/// How many of each verdict, with what dropping them spares.
fn superfluous(out: &mut Document, audit: &Audit) {
    let rows = || audit.indexes.iter().flat_map(|table| &table.indexes);
    let of = |standing: &str| rows().filter(|row| row.standing == standing).count();
    let all = rows().count();
    let parts: Vec<String> = [
        (
            of("redundant"),
            "redundant (another index starts with its columns)",
        ),
        (of("unused"), "that no query of the code uses"),
        (
            of("ineffective") + of("partly"),
            "used by queries that another one would serve better",
        ),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, words)| format!("{n} {words}"))
    .collect();
    let all = count(all, "index");
    out.paragraph(&match parts.is_empty() {
        true => format!("Of {all}, none is redundant, unused or served better by another one."),
        false => format!(
            "Of {all}: {}. Each write of a row maintains all of its table's.",
            parts.join(", ")
        ),
    });
}

fn vectors(out: &mut Document, audit: &Audit) {
    let rows: Vec<Vec<String>> = audit
        .indexes
        .iter()
        .flat_map(|table| table.indexes.iter().map(move |row| (table, row)))
        .filter(|(_, row)| matches!(row.method.as_str(), "hnsw" | "ivfflat"))
        .map(|(table, row)| index(out, table, row))
        .collect();
    out.table(
        &["Table", "Index", "Columns", "Purpose", "Used by", "Verdict"],
        &rows,
    );
    if rows.is_empty() {
        out.paragraph("There is no index of vectors.");
    }
    out.sheet("searches", &sheets::searches(audit));
}
