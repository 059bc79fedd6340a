//! Every row of a table in use gets the same value.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use crate::{
    rule::{Context, Rule},
    rules::migration::backfill,
    support::migrations::{Change, changes, is_constant, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/update-without-where",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration overwrites a column in every row",
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
    let StatementKind::Update(update) = &change.step.statement.kind else {
        return None;
    };
    let lived = change.lived(&update.table)?;
    if !update.from.is_empty() || !backfill::is_everything(update.condition.as_ref()) {
        return None;
    }
    // A column that migrations have just added is being filled.
    let (column, _) = backfill::sets(update, lived).find(|(column, value)| {
        !backfill::is_young(change, lived, column) && value.is_some_and(is_constant)
    })?;
    let (table, own) = (&lived.relation.name, &column.name);
    let started = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!("the migration overwrites `{own}` in every row of `{table}` with one value"),
        )
        .label("no `WHERE`: what the rows had is lost");
    Some(
        with_place(started, change.declared(table, Some(own)), "the field")
            .help("say which rows are meant (`WHERE ... IS NULL`, `WHERE ... = 'old'`); a default for rows to come is `ALTER COLUMN ... SET DEFAULT`")
            .subject(change.subject(&format!("table:{table} column:{own}"))),
    )
}
