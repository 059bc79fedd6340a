//! All rows of a table in use are removed.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use crate::{
    rule::{Context, Rule},
    support::migrations::{changes, has_word},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/truncate",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration removes all rows of a table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .flat_map(|change| {
            let StatementKind::Truncate(tables) = &change.step.statement.kind else {
                return Vec::new();
            };
            // What cascades is worse (`migration/truncate-cascade`).
            if has_word(change.text(), "cascade") {
                return Vec::new();
            }
            let lived = tables.iter().filter_map(|name| Some((name, change.lived(name)?)));
            lived
                .map(|(name, lived)| {
                    let table = &lived.relation.name;
                    change
                        .finding(
                            &RULE.metadata,
                            name.span(),
                            format!("TRUNCATE removes all rows of `{table}`"),
                        )
                        .label("in every database that runs this migration")
                        .help("when rows are to go, say which: DELETE ... WHERE, in batches; when the table is, drop it in a migration that says so")
                        .subject(change.subject(&format!("table:{table}")))
                })
                .collect()
        })
        .collect()
}
