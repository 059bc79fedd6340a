//! Runs the rules over a project, and sorts what they find.

use std::panic::{AssertUnwindSafe, catch_unwind};

use snell_source::{Diagnostic, Severity};

use crate::{
    rule::{Context, Rule},
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
    for (rule, severity) in selection.iter() {
        match catch_unwind(AssertUnwindSafe(|| (rule.check)(context))) {
            Ok(diagnostics) => {
                let found = diagnostics
                    .into_iter()
                    .map(|diagnostic| graded(diagnostic, rule, severity));
                judgement.verdicts.extend(found.map(|diagnostic| Verdict {
                    suppressed: suppressions.silences(&diagnostic),
                    diagnostic,
                }));
            }
            Err(panic) => judgement
                .failed
                .push((rule.metadata.name, words(panic.as_ref()))),
        }
    }
    let extra = suppressions.findings(selection);
    judgement
        .verdicts
        .extend(extra.into_iter().map(|diagnostic| Verdict {
            diagnostic,
            suppressed: None,
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
