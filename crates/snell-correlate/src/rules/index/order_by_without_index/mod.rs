//! The first rows of an order that no index has.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::proposed;
use crate::{
    rule::{Context, Rule},
    support::{
        advice::{Advice, Lack, Proposal},
        growth::Growth,
        indexes::{self, Sorted, TableIndex},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/order-by-without-index",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Rows are sorted to take a few of them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let advice = Advice::shared(context);
    advice
        .lacking(Lack::Order)
        .filter_map(|proposal| finding(context, proposal))
        .collect()
}

fn finding(context: &Context<'_>, proposal: &Proposal) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(proposal.model.schema);
    let model = context.project.schemas.model(proposal.model);
    let ask = &proposal.serves.first()?.ask;
    let names = ask.order.iter().map(|sort| {
        let direction = if sort.descending { " desc" } else { "" };
        format!("`{}{direction}`", schema.datamodel[sort.field].name)
    });
    let by = wording::and(&names.collect::<Vec<_>>());
    let message = format!(
        "no index has the `{}` rows in the order of {by}",
        model.name
    );
    let label = match ask.limited {
        true => "sorts all rows that it finds, to take a few",
        false => "sorts all rows that it finds",
    };
    let mut found = proposed::finding(context, &RULE.metadata, proposal, message, label)?;
    let existing = indexes::of(schema, model);
    let near = existing.iter().find_map(|index| {
        let sorted = index.sorts(&schema.datamodel, ask);
        matches!(sorted, Sorted::ButForNulls | Sorted::ButForDirections).then_some((index, sorted))
    });
    if let Some((index, sorted)) = near {
        found = found.related(index.at, shortcoming(index, sorted));
    } else if proposal.grown.growth != Growth::AppendOnly || !ask.equal.is_empty() {
        let why = "how many rows there are to sort is not known";
        found = found
            .lowered(Severity::Low, why)
            .confidence(Confidence::Possible);
    }
    Some(found.subject(proposed::subject(context, proposal)))
}

fn shortcoming(index: &TableIndex, sorted: Sorted) -> String {
    let name = &index.name;
    match sorted {
        Sorted::ButForNulls => {
            format!("`{name}` has these columns, but puts NULLs at the other end")
        }
        _ => format!("`{name}` has these columns, but in other directions"),
    }
}
