//! A schema of the database gets another name.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ObjectKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::changes,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/rename-schema",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration renames a schema of the database that running code still uses",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .filter_map(|change| {
            let StatementKind::Rename(rename) = &change.step.statement.kind else {
                return None;
            };
            if rename.kind != ObjectKind::Schema {
                return None;
            }
            let old = &rename.name.name.text;
            let made = change.step.before.schemas.get(old)?;
            let is_fresh = made.is_some_and(|made| {
                change.history.is_fresh(made.created, change.step.place.migration)
            });
            (!is_fresh).then(|| {
                change
                    .finding(
                        &RULE.metadata,
                        rename.name.span(),
                        format!("renaming the schema `{old}` breaks every query on its tables until the deploy is done"),
                    )
                    .label(format!("called `{}` from here on", rename.new_name.text))
                    .help("make the new schema beside the old one and move the tables one by one, a view left in the place of each")
                    .subject(change.subject(&format!("namespace:{old}")))
            })
        })
        .collect()
}
