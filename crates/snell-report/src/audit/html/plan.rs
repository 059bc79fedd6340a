//! What to do, in which order.

use std::{cmp::Reverse, collections::BTreeMap};

use snell_source::Severity;

use super::{
    super::{AuditFinding, Effort, Phase},
    context::Context,
    count,
};
use crate::{
    Finding,
    render::html::{capital, severity, tags::Html},
};

/// The findings of one rule in one phase.
struct Step<'a> {
    summary: &'static str,
    findings: Vec<(&'a Finding, &'a AuditFinding)>,
}

impl Step<'_> {
    fn severity(&self) -> Severity {
        let severities = self
            .findings
            .iter()
            .map(|(finding, _)| finding.diagnostic.severity);
        severities.max().unwrap_or(Severity::Info)
    }

    fn effort(&self) -> Effort {
        let largest = self.findings.iter().map(|(_, more)| more.effort).max();
        match (largest, self.findings.len()) {
            (Some(Effort::Small), 4..=9) => Effort::Medium,
            (Some(Effort::Small | Effort::Medium), 10..) => Effort::Large,
            (largest, _) => largest.unwrap_or(Effort::Small),
        }
    }
}

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    for phase in Phase::ALL {
        let mut by_rule: BTreeMap<&str, Step<'_>> = BTreeMap::new();
        for (_, finding, more) in context.active().filter(|(_, _, more)| more.phase == phase) {
            let rule = finding.diagnostic.rule;
            let step = by_rule.entry(rule.name).or_insert_with(|| Step {
                summary: rule.summary,
                findings: Vec::new(),
            });
            step.findings.push((finding, more));
        }
        let mut steps: Vec<(&str, Step<'_>)> = by_rule.into_iter().collect();
        steps.sort_by_key(|(rule, step)| {
            (Reverse(step.severity()), step.findings[0].1.change, *rule)
        });
        let number = phase.number().to_string();
        out.open(
            "section",
            &[("class", "phase"), ("id", &format!("phase-{number}"))],
        );
        out.leaf("h3", &[], phase.title());
        if steps.is_empty() {
            out.leaf("p", &[("class", "calm")], "Nothing to do.");
        } else {
            let efforts = [Effort::Small, Effort::Medium, Effort::Large].map(|effort| {
                format!(
                    "{} {}",
                    steps
                        .iter()
                        .filter(|(_, step)| step.effort() == effort)
                        .count(),
                    effort.letter()
                )
            });
            let findings: usize = steps.iter().map(|(_, step)| step.findings.len()).sum();
            out.leaf(
                "p",
                &[("class", "sub")],
                &format!(
                    "{} ({}) for {}",
                    count(steps.len(), "step"),
                    efforts.join(", "),
                    count(findings, "finding")
                ),
            );
        }
        for (n, (rule, step)) in steps.iter().enumerate() {
            one(out, &format!("{number}.{}", n + 1), rule, step);
        }
        out.close();
    }
}

fn one(out: &mut Html, number: &str, rule: &str, step: &Step<'_>) {
    let (_, first) = step.findings[0];
    out.open("details", &[("class", "step row")]);
    out.open("summary", &[]);
    out.leaf("span", &[("class", "id")], number);
    severity(out, step.severity());
    out.words("span", &[("class", "message")], &capital(step.summary));
    out.leaf(
        "span",
        &[("class", "effort"), ("title", "effort")],
        step.effort().letter(),
    );
    out.leaf("span", &[("class", "n")], &step.findings.len().to_string());
    out.close();
    out.open("div", &[("class", "body")]);
    out.open("dl", &[]);
    for (head, words) in [
        ("Strategy", first.change.how()),
        ("Risk", first.risk.as_str()),
        ("Test", first.test.as_str()),
    ] {
        out.leaf("dt", &[], head);
        out.words("dd", &[], &capital(words));
    }
    out.leaf("dt", &[], "Rule");
    out.open("dd", &[]);
    out.leaf("code", &[], rule);
    out.close();
    out.close();
    let mut findings: Vec<_> = step.findings.iter().collect();
    findings.sort_by_key(|(finding, _)| Reverse(finding.diagnostic.severity));
    out.open("ul", &[("class", "short")]);
    for (finding, more) in findings {
        out.open("li", &[]);
        severity(out, finding.diagnostic.severity);
        out.text(" ");
        out.link(&more.id, &more.id);
        out.text(" ");
        out.words("span", &[], &finding.diagnostic.message);
        out.close();
    }
    out.close();
    out.close();
    out.close();
}
