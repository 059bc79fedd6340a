//! Pictures of an audit that stand alone: who reaches whose rows, and what requests cost.
//!
//! Real text, nothing to load, light and dark.

use std::fmt::Write as _;

use super::{
    Audit,
    standing::{Matrix, Standing},
};
use crate::{render::erd::escape, trace::Trace, visible};

/// The height of a row.
const ROW: usize = 22;
/// The room around.
const MARGIN: usize = 20;
/// A character's width, in tenths.
const LETTER: usize = 73;
/// Endpoints and models that a matrix shows; more would not be read.
const ROWS: usize = 60;
const COLUMNS: usize = 40;
/// Endpoints whose cost is shown.
const COSTLY: usize = 25;
/// Letters of a name.
const LONGEST: usize = 56;

const STYLE: &str = "<style>
text { font: 12px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1c2430; }
.sheet { fill: #ffffff; }
.soft { fill: #64707f; }
.none { fill: #f2f3f5; }
.once { fill: #5f93c9; }
.loop { fill: #d08a2e; }
.scoped { fill: #cdeed8; }
.checked { fill: #cfe2f6; }
.admin { fill: #e3dbf5; }
.nobody { fill: #e4e6e9; }
.undecided { fill: #fbe6b0; }
.open { fill: #f6a98f; }
@media (prefers-color-scheme: dark) {
  text { fill: #dfe5ec; }
  .sheet { fill: #11161d; }
  .soft { fill: #93a0b0; }
  .none { fill: #1a212b; }
  .scoped { fill: #1d5433; }
  .checked { fill: #1e466f; }
  .admin { fill: #45367a; }
  .nobody { fill: #3a424d; }
  .undecided { fill: #6b5212; }
  .open { fill: #8f3418; }
}
</style>
";

/// The isolation matrix: endpoints by models, what is open first. Nothing when no endpoint
/// reaches rows that somebody owns.
pub(super) fn isolation(audit: &Audit) -> Option<String> {
    let matrix = Matrix::of(audit);
    let models: Vec<&str> = matrix.models().into_iter().take(COLUMNS).collect();
    let rows: Vec<_> = matrix.rows().into_iter().take(ROWS).collect();
    if rows.is_empty() {
        return None;
    }
    let names: Vec<String> = rows.iter().map(|(name, _)| cut(name)).collect();
    let left = MARGIN + letters(names.iter().map(String::as_str)) + 10;
    let top = MARGIN + ROW + 10 + letters(models.iter().copied());
    let width = (left + models.len() * ROW + MARGIN).max(760);
    let hidden = matrix.rows().len() - rows.len();
    let height = top + rows.len() * ROW + MARGIN + if hidden > 0 { ROW } else { 0 };
    let mut out = sheet(width, height, "Which requests reach whose rows");
    let mut x = MARGIN;
    for one in Standing::ALL {
        let words = format!("{} {}", one.letter(), one.words());
        let _ = writeln!(
            out,
            "<rect class=\"{}\" x=\"{x}\" y=\"{MARGIN}\" width=\"14\" height=\"14\" rx=\"3\"/><text x=\"{}\" y=\"{}\">{words}</text>",
            one.name(),
            x + 20,
            MARGIN + 11,
        );
        x += 36 + letters([words.as_str()]);
    }
    for (n, name) in models.iter().enumerate() {
        let (x, y) = (left + n * ROW + 15, top - 6);
        let _ = writeln!(
            out,
            "<text transform=\"translate({x} {y}) rotate(-90)\">{}</text>",
            escape(&cut(name))
        );
    }
    for (n, ((_, row), name)) in rows.iter().zip(&names).enumerate() {
        let y = top + n * ROW;
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            left - 8,
            y + 15,
            escape(name)
        );
        for (column, model) in models.iter().enumerate() {
            let x = left + column * ROW;
            let cell = row.get(model).map(|cell| cell.standing);
            let class = cell.map_or("none", Standing::name);
            let _ = write!(
                out,
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{w}\" height=\"{w}\" rx=\"3\"/>",
                x + 1,
                y + 1,
                w = ROW - 2
            );
            if let Some(standing) = cell {
                let _ = write!(
                    out,
                    "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                    x + ROW / 2,
                    y + 15,
                    standing.letter()
                );
            }
        }
        out.push('\n');
    }
    if hidden > 0 {
        let y = top + rows.len() * ROW + 15;
        let _ = writeln!(
            out,
            "<text class=\"soft\" x=\"{MARGIN}\" y=\"{y}\">and {hidden} more endpoints</text>"
        );
    }
    out.push_str("</svg>\n");
    Some(out)
}

/// What one request of each endpoint asks of the database, worst first. Nothing without
/// endpoints that ask anything.
pub(super) fn budget(audit: &Audit) -> Option<String> {
    let asks = |trace: &&Trace| trace.budget.once > 0 || !trace.budget.repeated.is_empty();
    let mut traces: Vec<&Trace> = audit.endpoints.iter().filter(asks).collect();
    traces.sort_by(|a, b| {
        let weight = b.budget.weight().cmp(&a.budget.weight());
        weight
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| a.spot.cmp(&b.spot))
    });
    let hidden = traces.len().saturating_sub(COSTLY);
    traces.truncate(COSTLY);
    if traces.is_empty() {
        return None;
    }
    let repeated = |trace: &Trace| trace.budget.repeated.iter().map(|(_, n)| n).sum::<usize>();
    let most = traces
        .iter()
        .map(|trace| trace.budget.once + repeated(trace))
        .max()
        .unwrap_or(1);
    let names: Vec<String> = traces.iter().map(|trace| cut(&trace.name)).collect();
    let words: Vec<String> = traces
        .iter()
        .map(|trace| cut(&trace.budget.to_string()))
        .collect();
    let left = MARGIN + letters(names.iter().map(String::as_str)) + 10;
    const LENGTH: usize = 320;
    let width = left + LENGTH + 20 + letters(words.iter().map(String::as_str)) + MARGIN;
    let top = MARGIN + ROW + 10;
    let height = top + traces.len() * ROW + MARGIN + if hidden > 0 { ROW } else { 0 };
    let mut out = sheet(
        width.max(640),
        height,
        "What one request asks of the database",
    );
    let _ = writeln!(
        out,
        "<rect class=\"once\" x=\"{MARGIN}\" y=\"{MARGIN}\" width=\"14\" height=\"14\" rx=\"3\"/><text x=\"{}\" y=\"{y}\">queries</text><rect class=\"loop\" x=\"{}\" y=\"{MARGIN}\" width=\"14\" height=\"14\" rx=\"3\"/><text x=\"{}\" y=\"{y}\">queries for each element of a loop</text>",
        MARGIN + 20,
        MARGIN + 100,
        MARGIN + 120,
        y = MARGIN + 11,
    );
    for (n, trace) in traces.iter().enumerate() {
        let y = top + n * ROW;
        let once = trace.budget.once * LENGTH / most;
        let inside = repeated(trace) * LENGTH / most;
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect class=\"once\" x=\"{left}\" y=\"{}\" width=\"{once}\" height=\"14\"/><rect class=\"loop\" x=\"{}\" y=\"{}\" width=\"{inside}\" height=\"14\"/><text class=\"soft\" x=\"{}\" y=\"{}\">{}</text>",
            left - 8,
            y + 15,
            escape(&names[n]),
            y + 4,
            left + once,
            y + 4,
            left + once + inside + 8,
            y + 15,
            escape(&words[n]),
        );
    }
    if hidden > 0 {
        let y = top + traces.len() * ROW + 15;
        let _ = writeln!(
            out,
            "<text class=\"soft\" x=\"{MARGIN}\" y=\"{y}\">and {hidden} more endpoints</text>"
        );
    }
    out.push_str("</svg>\n");
    Some(out)
}

fn sheet(width: usize, height: usize, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{title}</title>\n{STYLE}<rect class=\"sheet\" width=\"100%\" height=\"100%\"/>\n"
    )
}

/// A name, cut where it is too long.
fn cut(text: &str) -> String {
    let text = visible::line(text);
    if text.chars().count() <= LONGEST {
        return text.into_owned();
    }
    let short: String = text.chars().take(LONGEST - 1).collect();
    format!("{short}\u{2026}")
}

/// The width of the widest text.
fn letters<'a>(texts: impl IntoIterator<Item = &'a str>) -> usize {
    let widest = texts
        .into_iter()
        .map(|text| visible::width(&cut(text)))
        .max();
    widest.unwrap_or(0) * LETTER / 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{Query, Way},
        trace::{Budget, Spot},
    };

    fn audit() -> Audit {
        let spot = || Spot {
            file: "a.ts".to_owned(),
            line: 1,
        };
        let way = |endpoint: &str, verdict: &str| Way {
            endpoint: endpoint.to_owned(),
            verdict: verdict.to_owned(),
            reason: String::new(),
        };
        Audit {
            queries: vec![Query {
                spot: spot(),
                model: Some("</text><b>".to_owned()),
                operation: "findMany".to_owned(),
                owned: true,
                ways: vec![
                    way("GET /a", "Scoped"),
                    way("GET /b", "Unfiltered"),
                    way("GET /b", "Scoped"),
                ],
                verdict: "Unfiltered".to_owned(),
            }],
            endpoints: vec![Trace {
                name: "GET /a".to_owned(),
                handler: "A.a".to_owned(),
                spot: spot(),
                access: "everyone".to_owned(),
                roles: Vec::new(),
                role_in_code: None,
                identity: Vec::new(),
                client: Vec::new(),
                budget: Budget {
                    repeated: vec![(vec!["rows".to_owned()], 2)],
                    once: 3,
                },
                steps: Vec::new(),
                followed: true,
            }],
            ..Audit::default()
        }
    }

    #[test]
    fn what_is_open_stands_first_and_names_are_text() {
        let picture = isolation(&audit()).expect("a picture");
        let place = |words: &str| picture.find(words).expect("it is there");
        assert!(place("GET /b") < place("GET /a"));
        assert!(picture.contains("&lt;/text&gt;&lt;b&gt;") && !picture.contains("<b>"));
        assert_eq!(
            picture.matches("class=\"open\" x").count(),
            2,
            "one cell, and the legend"
        );
    }

    #[test]
    fn a_budget_says_what_is_in_loops() {
        let picture = budget(&audit()).expect("a picture");
        assert!(picture.contains(">3 + 2 x rows</text>"), "{picture}");
        assert!(
            picture.contains("width=\"192\"") && picture.contains("width=\"128\""),
            "{picture}"
        );
    }

    #[test]
    fn without_endpoints_there_is_nothing_to_draw() {
        assert!(isolation(&Audit::default()).is_none() && budget(&Audit::default()).is_none());
    }
}
