//! The questions that an audit must answer: an appendix.

use super::{
    super::{
        Audit,
        tables::{Outcome, Point},
    },
    summary::link,
    text::{Document, code, count, escaped},
};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "D. The points of the audit");
    if audit.points.is_empty() {
        out.paragraph("There are none.");
        return;
    }
    let of = |wanted: fn(&Outcome) -> bool| {
        let points = audit.points.iter();
        points.filter(|point| wanted(&point.outcome)).count()
    };
    out.paragraph(&format!(
        "{}: {} with findings, {} of which no rule found anything, {} shown without a finding, {} without a subject here, {} that files cannot decide.",
        count(audit.points.len(), "point"),
        of(|outcome| matches!(outcome, Outcome::Findings)),
        of(|outcome| matches!(outcome, Outcome::Nothing)),
        of(|outcome| matches!(outcome, Outcome::Shown)),
        of(|outcome| matches!(outcome, Outcome::Without(_))),
        of(|outcome| matches!(outcome, Outcome::NotJudged)),
    ));
    let (clear, rest): (Vec<&Point>, Vec<&Point>) = audit
        .points
        .iter()
        .partition(|point| point.outcome == Outcome::Nothing);
    let rows: Vec<Vec<String>> = rest.into_iter().map(|point| row(out, point)).collect();
    out.table(&["Point", "Question", "Decided by", "Here"], &rows);
    if clear.is_empty() {
        return;
    }
    out.paragraph(
        "No rule found anything, which is less than a proof; `snell audit --format json` names the rules that look at each:",
    );
    for group in clear.chunk_by(|a, b| area(a) == area(b)) {
        let asked: Vec<String> = group
            .iter()
            .map(|point| format!("**{}** {}", point.number, escaped(&point.asks)))
            .collect();
        out.line(&format!("- {}", asked.join(" ")));
    }
    out.blank();
}

/// The first number of a point.
fn area(point: &Point) -> &str {
    point.number.split('.').next().unwrap_or_default()
}

fn row(out: &Document, point: &Point) -> Vec<String> {
    const SHOWN: usize = 3;
    let mut by: Vec<String> = point
        .rules
        .iter()
        .take(SHOWN)
        .map(|rule| code(rule))
        .collect();
    if point.rules.len() > SHOWN {
        by.push(count(point.rules.len() - SHOWN, "more rule"));
    }
    let parts: Vec<String> = point
        .tables
        .iter()
        .filter_map(|part| out.part(part))
        .collect();
    by.extend(parts.iter().cloned());
    let mut here = match point.outcome {
        Outcome::Findings => {
            let mut links: Vec<String> = point
                .findings
                .iter()
                .take(SHOWN)
                .map(|id| link(id))
                .collect();
            if point.findings.len() > SHOWN {
                links.push(format!("{} more", point.findings.len() - SHOWN));
            }
            format!(
                "{}: {}",
                count(point.findings.len(), "finding"),
                links.join(" ")
            )
        }
        Outcome::Nothing => "none".to_owned(),
        Outcome::Shown => format!("shown in {}", parts.join(" and ")),
        Outcome::Without(what) => format!("not asked: {what}"),
        Outcome::NotJudged => "not judged".to_owned(),
    };
    if !point.beside.is_empty() {
        here.push_str(&format!(". {}", escaped(&point.beside)));
    }
    let by = match by.is_empty() {
        true => "nothing".to_owned(),
        false => by.join(", "),
    };
    vec![point.number.clone(), escaped(&point.asks), by, here]
}
