//! Tables and columns that a step takes away: what else is found about them goes with them, and is
//! no work of its own.

use snell_report::{
    Report,
    audit::{AuditFinding, Change},
};
use snell_source::{Diagnostic, Severity};

use super::named::names;

/// The rule whose findings take a table away.
const TAKES: &str = "schema/attribute-kept-twice";

/// The rule whose findings put another column in the place of one.
const REPLACES: &str = "schema/json-array";

/// A model whose table goes, or a column of it, with the finding that says so.
pub(super) struct Gone {
    /// The model.
    pub(super) model: String,
    /// The column, where the table stays.
    pub(super) field: Option<String>,
    id: String,
}

/// All of them.
pub(super) fn gone(report: &Report, findings: &[AuditFinding]) -> Vec<Gone> {
    let all = report.findings.iter().zip(findings);
    all.filter(|(finding, more)| finding.is_active() && more.change != Change::Keep)
        .flat_map(|(finding, more)| {
            let rule = finding.diagnostic.rule.name;
            let parts = finding.parts().iter();
            let parts = parts.filter(move |_| rule == TAKES || rule == REPLACES);
            parts.filter_map(move |part| {
                let (models, fields) = names(&part.subject);
                Some(Gone {
                    model: models.into_iter().next()?,
                    field: match rule {
                        TAKES => None,
                        _ => Some(fields.into_iter().next()?),
                    },
                    id: more.id.clone(),
                })
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
        // Code that is slow for people today is mended today, with rows or without them.
        let is_felt = rule.starts_with("query/") && finding.diagnostic.severity >= Severity::High;
        if rule == TAKES
            || rule == REPLACES
            || is_felt
            || waits.iter().any(|head| rule.starts_with(head))
        {
            continue;
        }
        let mut parts = finding.parts().iter();
        let Some(one) = gone
            .iter()
            .find(|one| parts.clone().all(|part| is_about(part, one)))
        else {
            continue;
        };
        if parts.next().is_some() {
            more.change = Change::Keep;
            let what = match &one.field {
                Some(field) => format!("`{}.{field}`", one.model),
                None => format!("`{}`", one.model),
            };
            more.advice = vec![format!(
                "nothing by itself: {what} goes, and this with it ({})",
                one.id
            )];
        }
    }
}

/// Whether a finding is about a model, or a column of it, and no other: its subject names it, or
/// the call.
fn is_about(diagnostic: &Diagnostic, gone: &Gone) -> bool {
    let model = &gone.model;
    let (models, fields) = names(&diagnostic.subject);
    if let Some(field) = &gone.field {
        let own = models.iter().all(|name| name == model);
        return own && !fields.is_empty() && fields.iter().all(|name| name == field);
    }
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
