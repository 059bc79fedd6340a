//! The migrations in order, where their database departs from the schema, and what they did.

use super::{super::seeding, context::Context, count, row_filter};
use crate::render::html::{severity, tags::Html};

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    let audit = context.audit;
    if audit.migrations.is_empty() {
        out.leaf("p", &[("class", "calm")], "There are no migrations.");
        return;
    }
    out.leaf("p", &[], "In the order in which they run. Those that databases have run stay as they are: what is wrong in them is corrected by a new one.");
    row_filter(out, "filter migrations");
    let heads = [
        "Migration",
        "# Statements",
        "Reversible",
        "# Drop or delete",
        "# Locks told",
        "# Change rows",
        "Replayed",
        "Findings",
    ];
    out.table("plain rows named", &heads, |out| {
        for migration in &audit.migrations {
            out.open("tr", &[("tabindex", "-1")]);
            out.open("th", &[("scope", "row")]);
            out.leaf(
                "span",
                &[
                    ("class", "at"),
                    ("data-copy", &migration.spot.file),
                    ("title", &migration.spot.file),
                ],
                &migration.name,
            );
            out.close();
            out.number(migration.statements);
            out.leaf("td", &[], migration.way_back());
            out.number(migration.destructive);
            out.number(migration.locks);
            out.number(migration.data);
            match &migration.failure {
                None if migration.after_failure => out.leaf("td", &[], "not reached"),
                None => out.leaf("td", &[], "runs"),
                Some(words) => {
                    out.open("td", &[]);
                    if migration.after_failure {
                        out.text("not reached; with those before it mended, ");
                    }
                    out.leaf("span", &[("class", "v open")], "fails");
                    out.text(" ");
                    out.text(words);
                    out.close();
                }
            }
            out.open("td", &[("class", "ids")]);
            for id in &migration.findings {
                context.link_finding(out, id);
                out.text(" ");
            }
            out.close();
            out.close();
        }
    });
    drift(out, context);
    past(out, context);
}

/// What the seeds fill, model by model.
pub(super) fn seeds(out: &mut Html, context: &Context<'_>) {
    let seeds = &context.audit.seeds;
    out.leaf("h3", &[], "Seed coverage");
    let Some(start) = seeds.iter().find_map(|seed| seed.starts.first()) else {
        let none = "No seed was found: nothing fills a new database.";
        out.leaf("p", &[("class", "calm")], none);
        return;
    };
    out.open("p", &[]);
    out.text("Seeds start at ");
    out.place(&start.file, start.line);
    let filled = seeds.iter().filter(|seed| !seed.made.is_empty()).count();
    let models = count(seeds.len(), "model");
    out.text(&format!(". They fill {filled} of {models}."));
    out.close();
    out.table("plain", &seeding::HEADS, |out| {
        for seed in seeds {
            out.open("tr", &[]);
            out.open("th", &[("scope", "row")]);
            context.link_model(out, &seed.model);
            out.close();
            for text in seeding::cells(seed) {
                out.words("td", &[], if text.is_empty() { "\u{2013}" } else { &text });
            }
            out.open("td", &[]);
            for (n, spot) in seed.made.iter().take(2).enumerate() {
                if n > 0 {
                    out.text(" ");
                }
                out.place(&spot.file, spot.line);
            }
            out.close();
            out.close();
        }
    });
}

fn drift(out: &mut Html, context: &Context<'_>) {
    let of = |managed: bool| {
        context
            .audit
            .drift
            .iter()
            .filter(move |drift| drift.managed == managed)
    };
    out.leaf("h3", &[], "Schema against migrations");
    if of(true).next().is_none() {
        out.leaf(
            "p",
            &[("class", "calm")],
            "The migrations build the database that the schema describes.",
        );
    } else {
        out.table(
            "plain",
            &["Difference", "What brings them together"],
            |out| {
                for drift in of(true) {
                    out.open("tr", &[]);
                    out.words("td", &[], &drift.what);
                    out.open("td", &[]);
                    for (n, text) in drift.declared.iter().chain(&drift.cure).enumerate() {
                        if n > 0 {
                            out.open("br", &[]);
                        }
                        out.leaf("code", &[], text);
                    }
                    if drift.stays.is_some() {
                        out.text("stays");
                    }
                    out.close();
                    out.close();
                }
            },
        );
    }
    let beside: Vec<_> = of(false).collect();
    if beside.is_empty() {
        return;
    }
    out.open("details", &[]);
    out.leaf(
        "summary",
        &[],
        &format!(
            "{} that Prisma's schema has no words for",
            count(beside.len(), "object")
        ),
    );
    out.open("ul", &[]);
    for drift in beside {
        out.words("li", &[], &drift.what);
    }
    out.close();
    out.close();
}

/// What is over: lessons for the next migration.
fn past(out: &mut Html, context: &Context<'_>) {
    let audit = context.audit;
    let findings = audit.report.findings.iter().zip(&audit.findings);
    let past: Vec<_> = findings
        .filter(|(finding, more)| finding.is_active() && more.past)
        .collect();
    if past.is_empty() {
        return;
    }
    out.leaf("h3", &[], "What they did when they ran");
    out.leaf(
        "p",
        &[("class", "sub")],
        "Lessons for the next one: nothing of it is left to mend, and it counts nowhere.",
    );
    out.open("details", &[]);
    out.leaf("summary", &[], &count(past.len(), "finding"));
    out.open("ul", &[("class", "short")]);
    for (finding, more) in past {
        let spot = context.spot(finding);
        out.open("li", &[("id", &more.id)]);
        severity(out, finding.diagnostic.severity);
        out.text(" ");
        out.leaf("span", &[("class", "id")], &more.id);
        out.text(" ");
        out.words("span", &[], &finding.diagnostic.message);
        out.text(" ");
        out.place(&spot.file, spot.line);
        out.close();
    }
    out.close();
    out.close();
}
