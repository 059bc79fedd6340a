//! Part 8: what to do, in which order.

use std::collections::{BTreeMap, BTreeSet};

use snell_source::Severity;

use super::{
    super::{Audit, AuditFinding, Change, Effort, Phase},
    summary::{active, link},
    text::{Document, capital, code, count, prose},
};
use crate::Finding;

/// One step: the findings of one rule in one phase.
struct Step<'a> {
    rule: &'a str,
    summary: &'a str,
    findings: Vec<(&'a AuditFinding, &'a Finding)>,
}

impl Step<'_> {
    fn severity(&self) -> Option<Severity> {
        self.findings
            .iter()
            .map(|(_, finding)| finding.diagnostic.severity)
            .max()
    }

    fn effort(&self) -> Effort {
        let largest = self.findings.iter().map(|(more, _)| more.effort).max();
        match (largest, self.findings.len()) {
            (Some(Effort::Small), 4..=9) => Effort::Medium,
            (Some(Effort::Small | Effort::Medium), 10..) => Effort::Large,
            (largest, _) => largest.unwrap_or(Effort::Small),
        }
    }

    fn change(&self) -> Change {
        self.findings[0].0.change
    }
}

/// Steps that others of the same phase wait for: the history must run before it is added to.
const FIRST: [&str; 4] = [
    "migration/cannot-apply",
    "consistency/schema-migration-drift",
    "schema/invalid",
    "vector/extension-missing",
];

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "8. Refactoring plan");
    let mut before: Vec<String> = Vec::new();
    for phase in Phase::ALL {
        out.heading(3, phase.title());
        let steps = steps(audit, phase);
        if steps.is_empty() {
            out.paragraph("Nothing to do.");
            continue;
        }
        opening(out, phase, &steps, &before);
        for (n, step) in steps.iter().enumerate() {
            write_step(out, phase, n + 1, step, &steps);
        }
        before.push(format!("phase {}", phase.number()));
    }
}

/// The steps of a phase: those that others wait for, then the schema before the code, worst first.
fn steps(audit: &Audit, phase: Phase) -> Vec<Step<'_>> {
    let mut by_rule: BTreeMap<&str, Step<'_>> = BTreeMap::new();
    for (n, finding) in active(audit) {
        let more = &audit.findings[n];
        if more.phase != phase {
            continue;
        }
        let metadata = finding.diagnostic.rule;
        let step = by_rule.entry(metadata.name).or_insert_with(|| Step {
            rule: metadata.name,
            summary: metadata.summary,
            findings: Vec::new(),
        });
        step.findings.push((more, finding));
    }
    let mut steps: Vec<Step<'_>> = by_rule.into_values().collect();
    steps.sort_by_key(|step| {
        let position = FIRST.iter().position(|rule| *rule == step.rule);
        (
            position.unwrap_or(FIRST.len()),
            std::cmp::Reverse(step.severity()),
            step.change(),
            step.rule,
        )
    });
    steps
}

