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
        "{}: {} with findings, {} judged without one, {} shown by a table, {} without a subject here, {} that files cannot decide.",
        count(audit.points.len(), "point"),
        of(|outcome| matches!(outcome, Outcome::Findings)),
        of(|outcome| matches!(outcome, Outcome::Nothing)),
        of(|outcome| matches!(outcome, Outcome::Shown)),
        of(|outcome| matches!(outcome, Outcome::Without(_))),
        of(|outcome| matches!(outcome, Outcome::NotJudged)),
    ));
    let rows: Vec<Vec<String>> = audit.points.iter().map(row).collect();
    out.table(&["Point", "Question", "Decided by", "Here"], &rows);
}

fn row(point: &Point) -> Vec<String> {
    const SHOWN: usize = 3;
    let mut by: Vec<String> = point
        .rules
        .iter()
        .take(SHOWN)
        .map(|rule| code(rule))
        .collect();
    if point.rules.len() > SHOWN {
        by.push(format!("{} more rules", point.rules.len() - SHOWN));
    }
    by.extend(point.tables.iter().map(|table| format!("table: {table}")));
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
        Outcome::Shown => "see the table".to_owned(),
        Outcome::Without(what) => format!("not asked: {what}"),
        Outcome::NotJudged => "not judged".to_owned(),
    };
    if !point.beside.is_empty() {
        here.push_str(&format!("; beside: {}", escaped(&point.beside)));
    }
    let by = match by.is_empty() {
        true => "nothing".to_owned(),
        false => by.join(", "),
    };
    vec![point.number.clone(), escaped(&point.asks), by, here]
}
