//! Part 6: what requests cost, and which tables grow.

use super::{
    super::Audit,
    schema::about,
    text::{Document, code, count, escaped},
};

/// Rules on what grows with a table.
pub(super) const GROWTH: [&str; 7] = [
    "scale/",
    "query/unbounded",
    "query/unpaged",
    "query/unclamped",
    "query/deep-offset",
    "query/include-unbounded",
    "query/pagination",
];
/// Endpoints that are shown before the rest is folded away.
const WORST: usize = 15;

pub(super) fn write(out: &mut Document, audit: &Audit, picture: Option<&str>) {
    out.heading(2, "6. Performance");
    out.heading(3, "6.1 What one request costs");
    budgets(out, audit);
    out.picture("What the costly ones ask for, drawn", picture);
    about(
        out,
        audit,
        "Queries in loops",
        &[
            "query/n-plus-one",
            "query/loop-write",
            "query/duplicate-query",
            "query/load-all",
        ],
    );
    out.heading(3, "6.2 Growing tables, pages and retention");
    growth(out, audit);
    about(out, audit, "Growth", &GROWTH);
    out.heading(3, "6.3 Vector search at scale");
    about(
        out,
        audit,
        "Vector search",
        &[
            "vector/missing-index",
            "vector/filtered",
            "vector/no-limit",
            "vector/index-parameters",
        ],
    );
}

fn budgets(out: &mut Document, audit: &Audit) {
    if audit.endpoints.is_empty() {
        out.paragraph("No endpoint was found.");
        return;
    }
    let mut traces: Vec<_> = audit.endpoints.iter().collect();
    traces.sort_by(|a, b| {
        let weight = b.budget.weight().cmp(&a.budget.weight());
        weight
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| a.spot.cmp(&b.spot))
    });
    let in_loops = traces
        .iter()
        .filter(|trace| !trace.budget.repeated.is_empty())
        .count();
    let unfollowed = traces.iter().filter(|trace| !trace.followed).count();
    out.paragraph(&format!(
        "{}; {} queries in loops{}. The worst come first. Each number is the most that one request can take, every branch counted; `1 + 2 x agents` is one query, and two for each agent.",
        count(traces.len(), "endpoint"),
        match in_loops {
            0 => "none runs".to_owned(),
            1 => "1 runs".to_owned(),
            n => format!("{n} run"),
        },
        match unfollowed {
            0 => String::new(),
            n => format!("; {n} could not be followed to the end"),
        }
    ));
    let (many, few): (Vec<_>, Vec<_>) = traces
        .iter()
        .enumerate()
        .partition(|(n, trace)| *n < WORST || !trace.budget.repeated.is_empty());
    let most = few.iter().map(|(_, trace)| trace.budget.weight().2).max();
    let rows: Vec<Vec<String>> = many
        .iter()
        .map(|(_, trace)| {
            vec![
                code(&trace.name),
                code(&trace.budget.to_string()),
                let_through(&trace.access),
                out.at(&trace.spot),
            ]
        })
        .collect();
    out.table(
        &["Endpoint", "Queries", "Who is let through", "Where"],
        &rows,
    );
    if !few.is_empty() {
        out.paragraph(&format!(
            "{} {} {} at most, none in a loop.",
            count(few.len(), "further endpoint"),
            if few.len() == 1 { "runs" } else { "run" },
            count(most.unwrap_or_default(), "query"),
        ));
    }
}

/// Who is let through, in a reader's words: `only Roles` names what they pass.
pub(super) fn let_through(access: &str) -> String {
    match access.strip_prefix("only ") {
        Some(markers) => {
            let markers: Vec<String> = markers.split(", ").map(code).collect();
            format!("who passes {}", markers.join(", "))
        }
        None => escaped(access),
    }
}

/// How each table grows, with what shows it, and what becomes of old rows.
fn growth(out: &mut Document, audit: &Audit) {
    let rows: Vec<Vec<String>> = audit
        .lives
        .iter()
        .map(|life| {
            let mut pace = Vec::new();
            match life.endpoints {
                0 => {}
                n => pace.push(count(n, "endpoint")),
            }
            if life.in_background {
                pace.push("in the background".to_owned());
            }
            if life.many {
                pace.push("many at a time".to_owned());
            }
            let candidate = match (life.growth.as_str(), life.dated.0) {
                ("append-only", _) if life.bounded.is_some() => {
                    "with its parent: a unique bounds it"
                }
                ("append-only", true) if life.swept.is_none() => {
                    "archive and partition by the time of creation"
                }
                ("append-only", false) if life.swept.is_none() => "archive; no time to go by yet",
                ("append-only", _) => "old rows go already",
                _ => "–",
            };
            vec![
                code(&life.model),
                life.growth.clone(),
                out.place(life.made.as_ref()),
                if pace.is_empty() {
                    "–".to_owned()
                } else {
                    pace.join(", ")
                },
                super::lives::removed(out, life),
                candidate.to_owned(),
            ]
        })
        .collect();
    if rows.is_empty() {
        out.paragraph("There are no tables.");
        return;
    }
    out.paragraph("The growth of each table as the application's writes tell: append-only (nothing takes rows away but a cascade), by action (people add and remove), by owner (one row each at most), catalogue (those who run the system add rows), configuration (no code adds rows).");
    out.table(
        &[
            "Model",
            "Growth",
            "Rows are made at",
            "By",
            "Rows go",
            "Archival and partitions",
        ],
        &rows,
    );
}
