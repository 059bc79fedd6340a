//! All rows of a table are updated by one statement.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use crate::{
    rule::{Context, Rule},
    rules::migration::backfill,
    support::migrations::{Change, changes, qualified, quoted},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/backfill-unbatched",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration updates every row of a table in one statement",
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
    let (lived, _) = backfill::changed_rows(change)?;
    // Under a lock it is another fault, and so is a value for all that takes others away.
    if !backfill::may_take_all(change, update, lived)
        || backfill::locked_before(change).is_some()
        || backfill::overwrites(change, update, lived)
    {
        return None;
    }
    let table = &lived.relation.name;
    let key = lived.table.primary_key().map(|key| {
        let columns = lived.table.names(&key.columns).map(|name| quoted(name));
        columns.collect::<Vec<_>>().join(", ")
    });
    let key = key.unwrap_or_else(|| "\"id\"".to_owned());
    let on = qualified(lived.relation);
    Some(
        change
            .finding(
                &RULE.metadata,
                change.step.span,
                format!("one statement updates every row of `{table}`"),
            )
            .label("every row stays locked until all are done")
            .help(format!("update some thousand rows at a time, by a script, each in a transaction of its own: UPDATE {on} SET ... WHERE ({key}) IN (SELECT {key} FROM {on} WHERE ... LIMIT 5000)"))
            .note("a small table is done in an instant")
            .subject(change.subject(&format!("table:{table} backfill"))),
    )
}
