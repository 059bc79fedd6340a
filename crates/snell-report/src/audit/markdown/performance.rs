//! Part 6: what requests cost, and which tables grow.

use super::{
    super::{Audit, Relation, health, roles, sheets, tables::Life},
    about::{about, told},
    text::{Document, code, count, prose},
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
    if !audit.lives.is_empty() || !health::elsewhere(audit) {
        about(out, audit, "Growth", &GROWTH);
    }
    out.heading(3, "6.3 Vector search at scale");
    if health::elsewhere(audit) {
        out.paragraph(health::UNJUDGED);
        return;
    }
    vectors(out, audit);
    told(
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

/// Exact search against an approximate index, for each search.
fn vectors(out: &mut Document, audit: &Audit) {
    for search in &audit.searches {
        out.line(&format!(
            "- {} on {}: {}",
            out.at(&search.spot),
            code(&format!("{}.{}", search.table, search.column)),
            prose(&sheets::assessment(search).join(" "))
        ));
    }
    if !audit.searches.is_empty() {
        out.blank();
        out.paragraph(sheets::FIRST_GUESS);
    }
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
        "{}; {} queries in loops{}. The worst come first. Each number is the most that one request can take, every branch counted; `1 + 2 x agents` is one query, and two for each agent; `findUnique` calls that `Promise.all` makes in one tick count as the one query that Prisma makes of them.",
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
                prose(&roles::who(trace)),
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

/// What may be done with old rows. Partitions pay where queries ask for a span of time, and cost every key
/// that points at the table the time as well.
fn archival(audit: &Audit, life: &Life) -> String {
    let keys =
        |own: &dyn Fn(&Relation) -> bool| audit.relations.iter().filter(|one| own(one)).count();
    let above = keys(&|one| one.from == life.model);
    let below = keys(&|one| one.to == life.model);
    if life.growth != "append-only" {
        return "–".to_owned();
    }
    if life.bounded.is_some() {
        return "with its parent: a unique bounds it".to_owned();
    }
    if life.swept.is_some() || life.emptied.is_some() {
        return "old rows go already".to_owned();
    }
    // Rows that hang on nothing are what others speak of: things, not events.
    if above == 0 && below > 0 {
        return "–: others refer to its rows for as long as they last".to_owned();
    }
    match (life.dated.0, life.ranged, below) {
        (false, ..) => "a time at which rows were made comes first".to_owned(),
        (true, true, 0) => {
            "archive and partition by the time of creation, which joins the primary key".to_owned()
        }
        (true, _, 0) => "archive by the time of creation".to_owned(),
        (true, _, 1) => {
            "archive by the time of creation, with the rows that 1 key ties to it".to_owned()
        }
        (true, _, n) => {
            format!("archive by the time of creation, with the rows that {n} keys tie to it")
        }
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
                archival(audit, life),
            ]
        })
        .collect();
    if rows.is_empty() {
        out.paragraph(match health::elsewhere(audit) {
            true => health::UNJUDGED,
            false => "There are no tables.",
        });
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
