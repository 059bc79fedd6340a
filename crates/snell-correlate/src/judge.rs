//! Runs the rules over a project, and sorts what they find.

use std::panic::{AssertUnwindSafe, catch_unwind};

use snell_source::{Diagnostic, Severity};

use crate::{
    rule::{Context, Rule},
    rules,
    selection::Selection,
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
}

/// Runs the selected rules. One that panics costs its own findings alone.
#[must_use]
pub fn judge(context: &Context<'_>, selection: &Selection) -> Judgement {
    let suppressions = Suppressions::read(context);
    let mut judgement = Judgement::default();
    for rule in selection.iter() {
        match catch_unwind(AssertUnwindSafe(|| (rule.check)(context))) {
            Ok(diagnostics) => {
                // A comment at a finding that does not count is not unused for that.
                let found = diagnostics.into_iter().filter_map(|diagnostic| {
                    let suppressed = suppressions.silences(&diagnostic);
                    let file = diagnostic.primary().at.file;
                    let path = &context.sources.file(file).path;
                    let severity = selection.severity_at(rule, path)?;
                    Some(Verdict {
                        suppressed,
                        diagnostic: graded(diagnostic, rule, severity),
                    })
                });
                judgement.verdicts.extend(found);
            }
            Err(panic) => judgement
                .failed
                .push((rule.metadata.name, words(panic.as_ref()))),
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

/// The finding at the configured severity, as far below it as the rule put it.
fn graded(mut diagnostic: Diagnostic, rule: &Rule, severity: Severity) -> Diagnostic {
    if severity != rule.metadata.severity {
        diagnostic.severity = if diagnostic.severity < rule.metadata.severity {
            diagnostic.severity.min(severity)
        } else {
            severity
        };
    }
    diagnostic
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
