//! A materialized view is made anew while nobody can read it.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use crate::{
    rule::{Context, Rule},
    support::migrations::{changes, insert_after},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/refresh-matview-blocking",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration refreshes a materialized view without CONCURRENTLY",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .filter_map(|change| {
            let StatementKind::Refresh(refresh) = &change.step.statement.kind else {
                return None;
            };
            if refresh.concurrently {
                return None;
            }
            let (relation, _) = change.lived_view(&refresh.name)?;
            let name = &relation.name;
            let mut finding = change
                .finding(
                    &RULE.metadata,
                    change.step.span,
                    format!("nobody can read `{name}` while this migration makes it anew"),
                )
                .label("ACCESS EXCLUSIVE until the whole query has run");
            if let Some(text) = insert_after(change.text(), "VIEW", " CONCURRENTLY") {
                finding = finding
                    .help(format!("`{text}`: it compares old and new rows, and needs a unique index over whole columns of the view"));
            }
            Some(finding.subject(change.subject(&format!("view:{name}"))))
        })
        .collect()
}
