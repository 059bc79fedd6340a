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

/// The rules whose findings say of a table that nobody would miss it.
const SPARES: [&str; 2] = ["consistency/unused-model", "scale/unused-table"];

/// The rule whose findings are about two writes that belong together.
const PAIRED: &str = "query/missing-transaction";

/// A model whose table goes, or a column of it, with the finding that says so.
pub(super) struct Gone {
    /// The model.
    pub(super) model: String,
    /// The column, where the table stays.
    pub(super) field: Option<String>,
    /// Whether a step of the plan takes it away; else somebody has to look first.
    pub(super) planned: bool,
    id: String,
}

impl Gone {
    /// Whether a step of the plan takes the whole table away.
    pub(super) fn takes_table(&self) -> bool {
        self.planned && self.field.is_none()
    }
}

/// All of them.
pub(super) fn gone(report: &Report, findings: &[AuditFinding]) -> Vec<Gone> {
    let all = report.findings.iter().zip(findings);
    all.filter(|(finding, more)| finding.is_active() && more.change != Change::Keep)
        .flat_map(|(finding, more)| {
            let rule = finding.diagnostic.rule.name;
            let parts = finding.parts().iter();
            let parts = parts.filter(move |part| rule == TAKES || rule == REPLACES || spares(part));
            parts.filter_map(move |part| {
                let (models, fields) = names(&part.subject);
                Some(Gone {
                    model: models.into_iter().next()?,
                    field: match rule {
                        REPLACES => Some(fields.into_iter().next()?),
                        _ => None,
                    },
                    planned: rule == TAKES || rule == REPLACES,
                    id: more.id.clone(),
                })
            })
        })
        .collect()
}

/// Whether a finding says that a table may be dropped.
fn spares(diagnostic: &Diagnostic) -> bool {
    let mut help = diagnostic.help.iter();
    SPARES.contains(&diagnostic.rule.name)
        && help.any(|help| help.starts_with("remove ") || help.contains("drop it with its model"))
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
            || SPARES.contains(&rule)
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
    let is_it = |name: &str| name.eq_ignore_ascii_case(model);
    named.peek().is_some()
        && match diagnostic.rule.name {
            // Where one of two writes goes, the other needs no transaction.
            PAIRED => named.any(is_it),
            _ => named.all(is_it),
        }
}
