//! All rows of a table in use are deleted.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ReferentialAction, StatementKind};

use crate::{
    rule::{Context, Rule},
    rules::migration::backfill,
    support::{
        migrations::{Change, changes},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/delete-without-where",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration deletes every row of a table",
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
    let StatementKind::Delete(delete) = &change.step.statement.kind else {
        return None;
    };
    let lived = change.lived(&delete.table)?;
    if !delete.using.is_empty() || !backfill::is_everything(delete.condition.as_ref()) {
        return None;
    }
    let table = &lived.relation.name;
    // Rows of a table that goes in the same migration are told there.
    let dropped = change
        .later()
        .any(|other| match &other.step.statement.kind {
            StatementKind::Drop(drop) => drop
                .names
                .iter()
                .any(|target| other.is(&target.name, lived.relation)),
            _ => false,
        });
    if dropped {
        return None;
    }
    let cascades: Vec<String> = change
        .history
        .replay
        .catalog
        .references_to(lived.relation.id)
        .filter(|(.., reference)| reference.on_delete == ReferentialAction::Cascade)
        .map(|(other, ..)| format!("`{}`", other.name))
        .collect();
    let mut finding = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!("the migration deletes every row of `{table}`"),
        )
        .label("no `WHERE`");
    if !cascades.is_empty() {
        finding = finding.note(format!(
            "`ON DELETE CASCADE` takes rows of {} along",
            wording::and(&cascades)
        ));
    }
    Some(
        finding
            .help("say which rows have to go; when a new required column is the reason, give it a default instead")
            .subject(change.subject(&format!("table:{table}"))),
    )
}
