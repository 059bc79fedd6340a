//! An index whose first column no query fixes.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::proposed;
use crate::{
    rule::{Context, Rule},
    support::advice::{Advice, Lack, Proposal},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/composite-order",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "An index has its columns in an order that serves no query",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let advice = Advice::shared(context);
    let misplaced = advice.lacking(Lack::Misplaced);
    misplaced
        .filter_map(|proposal| finding(context, proposal))
        .collect()
}

fn finding(context: &Context<'_>, proposal: &Proposal) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(proposal.model.schema);
    let near = proposal.serves.first()?.near?;
    let index = &proposal
        .replaces
        .iter()
        .find(|one| one.index.at == near)?
        .index;
    let first = index.fields().next()?;
    let first = &schema.datamodel[first].name;
    let fixed = proposed::fixed(schema, proposal);
    Some(proposed::at_index(
        context,
        &RULE.metadata,
        (proposal, index),
        "has its columns in an order that serves no query",
        format!("sorted by `{first}` first, and the queries find rows by {fixed}"),
    ))
}
