//! Runs the rules over a project, and sorts what they find.

use std::{
    collections::hash_map::Entry,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use rustc_hash::FxHashMap;
use snell_source::{Diagnostic, Location, Severity};

use crate::{
    rule::{Context, Rule},
    rules,
    said::said,
    selection::Selection,
    support::idle::Idle,
    suppression::Suppressions,
};

/// What became of a finding.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// The reason of the comment that silences it; empty when it gives none.
    pub suppressed: Option<String>,
}

/// What judging comes to.
#[derive(Debug, Default)]
pub struct Judgement {
    /// All findings, in the order of rules, then places.
    pub verdicts: Vec<Verdict>,
    /// Rules that failed: a fault of snell's own, with what it said.
    pub failed: Vec<(&'static str, String)>,
    /// How long each rule took; one waits for what another makes for both.
    pub spent: Vec<(&'static str, Duration)>,
}

/// What one rule came to.
#[derive(Debug)]
pub struct Checked {
    found: Result<Vec<Diagnostic>, String>,
    spent: Duration,
}

impl Checked {
    /// Runs a rule. One that panics costs its own findings alone.
    fn of(rule: &Rule, context: &Context<'_>) -> Self {
        let started = Instant::now();
        let found = catch_unwind(AssertUnwindSafe(|| (rule.check)(context)));
        Checked {
            found: found
                .map(|all| {
                    each_once(all)
                        .into_iter()
                        .map(|one| Idle::weighed(context, one))
                        .collect()
                })
                .map_err(|panic| words(panic.as_ref())),
            spent: started.elapsed(),
        }
    }
}

/// Runs the selected rules, one after the other.
#[must_use]
pub fn judge(context: &Context<'_>, selection: &Selection) -> Judgement {
    judge_with(context, selection, |rules, check| {
        rules.iter().map(|rule| check(rule)).collect()
    })
}

/// The same, where `all` says how the rules run: on several threads, perhaps. It returns what `check` makes of each,
/// in the order of the rules. Rules share what they make of the context, and nothing else.
#[must_use]
pub fn judge_with(
    context: &Context<'_>,
    selection: &Selection,
    all: impl FnOnce(&[&'static Rule], &(dyn Fn(&Rule) -> Checked + Sync)) -> Vec<Checked>,
) -> Judgement {
    let suppressions = Suppressions::read(context);
    let mut judgement = Judgement::default();
    let rules: Vec<&'static Rule> = selection.iter().collect();
    let checked = all(&rules, &|rule| Checked::of(rule, context));
    for (rule, checked) in rules.into_iter().zip(checked) {
        judgement.spent.push((rule.metadata.name, checked.spent));
        match checked.found {
            Ok(diagnostics) => {
                // A comment at a finding that does not count is not unused for that.
                let found = diagnostics.into_iter().filter_map(|diagnostic| {
                    let suppressed = suppressions.silences(&diagnostic);
                    let file = diagnostic.primary().at.file;
                    let path = &context.sources.file(file).path;
                    let severity = selection.severity_at(rule, path)?;
                    Some(Verdict {
                        suppressed,
                        diagnostic: said(graded(diagnostic, rule, severity)),
                    })
                });
                judgement.verdicts.extend(found);
            }
            Err(words) => judgement.failed.push((rule.metadata.name, words)),
        }
    }
    let extra = suppressions.findings(selection);
    judgement
        .verdicts
        .extend(extra.into_iter().filter_map(|diagnostic| {
            let rule = rules::named(diagnostic.rule.name)?;
            let path = &context.sources.file(diagnostic.primary().at.file).path;
            let severity = selection.severity_at(rule, path)?;
            Some(Verdict {
                diagnostic: graded(diagnostic, rule, severity),
                suppressed: None,
            })
        }));
    judgement.verdicts.sort_by_key(|verdict| {
        let at = verdict.diagnostic.primary().at;
        (
            verdict.diagnostic.rule.name,
            context.sources.file(at.file).path.clone(),
            at.span,
        )
    });
    judgement
}

/// What is said of one place in the same words is one finding, however many ways lead there: the most severe.
fn each_once(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut once: Vec<Diagnostic> = Vec::with_capacity(found.len());
    let mut told: FxHashMap<(Location, String), usize> = FxHashMap::default();
    for diagnostic in found {
        match told.entry((diagnostic.primary().at, diagnostic.message.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(once.len());
                once.push(diagnostic);
            }
            Entry::Occupied(entry) => {
                let known = &mut once[*entry.get()];
                if diagnostic.severity > known.severity {
                    *known = diagnostic;
                }
            }
        }
    }
    once
}

/// The finding at the configured severity: what the rule puts milder stays as far below it, where the configuration
/// raises the rule, and is as mild at least where it lowers it.
fn graded(mut diagnostic: Diagnostic, rule: &Rule, severity: Severity) -> Diagnostic {
    let own = rule.metadata.severity;
    if severity > own {
        diagnostic.severity = diagnostic.severity.raised(own, severity);
    } else if severity < own {
        diagnostic.severity = diagnostic.severity.min(severity);
    }
    diagnostic
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use snell_source::{Diagnostic, Location, Severity, SourceFile, Sources, Span};

    use super::{each_once, graded};
    use crate::rules;

    #[test]
    fn what_is_said_of_a_place_is_said_once_at_its_worst() {
        let rule = rules::named("query/n-plus-one").expect("a rule");
        let file = Sources::new().add(SourceFile::new("a.ts", "const a = 1;"));
        let finding = |start, words: &str, severity| {
            let span = Span::new(start, start + 1);
            let mut found =
                Diagnostic::at(&rule.metadata, Location { file, span }, words).subject("a");
            found.severity = severity;
            found
        };
        let found = each_once(vec![
            finding(0, "one", Severity::Low),
            finding(0, "other", Severity::Low),
            finding(0, "one", Severity::High),
            finding(4, "one", Severity::Low),
        ]);
        let severities: Vec<Severity> = found.iter().map(|one| one.severity).collect();
        assert_eq!(severities, [Severity::High, Severity::Low, Severity::Low]);
    }

    #[test]
    fn a_configured_severity_moves_the_milder_findings_of_a_rule_along() {
        use Severity::{Critical, High, Info, Low, Medium};
        let rule = rules::named("isolation/missing-owner-filter").expect("a rule");
        assert_eq!(rule.metadata.severity, Critical);
        let mild = rules::named("query/n-plus-one").expect("a rule");
        assert_eq!(mild.metadata.severity, High);
        let file = Sources::new().add(SourceFile::new("a.ts", "const a = 1;"));
        let at = |rule: &'static crate::Rule, own, configured| {
            let span = Span::new(0, 1);
            let mut found =
                Diagnostic::at(&rule.metadata, Location { file, span }, "words").subject("a");
            found.severity = own;
            graded(found, rule, configured).severity
        };
        assert_eq!(at(mild, High, Critical), Critical);
        assert_eq!(at(mild, Medium, Critical), High);
        assert_eq!(at(mild, Low, Critical), Medium);
        assert_eq!(at(mild, Critical, Critical), Critical);
        assert_eq!(at(mild, Medium, High), Medium);
        assert_eq!(
            [at(rule, High, Medium), at(rule, Low, Medium)],
            [Medium, Low]
        );
        assert_eq!([at(rule, High, Info), at(rule, Info, Low)], [Info, Info]);
    }
}
