//! Findings of several rules with one cause, told as one: what mends the first of them ends the others.

use snell_report::{Finding, Report};
use snell_source::{Label, Location, Sources};

/// A rule, and those that tell the same of the same place.
const CAUSES: [(&str, &[&str]); 2] = [
    (
        "integrity/redundant-check",
        &[
            "consistency/enum-mirror-drift",
            "migration/unmanaged-object",
        ],
    ),
    (
        "integrity/owner-consistency",
        &["schema/redundant-owner-column"],
    ),
];

/// Takes the others out, and has the first say what they said.
pub(crate) fn join(report: &mut Report, sources: &Sources) {
    let mains: Vec<(usize, &[&str])> = report
        .findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| finding.is_active())
        .filter_map(|(at, finding)| {
            let name = finding.diagnostic.rule.name;
            let (_, others) = CAUSES.iter().find(|(rule, _)| *rule == name)?;
            Some((at, *others))
        })
        .collect();
    if mains.is_empty() {
        return;
    }
    let joined: Vec<Option<usize>> = report
        .findings
        .iter()
        .map(|finding| {
            let name = finding.diagnostic.rule.name;
            let main = mains.iter().find(|(at, others)| {
                let main = &report.findings[*at];
                others.contains(&name)
                    && finding.is_active()
                    && finding.diagnostic.severity <= main.diagnostic.severity
                    && is_one_place(sources, primary(main), primary(finding))
            });
            main.map(|(at, _)| *at)
        })
        .collect();
    let all = std::mem::take(&mut report.findings);
    let mut kept: Vec<Option<Finding>> = Vec::with_capacity(all.len());
    let mut others = Vec::new();
    for (finding, main) in all.into_iter().zip(&joined) {
        match main {
            Some(main) => {
                others.push((*main, finding));
                kept.push(None);
            }
            None => kept.push(Some(finding)),
        }
    }
    for (at, other) in others {
        if let Some(main) = kept[at].as_mut() {
            speak_for(main, &other);
        }
    }
    report.findings = kept.into_iter().flatten().collect();
}

fn speak_for(main: &mut Finding, other: &Finding) {
    let told = &other.diagnostic;
    main.also.push(told.rule.name);
    main.diagnostic.notes.push(format!(
        "`{}` says the same: {}",
        told.rule.name, told.message
    ));
    let fresh: Vec<Label> = told
        .labels
        .iter()
        .filter(|label| main.diagnostic.labels.iter().all(|own| own.at != label.at))
        .cloned()
        .collect();
    main.diagnostic.labels.extend(fresh);
}

fn primary(finding: &Finding) -> Location {
    finding.diagnostic.primary().at
}

/// Whether two places touch, or stand in one statement.
fn is_one_place(sources: &Sources, a: Location, b: Location) -> bool {
    if a.file != b.file {
        return false;
    }
    let (first, second) = match a.span.start <= b.span.start {
        true => (a.span, b.span),
        false => (b.span, a.span),
    };
    if second.start < first.end {
        return true;
    }
    let file = sources.file(a.file);
    let between = file.text.get(first.end as usize..second.start as usize);
    file.path.extension() == Some("sql") && between.is_some_and(|text| !text.contains(';'))
}
