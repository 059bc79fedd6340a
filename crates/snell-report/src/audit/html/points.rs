//! The questions that an audit must answer, and what came of each.

use super::{
    super::{looked::looked, markdown::anchor, tables::Outcome},
    context::Context,
    count, row_filter,
};
use crate::render::html::tags::Html;

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    /// Findings that are named; more are counted.
    const SHOWN: usize = 4;
    let points = &context.audit.points;
    if points.is_empty() {
        return;
    }
    let found = points
        .iter()
        .filter(|point| point.outcome == Outcome::Findings)
        .count();
    let clear = points
        .iter()
        .filter(|point| point.outcome == Outcome::Nothing)
        .count();
    out.leaf(
        "h3",
        &[("id", &anchor("D. The points of the audit"))],
        "The points of the audit",
    );
    out.leaf(
        "p",
        &[],
        &format!(
            "{}: {found} with findings, {clear} of which no rule found anything.",
            count(points.len(), "point")
        ),
    );
    row_filter(out, "filter points");
    out.table(
        "plain rows",
        &["Point", "Question", "Here", "Findings"],
        |out| {
            for point in points {
                out.open("tr", &[("tabindex", "-1")]);
                out.leaf("td", &[], &point.number);
                out.words("td", &[], &point.asks);
                let (class, words) = match point.outcome {
                    Outcome::Findings => ("v open", "findings"),
                    Outcome::Nothing => ("v scoped", "nothing found"),
                    Outcome::Shown => ("v checked", "none found; shown by a table"),
                    Outcome::Without(what) => ("v nobody", what),
                    Outcome::NotJudged => ("v undecided", "not decided by files"),
                };
                out.open("td", &[]);
                out.leaf("span", &[("class", class)], words);
                if matches!(point.outcome, Outcome::Nothing | Outcome::Shown) {
                    let seen = format!("looked at: {}", looked(context.audit, point));
                    out.text(" ");
                    out.words("span", &[("class", "sub")], &seen);
                }
                if !point.beside.is_empty() {
                    out.text(" ");
                    out.words("span", &[("class", "sub")], &point.beside);
                }
                out.close();
                out.open("td", &[]);
                for id in point.findings.iter().take(SHOWN) {
                    context.link_finding(out, id);
                    out.text(" ");
                }
                if point.findings.len() > SHOWN {
                    out.text(&format!("and {} more", point.findings.len() - SHOWN));
                }
                out.close();
                out.close();
            }
        },
    );
}
