//! A view, function, type or sequence gets another name.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ObjectKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/rename-object",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration renames a view, function, type or sequence that queries may name",
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
    let (kind, name, new) = match &change.step.statement.kind {
        StatementKind::Rename(rename) => (rename.kind, &rename.name, &rename.new_name),
        StatementKind::AlterTable(alter) => {
            change.lived_view(&alter.name)?;
            let new = alter.actions.iter().find_map(|action| match &action.kind {
                AlterActionKind::RenameTo(new) => Some(new),
                _ => None,
            })?;
            (ObjectKind::View, &alter.name, new)
        }
        _ => return None,
    };
    let what = match kind {
        ObjectKind::View | ObjectKind::MaterializedView => "view",
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => "function",
        ObjectKind::Type | ObjectKind::Domain => "type",
        ObjectKind::Sequence => "sequence",
        _ => return None,
    };
    let old = &name.name.text;
    if is_swapped(change, old) {
        return None;
    }
    Some(
        change
            .finding(
                &RULE.metadata,
                name.span(),
                format!("the {what} `{old}` gets another name: raw SQL that names it fails"),
            )
            .label(format!("called `{}` from here on", new.text))
            .help("look for the old name in raw SQL, functions and defaults first; or leave something of the old name behind")
            .confidence(Confidence::Likely)
            .subject(change.subject(&format!("{what}:{old}"))),
    )
}

/// Whether the migration itself made the object, or makes another of that name.
fn is_swapped(change: Change<'_>, old: &str) -> bool {
    change
        .beside()
        .any(|other| match &other.step.statement.kind {
            StatementKind::CreateType(create) => create.name.name.text == old,
            StatementKind::CreateView(create) => create.name.name.text == old,
            StatementKind::CreateFunction(create) => create.name.name.text == old,
            StatementKind::CreateSequence(create) => create.name.name.text == old,
            StatementKind::Rename(rename) => rename.new_name.text == old,
            _ => false,
        })
}
