//! What to do, in which order, with the statements.

use std::cmp::Reverse;

use super::{
    super::{
        Effort, markdown,
        plan::{PhasePlan, Step, ranges},
    },
    context::Context,
    count,
};
use crate::render::html::{capital, severity, tags::Html};

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    out.leaf(
        "p",
        &[],
        "Each step mends the findings of one rule. Statements are in the order in which they run, one phase after the other; each CONCURRENTLY is a migration of its own.",
    );
    for plan in &context.audit.plan {
        let id = format!("phase-{}", plan.phase.number());
        out.open("section", &[("class", "phase"), ("id", &id)]);
        out.leaf("h3", &[], plan.phase.title());
        opening(out, plan);
        for step in &plan.steps {
            one(out, context, step);
        }
        out.close();
    }
}

fn opening(out: &mut Html, plan: &PhasePlan) {
    let steps = &plan.steps;
    if steps.is_empty() {
        out.leaf("p", &[("class", "calm")], "Nothing to do.");
        return;
    }
    let efforts = [Effort::Small, Effort::Medium, Effort::Large].map(|effort| {
        let n = steps.iter().filter(|step| step.effort == effort).count();
        format!("{n} {}", effort.letter())
    });
    let findings: usize = steps.iter().map(|step| step.findings.len()).sum();
    let migrates = plan.migrates();
    let order = match migrates.is_empty() {
        true => "no migrations".to_owned(),
        false => format!(
            "migrations in the order {}",
            ranges(plan.phase.number(), &migrates)
        ),
    };
    let words = format!(
        "{} ({}) for {}; {order}.",
        count(steps.len(), "step"),
        efforts.join(", "),
        count(findings, "finding")
    );
    out.leaf("p", &[("class", "sub")], &words);
}

fn one(out: &mut Html, context: &Context<'_>, step: &Step) {
    out.open(
        "details",
        &[
            ("class", "step row"),
            ("id", &format!("step-{}", step.number)),
        ],
    );
    out.open("summary", &[]);
    out.leaf("span", &[("class", "id")], &step.number);
    severity(out, step.severity);
    out.words("span", &[("class", "message")], &capital(&step.title));
    if !step.sql.is_empty() {
        out.leaf("span", &[("class", "lang")], "SQL");
    }
    let effort = format!("effort: {}", step.basis);
    out.leaf(
        "span",
        &[("class", "effort"), ("title", &effort)],
        &format!("effort {}", step.effort.letter()),
    );
    out.leaf(
        "span",
        &[("class", "n")],
        &count(step.findings.len(), "finding"),
    );
    out.close();
    out.open("div", &[("class", "body")]);
    about(out, step);
    code(out, step);
    statements(out, step);
    let mut findings: Vec<usize> = step
        .findings
        .iter()
        .filter_map(|id| context.number(id))
        .collect();
    findings.sort_by_key(|n| Reverse(context.audit.report.findings[*n].diagnostic.severity));
    context.short_list(out, &findings);
    out.close();
    out.close();
}

fn about(out: &mut Html, step: &Step) {
    out.open("dl", &[]);
    let effort = format!(
        "{} ({}), {}",
        step.effort.letter(),
        step.basis,
        step.complexity.as_str()
    );
    let strategy = match &step.done_by {
        Some(number) => format!("done by step {number}"),
        None if step.outside => {
            "on each database in use, and in no migration: the baseline has all of it".to_owned()
        }
        None => step.change.how().to_owned(),
    };
    for (head, words) in [
        ("Effort", effort.as_str()),
        ("Strategy", strategy.as_str()),
        ("Risk", step.risk.as_str()),
        ("Test", step.test.as_str()),
    ] {
        out.leaf("dt", &[], head);
        out.words("dd", &[], &capital(words));
    }
    if let Some(words) = &step.rollout {
        out.leaf("dt", &[], "Rollout");
        out.words("dd", &[], &capital(words));
    }
    out.leaf("dt", &[], "Depends on");
    out.open("dd", &[]);
    for (n, (number, why)) in step.depends.iter().enumerate() {
        if n > 0 {
            out.text("; ");
        }
        out.link(&format!("step-{number}"), number);
        out.text(" ");
        out.prose(why);
    }
    if step.depends.is_empty() {
        out.text("Nothing");
    }
    out.close();
    out.leaf("dt", &[], "Rule");
    out.open("dd", &[]);
    out.leaf("code", &[], &step.rule);
    out.close();
    out.close();
}

/// The code that knows the old form of what changes.
fn code(out: &mut Html, step: &Step) {
    if step.code.is_empty() {
        return;
    }
    out.leaf("p", &[("class", "sub")], "Code that knows the old form:");
    out.open("ul", &[]);
    for one in &step.code {
        out.open("li", &[]);
        out.leaf("code", &[], &one.column);
        let mut parts = Vec::new();
        for (head, spots) in [("written at", &one.written), ("asked for at", &one.read)] {
            let places: Vec<String> = (spots.iter())
                .map(|spot| format!("{}:{}", spot.file, spot.line))
                .collect();
            if !places.is_empty() {
                parts.push(format!("{head} {}", places.join(", ")));
            }
        }
        if one.front_ends > 0 {
            parts.push(format!(
                "named in {} of front ends",
                count(one.front_ends, "file")
            ));
        }
        out.text(&format!(": {}", parts.join("; ")));
        out.close();
    }
    out.close();
}

/// What the schema says then, what to look at before, and the statements.
fn statements(out: &mut Html, step: &Step) {
    let sql: Vec<&str> = step.sql.iter().map(|one| one.text.as_str()).collect();
    for (head, language, lines) in [
        (
            "In this order, on a branch",
            "sh",
            step.commands.iter().map(String::as_str).collect(),
        ),
        (
            "In the schema",
            "Prisma",
            step.prisma.iter().map(String::as_str).collect(),
        ),
        (
            markdown::STAYS.trim_end_matches(':'),
            "names",
            step.stays.iter().map(String::as_str).collect(),
        ),
        (
            markdown::before(step).trim_end_matches(':'),
            "SQL",
            step.checks.iter().map(String::as_str).collect(),
        ),
        (markdown::order(step).trim_end_matches(':'), "SQL", sql),
    ] {
        listing(out, head, language, &lines);
    }
}

/// Lines to be copied.
pub(super) fn listing(out: &mut Html, head: &str, language: &str, lines: &[&str]) {
    if lines.is_empty() {
        return;
    }
    out.open("figure", &[("class", "frame")]);
    out.open("figcaption", &[]);
    out.words("span", &[], head);
    out.leaf("span", &[("class", "lang")], language);
    out.close();
    out.open("pre", &[("class", "listing"), ("tabindex", "0")]);
    for line in lines.iter().flat_map(|text| text.lines()) {
        out.leaf("span", &[("class", "s")], line);
    }
    out.close();
    out.close();
}
