//! An audit for other programs, and what changed since an earlier one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use snell_source::{Confidence, Severity, Sources};

use super::{Audit, looked::looked, questions::questions};
use crate::{render::place::Place, visible};

/// What of an audit other programs read, and what a later one is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// The version of this form.
    pub version: u32,
    /// The workspace's name.
    pub workspace: String,
    /// The findings that count, in the order of their numbers.
    pub findings: Vec<Entry>,
    /// What a person must answer.
    pub questions: Vec<Question>,
    /// What to do, in order, with the statements.
    #[serde(default)]
    pub steps: Vec<PlanStep>,
    /// The questions of an audit, with what came of each.
    #[serde(default)]
    pub points: Vec<PointEntry>,
}

/// A step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStep {
    /// `1.2`
    pub number: String,
    /// The rule whose findings it mends.
    pub rule: String,
    /// What is wrong until then.
    pub title: String,
    /// The numbers of the findings.
    pub findings: Vec<String>,
    /// `S`, `M`, `L`
    pub effort: String,
    /// `simple`, `moderate`, `involved`
    pub complexity: String,
    /// What the schema says then.
    pub prisma: Vec<String>,
    /// What the database keeps, though the schema lacks it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<String>,
    /// Lines of a script, where that is the change.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Queries that show whether the statements will run.
    pub checks: Vec<String>,
    /// The statements, in order.
    pub sql: Vec<String>,
    /// The numbers of the steps before it.
    pub depends: Vec<String>,
    /// How the change reaches an application that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
    /// The lines of code that know the old form: `file:line`.
    #[serde(default)]
    pub code: Vec<String>,
}

/// A question of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PointEntry {
    /// `4.1a`
    pub number: String,
    /// The question.
    pub asks: String,
    /// `findings`, `none`, `shown`, `without-subject`, `not-judged`
    pub outcome: String,
    /// The numbers of findings about it.
    pub findings: Vec<String>,
    /// The rules that decide it.
    pub rules: Vec<String>,
    /// The tables that show it.
    pub tables: Vec<String>,
    /// What neither decides.
    pub beside: String,
    /// What was looked at, in words.
    #[serde(default)]
    pub looked_at: String,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// `ISO-9f3c`
    pub id: String,
    /// Stable under moves and edits.
    pub fingerprint: String,
    /// The rule.
    pub rule: String,
    /// How much harm it does.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is wrong.
    pub message: String,
    /// The phase of the plan, from 1.
    pub phase: usize,
    /// `S`, `M`, `L`
    pub effort: String,
    /// From the root.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// Whether it tells what a migration did when it ran, and nothing of that is left to mend.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub past: bool,
}

/// A question, with what was found and the file to open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// The question.
    pub question: String,
    /// What is known.
    pub evidence: String,
    /// From the root.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// The statement whose answer decides it, where a database knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// What of findings changed between two audits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Findings that the earlier one does not have.
    pub new: Vec<Entry>,
    /// Findings that only the earlier one has.
    pub gone: Vec<Entry>,
    /// Findings of both whose severity differs: then and now.
    pub changed: Vec<(Entry, Entry)>,
}

impl Digest {
    /// The version of the form that this program writes and reads.
    pub const VERSION: u32 = 1;

    /// The digest of an audit.
    #[must_use]
    pub fn of(audit: &Audit, sources: &Sources) -> Self {
        let findings = audit.report.findings.iter().zip(&audit.findings);
        let mut findings: Vec<Entry> = findings
            .filter(|(finding, _)| finding.is_active())
            .map(|(finding, more)| {
                let diagnostic = &finding.diagnostic;
                let place = Place::of(sources, diagnostic.primary().at);
                Entry {
                    id: more.id.clone(),
                    fingerprint: finding.fingerprint.clone(),
                    rule: diagnostic.rule.name.to_owned(),
                    severity: diagnostic.severity,
                    confidence: diagnostic.confidence,
                    message: visible::line(&diagnostic.message).into_owned(),
                    phase: more.phase.number(),
                    effort: more.effort.letter().to_owned(),
                    file: place.file.to_owned(),
                    line: place.line,
                    past: more.past,
                }
            })
            .collect();
        findings.sort_by(|a, b| a.id.cmp(&b.id));
        Digest {
            version: Self::VERSION,
            workspace: audit.report.workspace.clone(),
            findings,
            questions: questions(audit, sources),
            steps: steps(audit),
            points: points(audit),
        }
    }

