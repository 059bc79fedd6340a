//! A column whose default is worked out anew for each row.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ConstraintKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, actions, calls, qualified, quoted, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-column-volatile-default",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration adds a column with a volatile default, which rewrites the table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AddColumn(column, _) = &action.kind else {
                return None;
            };
            if lived.table.column(&column.name.text).is_some() {
                return None;
            }
            let (default, function) = column.constraints.iter().find_map(|constraint| {
                let ConstraintKind::Default(default) = &constraint.kind else {
                    return None;
                };
                let called = calls(default);
                let volatile = called.into_iter().find(|name| is_volatile(change, name))?;
                Some((default, volatile))
            })?;
            let (table, own) = (&lived.relation.name, &column.name.text);
            let started = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("adding `{own}` rewrites `{table}` and locks it meanwhile: `{function}()` has a value for each row"),
                )
                .label(format!("default {}", change.text_of(default.span)));
            let on = qualified(lived.relation);
            Some(
                with_place(started, change.declared(table, Some(own)), "the field")
                    .help(format!("add it without the default, then ALTER TABLE {on} ALTER COLUMN {} SET DEFAULT {}, and fill old rows in batches", quoted(own), change.text_of(default.span)))
                    .subject(change.subject(&format!("table:{table} column:{own}"))),
            )
        })
        .collect()
}

/// Whether a function gives each row a value of its own. `now()` has one for the whole transaction.
fn is_volatile(change: Change<'_>, name: &str) -> bool {
    const VOLATILE: [&str; 12] = [
        "random",
        "gen_random_uuid",
        "uuidv4",
        "uuidv7",
        "uuid_generate_v1",
        "uuid_generate_v1mc",
        "uuid_generate_v4",
        "gen_random_bytes",
        "gen_salt",
        "clock_timestamp",
        "timeofday",
        "nextval",
    ];
    let mut own = change.history.replay.catalog.functions.iter();
    VOLATILE.contains(&name)
        || own.any(|function| function.name == name && function.volatility == "volatile")
}
