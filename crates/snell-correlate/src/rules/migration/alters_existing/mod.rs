//! A migration changes a table that is there, where the team only adds.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, StatementKind};

use crate::{
    options,
    rule::{Context, Rule},
    support::migrations::{Change, first_of_each},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/alters-existing",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A migration changes or drops what is there, where the configuration allows additions alone",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    if options::of(context, &RULE.metadata).is_none() {
        return Vec::new();
    }
    first_of_each(context, finding)
}

/// One for each migration: the first statement that is no addition.
fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let table = match &change.step.statement.kind {
        StatementKind::AlterTable(alter) => {
            let lived = change.lived(&alter.name)?;
            let adds = alter.actions.iter().all(|action| {
                matches!(
                    action.kind,
                    AlterActionKind::AddColumn(..) | AlterActionKind::AddConstraint(_)
                )
            });
            (!adds).then(|| lived.relation.name.to_string())?
        }
        StatementKind::Drop(drop) => {
            let mut lived = drop
                .names
                .iter()
                .filter_map(|target| change.lived(&target.name));
            lived.next()?.relation.name.to_string()
        }
        _ => return None,
    };
    Some(
        change
            .finding(
                &RULE.metadata,
                change.step.span,
                format!("`{table}` is there, and this changes it; the configuration allows additions alone"),
            )
            .label("no addition")
            .help("add a table or a column beside it, and take the old one away in a migration that the team has agreed on")
            .subject(change.subject("alters")),
    )
}