    /// What changed since an earlier one. Findings are the same when their fingerprints are.
    #[must_use]
    pub fn since(&self, old: &Digest) -> Changes {
        let by_print = |digest: &Digest| -> BTreeMap<String, Entry> {
            let entries = digest.findings.iter();
            entries
                .map(|entry| (entry.fingerprint.clone(), entry.clone()))
                .collect()
        };
        let (then, now) = (by_print(old), by_print(self));
        let mut changes = Changes::default();
        for (print, entry) in &now {
            match then.get(print) {
                None => changes.new.push(entry.clone()),
                Some(before) if before.severity != entry.severity => {
                    changes.changed.push((before.clone(), entry.clone()));
                }
                Some(_) => {}
            }
        }
        let gone = then.iter().filter(|(print, _)| !now.contains_key(*print));
        changes.gone = gone.map(|(_, entry)| entry.clone()).collect();
        changes
    }
}

fn steps(audit: &Audit) -> Vec<PlanStep> {
    let steps = audit.plan.iter().flat_map(|plan| &plan.steps);
    steps
        .map(|step| PlanStep {
            number: step.number.clone(),
            rule: step.rule.clone(),
            title: step.title.clone(),
            findings: step.findings.clone(),
            effort: step.effort.letter().to_owned(),
            complexity: step.complexity.as_str().to_owned(),
            prisma: step.prisma.clone(),
            stays: step.stays.clone(),
            commands: step.commands.clone(),
            checks: step.checks.clone(),
            sql: step.sql.iter().map(|one| one.text.clone()).collect(),
            depends: step
                .depends
                .iter()
                .map(|(number, _)| number.clone())
                .collect(),
            rollout: step.rollout.clone(),
            code: {
                let mut spots: Vec<_> = step.code.iter().flat_map(|one| one.spots()).collect();
                spots.sort();
                spots.dedup();
                let lines = spots.iter().map(|at| format!("{}:{}", at.file, at.line));
                lines.collect()
            },
        })
        .collect()
}

fn points(audit: &Audit) -> Vec<PointEntry> {
    audit
        .points
        .iter()
        .map(|point| PointEntry {
            number: point.number.clone(),
            asks: point.asks.clone(),
            outcome: point.outcome.as_str().to_owned(),
            findings: point.findings.clone(),
            rules: point.rules.clone(),
            tables: point.tables.clone(),
            beside: point.beside.clone(),
            looked_at: looked(audit, point),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(print: &str, severity: Severity) -> Entry {
        Entry {
            id: format!("SCH-{print}"),
            fingerprint: print.to_owned(),
            rule: "schema/invalid".to_owned(),
            severity,
            confidence: Confidence::Certain,
            message: "m".to_owned(),
            phase: 1,
            effort: "S".to_owned(),
            file: "a".to_owned(),
            line: 1,
            past: false,
        }
    }

    fn digest(findings: Vec<Entry>) -> Digest {
        Digest {
            version: Digest::VERSION,
            workspace: "w".to_owned(),
            findings,
            questions: Vec::new(),
            steps: Vec::new(),
            points: Vec::new(),
        }
    }

    #[test]
    fn what_is_new_gone_and_changed() {
        let old = digest(vec![
            entry("a", Severity::Low),
            entry("b", Severity::Low),
            entry("c", Severity::Low),
        ]);
        let new = digest(vec![
            entry("b", Severity::High),
            entry("c", Severity::Low),
            entry("d", Severity::Low),
        ]);
        let changes = new.since(&old);
        assert_eq!(changes.new, [entry("d", Severity::Low)]);
        assert_eq!(changes.gone, [entry("a", Severity::Low)]);
        assert_eq!(
            changes.changed,
            [(entry("b", Severity::Low), entry("b", Severity::High))]
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let one = digest(vec![entry("a", Severity::Low)]);
        let text = serde_json::to_string(&one).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Digest>(&text).expect("a digest"),
            one
        );
    }
}
