//! Finding an owner's rows reads those of all owners.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::proposed;
use crate::{
    rule::{Context, Rule},
    support::{
        advice::{self, Advice, Lack},
        growth::Growth,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/owner-filter-without-index",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Finding an owner's rows reads the rows of all owners",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = Advice::shared(context);
    found
        .lacking(Lack::Rows)
        .filter_map(|proposal| {
            let owner = advice::owner(context, proposal.model);
            let mut fixed = proposal.serves[0].ask.fixed();
            let by = fixed.find(|field| owner.contains(field))?;
            let schema = context.project.schemas.get(proposal.model.schema);
            let model = context.project.schemas.model(proposal.model);
            let by = &schema.datamodel[by];
            let message = format!(
                "no index finds the `{}` rows of one owner by `{}`",
                model.name, by.name
            );
            let label = "reads the rows of all owners";
            let mut found = proposed::finding(context, &RULE.metadata, proposal, message, label)?
                .related(schema.field_name(by), "names the owner of each row");
            if proposal.grown.growth != Growth::AppendOnly {
                let why = "rows are taken away too: how large the table gets is not known";
                found = found.lowered(Severity::Medium, why);
                if let Some(at) = proposal.grown.taken_at {
                    found = found.related(at, "takes rows away");
                }
            }
            Some(found.subject(proposed::subject(context, proposal)))
        })
        .collect()
}
