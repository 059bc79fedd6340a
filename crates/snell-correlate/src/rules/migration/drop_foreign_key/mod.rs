//! A foreign key is dropped for good.

use smol_str::SmolStr;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{AlterActionKind, ConstraintKind, StatementKind},
    catalog::TableConstraint,
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, Lived, actions},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-foreign-key",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration drops a foreign key: nothing keeps references right any more",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::DropConstraint(part) = &action.kind else {
                return None;
            };
            let constraint = lived.table.constraint(&part.name.text)?;
            let TableConstraint::ForeignKey(_) = &constraint.kind else {
                return None;
            };
            let columns: Vec<&SmolStr> = lived.table.names(&constraint.columns).collect();
            if is_needless(change, lived, &columns) {
                return None;
            }
            let table = &lived.relation.name;
            let shown: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
            Some(
                change
                    .finding(
                        &RULE.metadata,
                        action.span,
                        format!("without `{}`, `{table}.{}` may refer to rows that are gone", part.name.text, shown.join(", ")),
                    )
                    .label("nothing in this migration makes it again")
                    .related(change.history.part(constraint.provenance.created, &constraint.name), "kept references right since here")
                    .help("keep the key; to change what it does, drop and add it in one `ALTER TABLE`")
                    .note("both tables are locked exclusively for a moment: queries that are slow make it a long one")
                    .subject(change.subject(&format!("table:{table} constraint:{}", part.name.text))),
            )
        })
        .collect()
}

/// Whether the key is made again over these columns, or the columns or the table go, or the
/// references were moved.
fn is_needless(change: Change<'_>, lived: Lived<'_>, columns: &[&SmolStr]) -> bool {
    let after = change.history.replay.catalog.table(lived.relation.id);
    let Some(after) = after else {
        return true;
    };
    let is_left = columns.iter().all(|column| {
        let number = lived.table.column(column).map(|column| column.number);
        number.is_some_and(|number| after.column_at(number).is_some())
    });
    if !is_left {
        return true;
    }
    change.beside().any(|other| {
        let StatementKind::AlterTable(alter) = &other.step.statement.kind else {
            return false;
        };
        other.is(&alter.name, lived.relation)
            && alter.actions.iter().any(|action| match &action.kind {
                AlterActionKind::AddConstraint(added) => match &added.kind {
                    ConstraintKind::ForeignKey(key) => {
                        key.columns.len() == columns.len()
                            && key.columns.iter().zip(columns).any(|(a, b)| a.text == **b)
                    }
                    _ => false,
                },
                // The columns got other names, and the key another with them.
                AlterActionKind::RenameColumn(old, _) => columns.iter().any(|c| **c == old.text),
                _ => false,
            })
    })
}
