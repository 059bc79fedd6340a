//! The table of findings that are not drawn: one line for each rule, with its subjects.

use std::collections::BTreeMap;

use indexmap::IndexSet;
use snell_source::Severity;

use super::{counted, summary};
use crate::{
    Finding,
    frame::{Paint, Painter, level},
    render::{RenderOptions, subject},
    visible,
};

/// The folded findings of one rule.
struct Fold<'a> {
    rule: &'a str,
    worst: Severity,
    count: usize,
    /// Short subjects, each once, in the order of the findings.
    subjects: IndexSet<String>,
}

/// The table; empty when nothing was folded.
pub(super) fn render(folded: &[&Finding], options: &RenderOptions) -> String {
    if folded.is_empty() {
        return String::new();
    }
    let folds = by_rule(folded);
    let mut painter = Painter::new(options.color);
    let levels = folded.iter().map(|finding| finding.diagnostic.severity);
    painter.push(
        Paint::Plain,
        &format!(
            "... {}, folded by rule (see {} with --max-findings none):",
            summary::more(levels),
            if folded.len() == 1 { "it" } else { "them all" },
        ),
    );
    painter.end_line();
    let numbers = widest(&folds, |fold| fold.count.to_string().len());
    let names = widest(&folds, |fold| fold.rule.len());
    for fold in &folds {
        painter.spaces(4);
        let count = format!("{:>numbers$}", fold.count);
        painter.push(Paint::Level(level(fold.worst)), &count);
        painter.spaces(2);
        painter.push(Paint::Plain, fold.rule);
        let room = options
            .clamped_width()
            .saturating_sub(4 + numbers + 2 + names + 2);
        let subjects = listed(&fold.subjects, room.max(24));
        if !subjects.is_empty() {
            painter.spaces(names - fold.rule.len() + 2);
            painter.push(Paint::Plain, &subjects);
        }
        painter.end_line();
    }
    let mut out = painter.finish();
    out.push('\n');
    out
}

/// Folds, the worst and then the largest first.
fn by_rule<'a>(folded: &[&'a Finding]) -> Vec<Fold<'a>> {
    let mut folds: BTreeMap<&str, Fold<'a>> = BTreeMap::new();
    for finding in folded {
        let diagnostic = &finding.diagnostic;
        let rule = diagnostic.rule.name;
        let fold = folds.entry(rule).or_insert_with(|| Fold {
            rule,
            worst: diagnostic.severity,
            count: 0,
            subjects: IndexSet::new(),
        });
        fold.worst = fold.worst.max(diagnostic.severity);
        fold.count += 1;
        let subject = subject::short(&diagnostic.subject);
        if !subject.is_empty() {
            fold.subjects.insert(subject);
        }
    }
    let mut folds: Vec<_> = folds.into_values().collect();
    folds.sort_by_key(|fold| std::cmp::Reverse((fold.worst, fold.count)));
    folds
}

fn widest(folds: &[Fold<'_>], width: impl Fn(&Fold<'_>) -> usize) -> usize {
    folds.iter().map(width).max().unwrap_or(0)
}

/// As many subjects as fit `room` columns (at least one), and how many do not.
fn listed(subjects: &IndexSet<String>, room: usize) -> String {
    let mut list = String::new();
    for (n, subject) in subjects.iter().enumerate() {
        let left = subjects.len() - n;
        let rest = format!(", {left} more");
        let separator = if n == 0 { "" } else { ", " };
        // The last one needs no room for what follows.
        let tail = if left == 1 { 0 } else { rest.len() };
        let width = visible::width(&list) + separator.len() + visible::width(subject) + tail;
        if n > 0 && width > room {
            return list + &rest;
        }
        list.push_str(separator);
        list.push_str(subject);
    }
    list
}

/// `... 3 more errors, 1 more warning` without the dots.
pub(super) fn words(counts: [usize; 3], more: &str) -> Vec<String> {
    ["error", "warning", "note"]
        .iter()
        .zip(counts)
        .filter(|(_, n)| *n > 0)
        .map(|(word, n)| counted(n, &format!("{more}{word}"), &format!("{more}{word}s")))
        .collect()
}
