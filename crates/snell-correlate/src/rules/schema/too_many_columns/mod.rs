//! A table of many columns.

use snell_prisma::Model;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::tables,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/too-many-columns",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A table has so many columns that it is several",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Of 1,614 tables of twenty repositories half have 8 columns, and 99 in 100 at most 35.
const MANY: usize = 40;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter_map(|table| {
            let (schema, model) = (table.schema, table.model);
            let columns = model.columns().count();
            if columns < MANY {
                return None;
            }
            let empty = model.columns().filter(|field| field.is_optional()).count();
            let mut found = Diagnostic::at(
                &RULE.metadata,
                schema.model_name(model),
                format!("`{}` has {columns} columns", model.name),
            )
            .label(format!("{empty} of them may be NULL"))
            .help("move what belongs together, and is read together, into tables of their own, one row each: `@unique` on their foreign key");
            if let Some((word, number)) = groups(model) {
                found = found.note(format!("{number} of them begin with `{word}`"));
            }
            Some(found.subject(format!("model:{}", model.name)))
        })
        .collect()
}

/// The first word that most columns share, when at least four do.
fn groups(model: &Model) -> Option<(String, usize)> {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for field in model.columns() {
        let words = super::words::of(&field.name);
        if let [first, _, ..] = words.as_slice()
            && !matches!(
                first.as_str(),
                "is" | "has" | "can" | "allow" | "show" | "enable"
            )
        {
            *counts.entry(first.clone()).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .filter(|(_, number)| *number >= 4)
        .max_by_key(|(_, number)| *number)
}
