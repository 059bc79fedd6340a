//! A default in the code that is not the schema's.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::defaults::given;
use crate::{
    rule::{Context, Rule},
    support::name_words::split,
};

/// Last words in the names of columns that say by which way a row was made: each way may well say another.
const WAYS: [&str; 6] = ["source", "origin", "channel", "via", "type", "kind"];

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/default-conflict",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The code and the schema give one column different defaults",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = given(context);
    let conflicts = all.iter().filter(|given| !given.same);
    conflicts
        .map(|given| {
            let column = given.column();
            let finding = given.finding(
                &RULE.metadata,
                format!(
                    "`{column}` is {} here where nothing is said, and {} in the schema",
                    given.code, given.declared
                ),
                "the default of the code",
            );
            let words = split(&given.field.name);
            let finding = match words.last() {
                Some(word) if WAYS.contains(&word.as_str()) => finding.lowered(
                    Severity::Low,
                    "the column says by which way a row was made: another way may say another",
                ),
                _ => finding,
            };
            finding
                .help(format!(
                    "give `{}` one default: leave it out here, or change `@default`",
                    given.field.name
                ))
                .confidence(Confidence::Likely)
                .subject(given.subject())
        })
        .collect()
}
