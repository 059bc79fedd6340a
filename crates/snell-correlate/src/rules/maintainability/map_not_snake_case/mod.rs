//! Columns that are not snake_case where most are.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::maintainability::naming::{self, Words},
    support::conventions::About,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/map-not-snake-case",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Some columns are not snake_case in the database, as the others are",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let words = Words {
        one: "column",
        many: "columns",
        cure: |departure, proposed| {
            format!(
                "map the field to `{proposed}` (`@map`), and rename the column from `{}` in a migration, when all code that runs goes through the client",
                departure.name
            )
        },
    };
    naming::of(context, &RULE.metadata, About::Columns, &words, |pattern| {
        pattern.is == "snake_case"
    })
}