fn opening(out: &mut Document, phase: Phase, steps: &[Step<'_>], before: &[String]) {
    let efforts = [Effort::Small, Effort::Medium, Effort::Large].map(|effort| {
        let n = steps.iter().filter(|step| step.effort() == effort).count();
        format!("{n} {}", effort.letter())
    });
    let findings: usize = steps.iter().map(|step| step.findings.len()).sum();
    let migrates = steps
        .iter()
        .zip(1..)
        .filter(|(step, _)| matches!(step.change(), Change::Schema | Change::Sql))
        .map(|(_, n)| format!("{}.{n}", phase.number()))
        .collect::<Vec<_>>();
    out.line(&format!(
        "- **Total effort**: {} ({}) for {}",
        count(steps.len(), "step"),
        efforts.join(", "),
        count(findings, "finding")
    ));
    let risk = match (phase, migrates.is_empty()) {
        (Phase::Fourth, _) => {
            "low: names in the schema change with `@map`, the database keeps its own"
        }
        (_, true) => "that of changes of code: tests of the endpoints in question cover it",
        (_, false) => {
            "medium: migrations lock tables while they run; each goes to a copy of production first"
        }
    };
    out.line(&format!("- **Overall risk**: {risk}"));
    let order = match migrates.as_slice() {
        [] => "no migrations".to_owned(),
        some => format!(
            "{}, each a migration of its own, in this order",
            some.join(", ")
        ),
    };
    out.line(&format!("- **Migration order**: {order}"));
    let tests: BTreeSet<&str> = steps
        .iter()
        .map(|step| step.findings[0].0.test.as_str())
        .collect();
    out.line(&format!(
        "- **Tests**: {}, named at each step",
        count(tests.len(), "kind")
    ));
    let depends = match before.last() {
        None => "nothing".to_owned(),
        Some(last) => format!("{last}, where a step names it; steps on code can start at once"),
    };
    out.line(&format!("- **Depends on**: {depends}"));
    out.blank();
}

fn write_step(out: &mut Document, phase: Phase, n: usize, step: &Step<'_>, steps: &[Step<'_>]) {
    let (more, _) = step.findings[0];
    out.heading(
        4,
        &format!("{}.{n} {}", phase.number(), capital(&prose(step.summary))),
    );
    const SHOWN: usize = 12;
    let ids: Vec<String> = step
        .findings
        .iter()
        .take(SHOWN)
        .map(|(more, _)| link(&more.id))
        .collect();
    let rest = step.findings.len().saturating_sub(SHOWN);
    let rest = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    let severity = step.severity().map_or("", Severity::as_str);
    out.line(&format!(
        "- **Findings**: {}{rest} ({}, up to {severity})",
        ids.join(", "),
        code(step.rule)
    ));
    out.line(&format!(
        "- **Effort**: {} ({})",
        step.effort().letter(),
        match step.findings.len() {
            1 => more.basis.clone(),
            n => format!("{n} findings; the first: {}", more.basis),
        }
    ));
    out.line(&format!("- **Strategy**: {}", prose(step.change().how())));
    out.line(&format!("- **Risk**: {}", prose(&more.risk)));
    out.line(&format!("- **Test**: {}", prose(&more.test)));
    out.line(&format!(
        "- **Depends on**: {}",
        depends(phase, step, steps)
    ));
    let statements = statements(step);
    if !statements.is_empty() {
        out.fence("sql", &statements.join("\n"));
    }
    out.blank();
}

/// The steps that must be done before.
fn depends(phase: Phase, step: &Step<'_>, steps: &[Step<'_>]) -> String {
    if !matches!(step.change(), Change::Schema | Change::Sql) || FIRST.contains(&step.rule) {
        return "nothing".to_owned();
    }
    let before: Vec<String> = steps
        .iter()
        .zip(1..)
        .filter(|(other, _)| FIRST.contains(&other.rule))
        .map(|(_, n)| format!("step {}.{n}", phase.number()))
        .collect();
    match (before.is_empty(), phase) {
        (false, _) => format!(
            "{}: the history must run before it is added to",
            before.join(", ")
        ),
        (true, Phase::First) => "nothing".to_owned(),
        (true, _) => {
            "phase 1, where the history does not run or departs from the schema".to_owned()
        }
    }
}

/// The statements that helps contain, each once.
fn statements(step: &Step<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (_, finding) in &step.findings {
        for help in &finding.diagnostic.help {
            for span in help.split('`').skip(1).step_by(2) {
                if is_statement(span) && !found.iter().any(|known| known == span) {
                    found.push(span.to_owned());
                }
            }
        }
    }
    found
}

/// Whether a code span is a whole statement that changes a database.
fn is_statement(span: &str) -> bool {
    const HEADS: [&str; 6] = [
        "CREATE ",
        "ALTER TABLE ",
        "DROP ",
        "UPDATE ",
        "DELETE FROM ",
        "INSERT INTO ",
    ];
    HEADS.iter().any(|head| span.starts_with(head))
        && span.ends_with(';')
        && !span.contains("...")
        && !span.contains('…')
}
