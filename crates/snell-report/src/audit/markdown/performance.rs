//! Part 6: what requests cost, and which tables grow.

use super::{
    super::Audit,
    schema::about,
    text::{Document, code, count, escaped},
};

/// Endpoints that are shown before the rest is folded away.
const WORST: usize = 15;

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "6. Performance");
    out.heading(3, "6.1 What one request costs");
    budgets(out, audit);
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
    about(
        out,
        audit,
        "Growth",
        &[
            "scale/",
            "query/unbounded",
            "query/unpaged",
            "query/unclamped",
            "query/deep-offset",
            "query/include-unbounded",
            "query/pagination",
        ],
    );
    out.heading(3, "6.3 Vector search at scale");
    about(
        out,
        audit,
        "Vector search",
        &[
            "vector/missing-index",
            "vector/filtered",
            "vector/no-limit",
            "vector/index",
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
        "{}; {} run queries in loops{}. The worst come first; `1 + 2 x agents` is one query, and two for each agent.",
        count(traces.len(), "endpoint"),
        in_loops,
        match unfollowed {
            0 => String::new(),
            n => format!("; {n} could not be followed to the end"),
        }
    ));
    let rows: Vec<Vec<String>> = traces
        .iter()
        .map(|trace| {
            vec![
                code(&trace.name),
                code(&trace.budget.to_string()),
                escaped(&trace.access),
                out.at(&trace.spot),
            ]
        })
        .collect();
    let heads = ["Endpoint", "Queries", "Who is let through", "Where"];
    let (worst, rest) = rows.split_at(rows.len().min(WORST));
    out.table(&heads, worst);
    if !rest.is_empty() {
        out.line(&format!(
            "<details><summary>{} more endpoints</summary>",
            rest.len()
        ));
        out.table(&heads, rest);
        out.line("</details>");
        out.blank();
    }
}
