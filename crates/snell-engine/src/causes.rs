//! Findings of several rules with one cause, told as one: what mends the first of them ends the others.

use snell_report::{Finding, Report};
use snell_source::{Label, Location, Sources};

/// A rule, and those that tell the same of the same place.
const CAUSES: [(&str, &[&str]); 3] = [
    (DOORS.0, &[DOORS.1]),
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

/// A rule, the rule whose findings of the same cause speak for it, and whether its sentence says more than theirs.
const FOLLOWERS: [(&str, &str, bool); 7] = [
    ("isolation/unverified-owner", GUARD, false),
    ("isolation/missing-owner-filter", GUARD, false),
    ("isolation/client-supplied-owner-id", GUARD, false),
    ("isolation/aggregate-unscoped", GUARD, false),
    ("isolation/upsert-unscoped", GUARD, false),
    (
        "consistency/missing-required-field",
        "consistency/unknown-field",
        true,
    ),
    (
        "consistency/dto-validator-mismatch",
        "consistency/id-type-mismatch",
        false,
    ),
];

/// A guard that is missing: what its endpoints then let everybody do ends when it stands before them.
const GUARD: &str = "isolation/guard-metadata-unread";

/// The rule that speaks for a rule where both name one cause.
pub(crate) fn followed(rule: &str) -> Option<(&'static str, bool)> {
    let mut all = FOLLOWERS.iter();
    let (_, main, tells) = all.find(|(other, ..)| *other == rule)?;
    Some((main, *tells))
}

/// Whether a rule's findings speak for those of another one.
pub(crate) fn is_followed(rule: &str) -> bool {
    FOLLOWERS.iter().any(|(_, main, _)| *main == rule)
}

/// An endpoint that is for administrators, and what is told of the rows that it reaches: to ask for the role ends both.
const DOORS: (&str, &str) = (
    "isolation/admin-endpoint-unguarded",
    "isolation/unverified-owner",
);

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
                let is_at =
                    |label: &Label| main.diagnostic.labels.iter().any(|own| own.at == label.at);
                others.contains(&name)
                    && finding.is_active()
                    && match name == DOORS.1 {
                        true => finding.diagnostic.labels.iter().take(2).any(is_at),
                        false => {
                            finding.diagnostic.severity <= main.diagnostic.severity
                                && is_one_place(sources, primary(main), primary(finding))
                        }
                    }
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
    main.diagnostic.severity = main.diagnostic.severity.max(told.severity);
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

#[cfg(test)]
mod tests {
    use snell_report::{Finding, Report};
    use snell_source::{
        Diagnostic, Location, Preset, RuleMetadata, Severity, SourceFile, Sources, Span,
    };

    use super::{DOORS, join};

    const fn rule(name: &'static str, severity: Severity) -> RuleMetadata {
        RuleMetadata {
            name,
            severity,
            preset: Preset::Recommended,
            summary: "",
            page: "",
            since: "0.1.0",
            joined: None,
        }
    }

    static DOOR: RuleMetadata = rule(DOORS.0, Severity::High);
    static ROWS: RuleMetadata = rule(DOORS.1, Severity::Critical);

    #[test]
    fn an_endpoint_for_administrators_speaks_for_the_rows_behind_it() {
        let mut sources = Sources::new();
        let file = sources.add(SourceFile::new("a.ts", "one two three"));
        let at = |start, end| Location::new(file, Span { start, end });
        let door = Diagnostic::at(&DOOR, at(0, 3), "for administrators").subject("door");
        let behind = Diagnostic::at(&ROWS, at(8, 13), "any row")
            .related(at(0, 3), "everybody")
            .subject("behind");
        let beside = Diagnostic::at(&ROWS, at(8, 13), "another row")
            .related(at(4, 7), "everybody")
            .subject("beside");
        let mut report = Report {
            findings: [door, behind, beside]
                .map(|one| Finding::new(one, ""))
                .into(),
            ..Report::default()
        };
        join(&mut report, &sources);
        let left: Vec<(&str, Severity)> = report
            .findings
            .iter()
            .map(|one| (&*one.diagnostic.message, one.diagnostic.severity))
            .collect();
        assert_eq!(
            left,
            [
                ("for administrators", Severity::Critical),
                ("another row", Severity::Critical)
            ]
        );
    }
}
