//! The first part: what matters, on one screen.

use snell_source::Severity;

use super::{
    super::{
        health::{self, Said},
        patterns,
        standing::Standing,
    },
    context::Context,
    count,
};
use crate::render::html::{severity, tags::Html};

/// How many endpoints that ask most are named.
const COSTLY: usize = 5;

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    let counts = &context.audit.report.counts;
    out.leaf(
        "p",
        &[("class", "lead")],
        &format!(
            "{}, {}, {} of Prisma's client and {} in {}.",
            count(counts.models, "model"),
            count(counts.migrations, "migration"),
            count(counts.client_calls, "call"),
            count(counts.raw_queries, "raw query"),
            count(counts.files, "file"),
        ),
    );
    if let Some(words) = health::other_databases(context.audit) {
        out.words("p", &[], &words);
    }
    tiles(out, context);
    fix_first(out, context);
    changes(out, context);
    out.open("div", &[("class", "two")]);
    out.open("div", &[]);
    health(out, context);
    out.close();
    out.open("div", &[]);
    isolation(out, context);
    costly(out, context);
    said(out, "What is sound", &health::sound(context.audit));
    said(
        out,
        "What could not be judged",
        &health::blind(context.audit),
    );
    out.close();
    out.close();
    patterns(out, context);
}

/// What most parts have in common, and what departs from it.
fn patterns(out: &mut Html, context: &Context<'_>) {
    /// Departures that are named; more are counted.
    const SHOWN: usize = 3;
    let all = patterns::patterns(context.audit);
    if all.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Patterns and departures");
    let heads = ["Pattern", "Established", "# Share", "Departures"];
    out.table("plain", &heads, |out| {
        for (one, against) in &all {
            out.open("tr", &[]);
            out.leaf("td", &[], patterns::pattern(&one.about));
            out.words("td", &[], &one.is);
            out.leaf("td", &[("class", "num")], &patterns::kept_by(one, against));
            out.open("td", &[]);
            for (n, (name, is, at)) in one.departures.iter().take(SHOWN).enumerate() {
                if n > 0 {
                    out.text(", ");
                }
                out.leaf("code", &[], name);
                if !is.is_empty() {
                    out.text(" ");
                    out.prose(is);
                }
                out.text(" ");
                out.place(&at.file, at.line);
            }
            if one.departures.len() > SHOWN {
                out.text(&format!(" and {} more", one.departures.len() - SHOWN));
            }
            for n in against {
                let id = &context.audit.findings[*n].id;
                out.text(" ");
                out.link(id, id);
            }
            if one.departures.is_empty() && against.is_empty() {
                out.leaf("span", &[("class", "calm")], "none");
            }
            out.close();
            out.close();
        }
    });
}

fn said(out: &mut Html, title: &str, all: &[Said]) {
    if all.is_empty() {
        return;
    }
    out.leaf("h3", &[], title);
    out.open("ul", &[]);
    for one in all {
        out.open("li", &[]);
        out.prose(&one.words);
        for spot in &one.spots {
            out.text(" ");
            out.place(&spot.file, spot.line);
        }
        out.close();
    }
    out.close();
}

/// The severities with their numbers; each leads to its findings.
fn tiles(out: &mut Html, context: &Context<'_>) {
    let counts = health::by_severity(
        context
            .active()
            .map(|(_, finding, _)| finding.diagnostic.severity),
    );
    out.open("ul", &[("class", "tiles")]);
    for (one, n) in Severity::WORST_FIRST.into_iter().zip(counts) {
        let class = match (one, n) {
            (_, 0) => "zero",
            (Severity::Critical, _) => "critical",
            (Severity::High, _) => "high",
            (Severity::Medium, _) => "medium",
            (Severity::Low, _) => "low",
            (Severity::Info, _) => "info",
        };
        out.open("li", &[]);
        out.open(
            "a",
            &[
                ("class", class),
                ("href", "#findings"),
                ("data-query", &format!("severity={}", one.as_str())),
            ],
        );
        out.leaf("strong", &[], &n.to_string());
        out.text(" ");
        out.leaf("span", &[], one.as_str());
        out.close();
        out.close();
    }
    out.close();
}

fn fix_first(out: &mut Html, context: &Context<'_>) {
    let (first, rest) = health::first(context.audit, context.sources);
    out.leaf("h3", &[], "Fix first");
    if first.is_empty() {
        out.leaf(
            "p",
            &[("class", "calm")],
            "Nothing of medium severity or above was found.",
        );
        return;
    }
    out.open("ol", &[("class", "first")]);
    for one in &first {
        let spot = context.spot(one.finding);
        let id = &context.audit.findings[one.number].id;
        out.open("li", &[]);
        severity(out, one.finding.diagnostic.severity);
        out.open("div", &[]);
        out.open("p", &[]);
        out.link(id, id);
        out.text(" ");
        out.prose(&one.finding.diagnostic.message);
        if one.more > 0 {
            out.text(&format!(" (and {} more of its kind)", one.more));
        }
        out.close();
        out.place(&spot.file, spot.line);
        out.close();
        out.close();
    }
    out.close();
    if rest > 0 {
        out.open("p", &[("class", "sub")]);
        out.text(&format!("{rest} more of medium severity or above; "));
        out.link("plan", "the plan");
        out.text(" says in which order.");
        out.close();
    }
}

