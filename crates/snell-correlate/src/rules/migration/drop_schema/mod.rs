//! A schema of the database is dropped with all in it.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ObjectKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::changes,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-schema",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A migration drops a schema of the database",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .flat_map(|change| {
            let StatementKind::Drop(drop) = &change.step.statement.kind else {
                return Vec::new();
            };
            if drop.kind != ObjectKind::Schema {
                return Vec::new();
            }
            let there = drop.names.iter().filter(|target| {
                let provenance = change.step.before.schemas.get(&target.name.name.text);
                provenance.is_some_and(|provenance| {
                    provenance.is_none_or(|made| {
                        !change.history.is_fresh(made.created, change.step.place.migration)
                    })
                })
            });
            there
                .map(|target| {
                    let name = &target.name.name.text;
                    let finding = change
                        .finding(
                            &RULE.metadata,
                            target.name.span(),
                            if drop.cascade {
                                format!("dropping the schema `{name}` drops every table in it, rows and all")
                            } else {
                                format!("the schema `{name}` is dropped; the migration fails unless it is empty")
                            },
                        )
                        .label(if drop.cascade { "CASCADE asks nobody" } else { "what code reads here is gone" })
                        .help("drop tables one by one, when nothing reads them any more; then the empty schema");
                    let finding = if drop.cascade {
                        finding
                    } else {
                        finding.lowered(Severity::Medium, "without CASCADE nothing in it is lost")
                    };
                    finding.subject(change.subject(&format!("namespace:{name}")))
                })
                .collect()
        })
        .collect()
}
