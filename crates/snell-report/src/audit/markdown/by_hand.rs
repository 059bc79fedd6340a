//! Of the plan: what a person changes, place by place, where no statement does it.

use std::collections::BTreeMap;

use snell_source::Sources;

use super::{
    super::{Audit, AuditFinding, plan::PhasePlan},
    findings::{at, example},
    summary::link,
    text::{Document, code, prose},
};
use crate::Finding;

/// So many places stand beside a change.
const PLACES: usize = 3;

/// So many findings are named beside a change.
const LINKS: usize = 4;

/// Those of one step that are mended by the same words.
struct Row<'a> {
    step: &'a str,
    change: String,
    findings: Vec<(&'a AuditFinding, &'a Finding)>,
}

/// The changes of a phase that no statement makes.
pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources, plan: &PhasePlan) {
    let by_id: BTreeMap<&str, (&AuditFinding, &Finding)> = audit
        .findings
        .iter()
        .zip(&audit.report.findings)
        .map(|(more, finding)| (more.id.as_str(), (more, finding)))
        .collect();
    let mut rows: Vec<Row<'_>> = Vec::new();
    for step in plan.steps.iter().filter(|step| step.done_by.is_none()) {
        for id in &step.by_hand {
            let Some((more, finding)) = by_id.get(id.as_str()).copied() else {
                continue;
            };
            let change = more.advice.join("; ");
            let same = |row: &&mut Row<'_>| row.step == step.number && row.change == change;
            match rows.iter_mut().find(same) {
                Some(row) => row.findings.push((more, finding)),
                None => rows.push(Row {
                    step: &step.number,
                    change,
                    findings: vec![(more, finding)],
                }),
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    out.heading(
        4,
        &format!("Changes by hand in phase {}", plan.phase.number()),
    );
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let links: Vec<String> = row
                .findings
                .iter()
                .take(LINKS)
                .map(|(more, _)| link(&more.id))
                .collect();
            let more = match row.findings.len() {
                n if n > LINKS => format!(" {} more", n - LINKS),
                _ => String::new(),
            };
            vec![
                row.step.to_owned(),
                format!("{}{more}", links.join(" ")),
                place(out, sources, row),
                prose(&row.change),
            ]
        })
        .collect();
    out.table(&["Step", "Findings", "Where", "Change"], &rows);
}

/// The places, and the line that stands there when it is one.
fn place(out: &Document, sources: &Sources, row: &Row<'_>) -> String {
    let primary = |finding: &Finding| finding.diagnostic.primary().at;
    let spots: Vec<_> = row
        .findings
        .iter()
        .map(|(_, finding)| at(sources, primary(finding)))
        .collect();
    let places = out.places(&spots, PLACES);
    let [(_, finding)] = row.findings.as_slice() else {
        return places;
    };
    const LONGEST: usize = 90;
    let (_, lines) = example(sources, primary(finding));
    let plain = !lines.trim().is_empty()
        && !lines.contains(['\n', '`'])
        && lines.chars().count() <= LONGEST
        && finding.diagnostic.secrets.is_empty();
    match plain {
        true => format!("{places} {}", code(&lines)),
        false => places,
    }
}
