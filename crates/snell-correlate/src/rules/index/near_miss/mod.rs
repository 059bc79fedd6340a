//! An index that serves a query but for one column.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::proposed;
use crate::{
    rule::{Context, Rule},
    support::advice::{Advice, Lack, Proposal},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/near-miss",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "One more column would let an index serve a query whole",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let advice = Advice::shared(context);
    let nearly = advice.lacking(Lack::Nearly);
    nearly
        .filter_map(|proposal| finding(context, proposal))
        .collect()
}

fn finding(context: &Context<'_>, proposal: &Proposal) -> Option<Diagnostic> {
    // What stays beside the new index is no near miss: that would only be one more.
    let mut nearest = proposal.serves.iter().filter_map(|one| one.near);
    let near = nearest.find_map(|at| {
        let mut replaced = proposal.replaces.iter().map(|one| &one.index);
        replaced.find(|index| index.at == at)
    })?;
    let met = proposal
        .replaces
        .iter()
        .any(|one| one.met && one.index.at == near.at);
    Some(proposed::at_index(
        context,
        &RULE.metadata,
        (proposal, near),
        "serves its queries only in part",
        match met {
            true => {
                "each query that fixes its column fixes another indexed one too, and one index finds the rows"
            }
            false => "finds the rows; what comes after it is left to be sorted",
        },
    ))
}
