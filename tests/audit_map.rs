//! Every question of the audit is decided by something that exists, and the
//! page says by what. `SNELL_UPDATE=1` writes the page.

mod support;

use std::{collections::BTreeSet, fmt::Write as _};

use snell_correlate::{
    audit_map::{PARTS, Point, points},
    matches, rules,
};
use support::repository::{root, text, update};

/// How many questions the audit asks.
const QUESTIONS: usize = 162;

#[test]
fn every_question_is_asked_once_in_its_part() {
    let numbers: Vec<&str> = points().map(|point| point.number).collect();
    let different: BTreeSet<&str> = numbers.iter().copied().collect();
    assert_eq!(numbers.len(), QUESTIONS);
    assert_eq!(different.len(), QUESTIONS);
    for number in numbers {
        let part = number.split('.').next().unwrap_or_default();
        assert!(
            PARTS.iter().any(|(known, _)| *known == part),
            "{number} is in a part"
        );
    }
}

#[test]
fn every_question_is_decided() {
    let open: Vec<&str> = points()
        .filter(|point| {
            point.rules.is_empty() && point.tables.is_empty() && point.beside.is_empty()
        })
        .map(|point| point.number)
        .collect();
    assert!(open.is_empty(), "nothing decides {open:?}");
}

#[test]
fn the_rules_that_decide_exist() {
    let missing: BTreeSet<&str> = points()
        .flat_map(|point| point.rules)
        .filter(|pattern| {
            let mut all = rules::all().iter();
            !all.any(|rule| matches(pattern, rule.metadata.name))
        })
        .copied()
        .collect();
    assert!(missing.is_empty(), "no such rules: {missing:#?}");
}

#[test]
fn the_page_says_what_decides() {
    let path = root().join("docs/audit-map.md");
    let page = page();
    if update() {
        std::fs::write(&path, &page).expect("docs can be written");
    }
    assert!(
        text(&path) == page,
        "docs/audit-map.md is stale: run with SNELL_UPDATE=1"
    );
}

fn page() -> String {
    let mut out = format!(
        "# What decides each question of the audit\n\n\
         An audit of a database asks {QUESTIONS} questions. Each is decided by rules, shown by a table of the audit, or there is a sentence\n\
         that says why it cannot be decided without running anything. A rule decides by speaking: where it is silent, the answer is\n\
         what one hopes for.\n"
    );
    for (part, title) in PARTS {
        let _ = write!(
            out,
            "\n## {part}. {title}\n\n| | Question | Rules | Tables | Beside |\n|---|---|---|---|---|\n"
        );
        let own = points().filter(|point| point.number.split('.').next() == Some(part));
        for point in own {
            out.push_str(&row(point));
        }
    }
    out
}

fn row(point: &Point) -> String {
    let rules: Vec<String> = point.rules.iter().map(|rule| link(rule)).collect();
    let tables: Vec<&str> = point.tables.iter().map(|table| table.title()).collect();
    format!(
        "| {} | {} | {} | {} | {} |\n",
        point.number,
        point.asks,
        rules.join(", "),
        tables.join(", "),
        point.beside
    )
}

/// A rule with its page; a pattern has many.
fn link(rule: &str) -> String {
    match rule.contains('*') {
        true => format!("`{rule}`"),
        false => format!("[`{rule}`](rules/{rule}.md)"),
    }
}
