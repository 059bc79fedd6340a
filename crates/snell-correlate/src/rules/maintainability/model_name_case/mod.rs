//! Models that are not named as most are.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::maintainability::naming::{self, Words},
    support::conventions::About,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/model-name-case",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Some models are not named as the others are",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let words = Words {
        one: "model",
        many: "models",
        cure: |departure, proposed| {
            format!(
                "rename it to `{proposed}`; `@@map(\"{}\")` keeps its table, when nothing else says its name",
                departure.name
            )
        },
    };
    naming::departures(context, &RULE.metadata, About::Models, &words)
}
