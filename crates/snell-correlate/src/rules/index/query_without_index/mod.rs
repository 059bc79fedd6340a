//! A query of a growing table that no index serves.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::proposed;
use crate::{
    rule::{Context, Rule},
    support::advice::{self, Advice, Lack},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/query-without-index",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A query reads a whole growing table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = Advice::shared(context);
    let of_others = found.lacking(Lack::Rows).filter(|proposal| {
        let owner = advice::owner(context, proposal.model);
        !proposal.serves[0]
            .ask
            .fixed()
            .any(|field| owner.contains(&field))
    });
    of_others
        .filter_map(|proposal| {
            let schema = context.project.schemas.get(proposal.model.schema);
            let model = context.project.schemas.model(proposal.model);
            let by = proposed::fixed(schema, proposal);
            let message = format!("no index finds `{}` rows by {by}", model.name);
            let label = "reads the whole table";
            let found = proposed::finding(context, &RULE.metadata, proposal, message, label)?;
            Some(found.subject(proposed::subject(context, proposal)))
        })
        .collect()
}
