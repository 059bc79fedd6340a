//! What an audit says of a finding beyond its diagnostic: its area, when it is to be mended,
//! how much work that is, and what may go wrong.

mod advice;
mod plan;

use std::collections::BTreeSet;

use snell_report::{
    Finding,
    audit::{AuditFinding, Change, Effort},
};
use snell_source::{Confidence, Diagnostic, FileId, Severity, Sources};

/// What is to be said of a finding. `id` is its number in the document, `applied` whether a
/// file is a migration that has run.
pub(super) fn audit_finding(
    finding: &Finding,
    id: String,
    sources: &Sources,
    applied: &dyn Fn(FileId) -> bool,
) -> AuditFinding {
    let diagnostic = &finding.diagnostic;
    let rule = diagnostic.rule.name;
    let file = diagnostic.primary().at.file;
    let applied_migration = applied(file);
    let change = match plan::change(rule, diagnostic.severity) {
        // What is wrong with code that only looks like a matter of names in the schema.
        Change::Schema if rule.starts_with("maintainability/") && is_code(sources, file) => {
            Change::Code
        }
        _ if is_open(diagnostic) => Change::Keep,
        change => plan::variant(diagnostic, change),
    };
    let (effort, basis) = effort(finding, change, sources);
    AuditFinding {
        id,
        area: plan::area(rule),
        phase: plan::phase(rule, diagnostic.severity),
        effort,
        basis,
        impact: impact(diagnostic.rule.page),
        advice: advice::advice(diagnostic, applied_migration),
        risk: advice::risk(rule, change).to_owned(),
        test: advice::test(rule, change).to_owned(),
        change,
        applied_migration,
        past: applied_migration
            && (finding.parts().iter()).all(|part| plan::is_over(rule, &part.message)),
        also: finding.also.iter().map(|rule| (*rule).to_owned()).collect(),
    }
}

/// The letters that begin the numbers of a category's findings.
pub(super) fn audit_prefix(rule: &str) -> &'static str {
    plan::prefix(rule)
}

/// Whether what is recommended hangs on something that only a person knows: a copy that may be meant
/// so, a change that pays from some number of rows on.
fn is_open(diagnostic: &Diagnostic) -> bool {
    let category = diagnostic
        .rule
        .name
        .split_once('/')
        .map_or("", |(category, _)| category);
    let may_be_meant = matches!(category, "schema" | "domain" | "scale" | "integrity");
    let conditional = diagnostic
        .help
        .first()
        .is_some_and(|help| help.starts_with("keep it while "));
    conditional
        || may_be_meant
            && diagnostic.confidence == Confidence::Possible
            && diagnostic.severity <= Severity::Low
}

fn is_code(sources: &Sources, file: FileId) -> bool {
    let extension = sources.file(file).path.extension();
    matches!(
        extension,
        Some("ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs")
    )
}

/// How much work, and what that is reckoned from. Where several findings are shown as one, each
/// is some.
fn effort(finding: &Finding, change: Change, sources: &Sources) -> (Effort, String) {
    const MANY: usize = 4;
    let (alone, basis) = effort_of(&finding.diagnostic, change, sources);
    let parts = finding.parts();
    if parts.len() == 1 {
        return (alone, basis);
    }
    let each = parts.iter().map(|part| effort_of(part, change, sources).0);
    match each.max() {
        Some(Effort::Small) if parts.len() >= MANY && change != Change::Comment => {
            (Effort::Medium, basis)
        }
        most => (most.unwrap_or(alone), basis),
    }
}

/// The work of one finding, by the places that it shows. Those of a way through code show how it
/// is reached, and few of them change.
fn effort_of(diagnostic: &Diagnostic, change: Change, sources: &Sources) -> (Effort, String) {
    let files: BTreeSet<&str> = diagnostic
        .labels
        .iter()
        .map(|label| sources.file(label.at.file).path.as_str())
        .collect();
    let places = diagnostic.labels.len();
    let effort = match (files.len(), places) {
        // Words, and files that go: the places are many and each is nothing.
        _ if change == Change::Comment => Effort::Small,
        (1, 1..=3) => Effort::Small,
        (_, 1..=20) if change == Change::Configuration => Effort::Small,
        (1..=3, 1..=8) => Effort::Medium,
        _ if change == Change::Code => Effort::Medium,
        _ => Effort::Large,
    };
    let count = |n: usize, word: &str| match n {
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    };
    let basis = format!(
        "{} in {}",
        count(places, "place"),
        count(files.len(), "file")
    );
    (effort, basis)
}

/// The first paragraph below "Why is this bad?", in one line.
fn impact(page: &str) -> String {
    let after = page
        .split_once("## Why is this bad?")
        .map_or("", |(_, after)| after);
    let lines = after.lines().map(str::trim);
    let paragraph = lines
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty() && !line.starts_with('#'));
    addresses(&paragraph.collect::<Vec<_>>().join(" "))
}

/// `<https://...>` as a code span: nothing in a document is a link but its own.
fn addresses(text: &str) -> String {
    let mut parts = text.split("<https://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('>') {
            Some((address, rest)) => out.push_str(&format!("`https://{address}`{rest}")),
            None => out.push_str(&format!("<https://{part}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use snell_correlate::rules;

    #[test]
    fn every_rule_says_what_it_does_to_people() {
        for rule in rules::all() {
            let impact = impact(rule.metadata.page);
            assert!(!impact.is_empty(), "{}", rule.metadata.name);
        }
    }

    #[test]
    fn every_category_has_letters_of_its_own() {
        let categories: BTreeSet<&str> = rules::all()
            .iter()
            .filter_map(|rule| Some(rule.metadata.name.split_once('/')?.0))
            .collect();
        let letters: BTreeSet<&str> = rules::all()
            .iter()
            .map(|rule| plan::prefix(rule.metadata.name))
            .collect();
        assert_eq!(categories.len(), letters.len());
    }
}
