//! Something takes long while a table is locked against everybody.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::migration::locks,
    support::migrations::{Change, first_of_each},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/statement-after-access-exclusive",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A long statement runs after another one has locked a table against everybody",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    first_of_each(context, finding)
}

/// One for each migration: the first long statement after a lock.
fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let (table, does) = locks::long(change)?;
    let (holder, locked) = change
        .earlier()
        .filter(|other| change.is_in_transaction_of(other))
        .find_map(|other| {
            Some((
                other,
                locks::exclusive(other).first()?.relation.name.clone(),
            ))
        })?;
    Some(
        change
            .finding(
                &RULE.metadata,
                change.step.span,
                format!("nobody can read `{locked}` while this statement {does} `{table}`"),
            )
            .label("runs with the lock held")
            .related(holder.at(holder.step.span), format!("ACCESS EXCLUSIVE on `{locked}`, until the transaction ends"))
            .help("put what takes long into a migration of its own, or before the statement that locks")
            .subject(change.subject("after-lock")),
    )
}
