//! The questions that an audit must answer: an appendix.

use super::{
    super::{
        Audit,
        looked::looked,
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
    out.paragraph("“None found” is less than a proof: beside it stands what was looked at.");
    let rows: Vec<Vec<String>> = audit
        .points
        .iter()
        .map(|point| row(out, audit, point))
        .collect();
    out.table(&["Point", "Question", "Decided by", "Here"], &rows);
}

fn row(out: &Document, audit: &Audit, point: &Point) -> Vec<String> {
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
        Outcome::Nothing => format!("none found in {}", looked(audit, point)),
        Outcome::Shown if point.rules.is_empty() => format!("shown in {}", parts.join(" and ")),
        Outcome::Shown => format!(
            "none found in {}: shown in {}",
            looked(audit, point),
            parts.join(" and ")
        ),
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
