//! Tables that a step takes away: what else is found about them goes with them, and is no work of
//! its own.

use snell_report::{
    Report,
    audit::{AuditFinding, Change},
};
use snell_source::Diagnostic;

use super::named::names;

/// The rule whose findings take a table away.
const TAKES: &str = "schema/attribute-kept-twice";

/// A model whose table goes, with the finding that says so.
pub(super) struct Gone {
    /// The model.
    pub(super) model: String,
    id: String,
}

/// All of them.
pub(super) fn tables(report: &Report, findings: &[AuditFinding]) -> Vec<Gone> {
    let all = report.findings.iter().zip(findings);
    all.filter(|(finding, more)| {
        finding.is_active() && finding.diagnostic.rule.name == TAKES && more.change != Change::Keep
    })
    .filter_map(|(finding, more)| {
        let (models, _) = names(&finding.diagnostic.subject);
        Some(Gone {
            model: models.into_iter().next()?,
            id: more.id.clone(),
        })
    })
    .collect()
}

/// Says of findings about those models alone that they end with them. Whose rows are reached, and
/// what is sent out, is mended before.
pub(super) fn attach(report: &Report, findings: &mut [AuditFinding], gone: &[Gone]) {
    for (finding, more) in report.findings.iter().zip(findings) {
        let rule = finding.diagnostic.rule.name;
        let waits = ["isolation/", "security/", "migration/", "raw-sql/"];
        if rule == TAKES || waits.iter().any(|head| rule.starts_with(head)) {
            continue;
        }
        let mut parts = finding.parts().iter();
        let Some(one) = gone
            .iter()
            .find(|one| parts.clone().all(|part| is_about(part, &one.model)))
        else {
            continue;
        };
        if parts.next().is_some() {
            more.change = Change::Keep;
            more.advice = vec![format!(
                "nothing by itself: `{}` goes, and this with it ({})",
                one.model, one.id
            )];
        }
    }
}

/// Whether a finding is about a model and no other: its subject names it, or the call.
fn is_about(diagnostic: &Diagnostic, model: &str) -> bool {
    let (models, _) = names(&diagnostic.subject);
    let words = diagnostic.subject.split_whitespace();
    // `query:Agents.list agent.findMany`: the function comes first.
    let calls = words.skip(1).filter_map(|word| word.split_once('.'));
    let mut named = models
        .iter()
        .map(String::as_str)
        .chain(calls.map(|(model, _)| model))
        .peekable();
    named.peek().is_some() && named.all(|name| name.eq_ignore_ascii_case(model))
}