/// What changed since the audit that this one is compared with.
fn changes(out: &mut Html, context: &Context<'_>) {
    let Some(changes) = &context.audit.changes else {
        return;
    };
    out.leaf("h3", &[], "Since the last audit");
    let rows = changes
        .new
        .iter()
        .map(|entry| ("new", entry, String::new(), true))
        .chain(changes.changed.iter().map(|(then, now)| {
            (
                "changed",
                now,
                format!(", was {}", then.severity.as_str()),
                true,
            )
        }))
        .chain(
            changes
                .gone
                .iter()
                .map(|entry| ("gone", entry, String::new(), false)),
        );
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        out.leaf("p", &[("class", "calm")], "Nothing changed.");
        return;
    }
    out.table("plain", &["", "Finding", "Severity", "What"], |out| {
        for (kind, entry, then, here) in rows {
            out.open("tr", &[]);
            out.leaf("td", &[], kind);
            out.open("td", &[]);
            match here {
                true => out.link(&entry.id, &entry.id),
                false => out.text(&entry.id),
            }
            out.close();
            out.open("td", &[]);
            severity(out, entry.severity);
            out.text(&then);
            out.close();
            out.words("td", &[], &entry.message);
            out.close();
        }
    });
}

/// Findings by area and severity.
fn health(out: &mut Html, context: &Context<'_>) {
    out.leaf("h3", &[], "Health by area");
    let heads = [
        "Area",
        "# Critical",
        "# High",
        "# Medium",
        "# Low",
        "# Info",
    ];
    out.table("plain health", &heads, |out| {
        for (area, counts) in health::by_area(context.audit) {
            let number = (area as usize + 1).to_string();
            out.open("tr", &[]);
            out.open("th", &[("scope", "row")]);
            out.leaf(
                "a",
                &[
                    ("href", "#findings"),
                    ("data-query", &format!("area={number}")),
                ],
                area.title(),
            );
            out.close();
            for (one, n) in Severity::WORST_FIRST.into_iter().zip(counts) {
                if n == 0 {
                    out.number(0);
                    continue;
                }
                out.open("td", &[("class", "num")]);
                let query = format!("area={number}&severity={}", one.as_str());
                out.leaf(
                    "a",
                    &[("href", "#findings"), ("data-query", &query)],
                    &n.to_string(),
                );
                out.close();
            }
            out.close();
        }
    });
}

/// How the ways from endpoints to rows that somebody owns stand.
fn isolation(out: &mut Html, context: &Context<'_>) {
    let mut counts = [0usize; 6];
    for query in context.audit.queries.iter().filter(|query| query.owned) {
        for standing in Standing::all_of(query) {
            counts[standing as usize] += 1;
        }
    }
    let all: usize = counts.iter().sum();
    if all == 0 {
        return;
    }
    out.open("h3", &[]);
    out.link("isolation", "Whose rows requests reach");
    out.close();
    let parts: Vec<_> = Standing::ALL
        .map(|one| (one.class(), counts[one as usize]))
        .into();
    out.bar(&parts);
    out.open("ul", &[("class", "legend")]);
    for one in Standing::ALL {
        if counts[one as usize] > 0 {
            out.open("li", &[]);
            out.leaf("span", &[("class", one.class())], one.letter());
            out.text(&format!(" {} {}", counts[one as usize], one.words()));
            out.close();
        }
    }
    out.close();
}

/// The endpoints that ask most of the database.
fn costly(out: &mut Html, context: &Context<'_>) {
    let mut traces: Vec<usize> = (0..context.audit.endpoints.len()).collect();
    let trace = |n: usize| &context.audit.endpoints[n];
    traces.retain(|n| !trace(*n).budget.repeated.is_empty());
    traces.sort_by(|a, b| {
        let weight = trace(*b).budget.weight().cmp(&trace(*a).budget.weight());
        weight
            .then_with(|| trace(*a).name.cmp(&trace(*b).name))
            .then(a.cmp(b))
    });
    if traces.is_empty() {
        return;
    }
    out.open("h3", &[]);
    out.link("endpoints", "Requests that query in loops");
    out.close();
    out.open("ul", &[("class", "costly")]);
    for n in traces.iter().take(COSTLY) {
        out.open("li", &[]);
        out.link(&context.endpoints[*n], &trace(*n).name);
        out.text(" ");
        out.leaf("code", &[], &trace(*n).budget.to_string());
        out.close();
    }
    out.close();
    if traces.len() > COSTLY {
        out.leaf(
            "p",
            &[("class", "sub")],
            &format!("and {} more", traces.len() - COSTLY),
        );
    }
}
