//! A unique index that fails when old rows are alike.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ExprKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    rules::migration::uniqueness,
    support::migrations::{Change, changes, qualified, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/data-dependent-unique",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration makes values unique that old rows may repeat",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).filter_map(finding).collect()
}

fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let StatementKind::CreateIndex(create) = &change.step.statement.kind else {
        return None;
    };
    let lived = change.lived(&create.table)?;
    if !create.unique || !uniqueness::may_repeat(change, lived, create) {
        return None;
    }
    let table = &lived.relation.name;
    let keys = create
        .keys
        .iter()
        .map(|key| change.text_of(key.item.expr.span));
    let keys = keys.collect::<Vec<_>>().join(", ");
    let named = create
        .name
        .as_ref()
        .map_or("the unique index", |name| name.name.text.as_str());
    let mut finding = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!(
                "the migration fails when two rows of `{table}` have the same {}",
                keys.replace('"', "`")
            ),
        )
        .label("no statement before it takes repeated values away");
    if let [only] = create.keys.as_slice()
        && let ExprKind::Column(parts) = &only.item.expr.kind
        && let Some(column) = parts.last()
    {
        finding = with_place(
            finding,
            change.declared(table, Some(&column.text)),
            "the field",
        );
    }
    let on = qualified(lived.relation);
    let only = create
        .predicate
        .as_ref()
        .map_or_else(String::new, |condition| {
            format!(" WHERE {}", change.text_of(condition.span))
        });
    finding = finding.help(format!(
        "look beforehand: SELECT {keys}, count(*) FROM {on}{only} GROUP BY {keys} HAVING count(*) > 1"
    ));
    if create.concurrently {
        finding = finding.note("a concurrent build that fails leaves an invalid index behind");
    } else {
        finding = finding.note("nobody can write the table while the index is built: CREATE UNIQUE INDEX CONCURRENTLY, in a migration of its own, lets them");
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .subject(change.subject(&format!("table:{table} index:{named}"))),
    )
}
