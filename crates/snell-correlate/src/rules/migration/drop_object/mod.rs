//! Something that queries may call is dropped.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Drop, DropTarget, ObjectKind, ObjectName, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-object",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration drops a view, function, trigger, policy, sequence or extension",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).flat_map(findings).collect()
}

fn findings(change: Change<'_>) -> Vec<Diagnostic> {
    let StatementKind::Drop(drop) = &change.step.statement.kind else {
        return Vec::new();
    };
    let Some((what, loss)) = lost(drop.kind) else {
        return Vec::new();
    };
    let targets = drop.names.iter();
    targets
        .filter(|target| was_there(change, drop, target) && !is_made_again(change, drop.kind, target))
        .map(|target| {
            let name = &target.name.name.text;
            change
                .finding(
                    &RULE.metadata,
                    target.name.span(),
                    format!("the {what} `{name}` is dropped: {loss}"),
                )
                .label("nothing in this migration makes it again")
                .help("look for what names it, in raw SQL and in other objects, before the migration runs; to change it, drop and create it in one migration")
                .subject(change.subject(&format!("{}:{name}", what.replace(' ', "-"))))
        })
        .collect()
}

/// What an object is called, and what its absence does. Types are left out: PostgreSQL keeps
/// those that a column has, and nothing else can.
fn lost(kind: ObjectKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        ObjectKind::View => ("view", "queries that read it fail"),
        ObjectKind::MaterializedView => ("materialized view", "queries that read it fail"),
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
            ("function", "queries that call it fail")
        }
        ObjectKind::Aggregate => ("aggregate", "queries that call it fail"),
        ObjectKind::Trigger => ("trigger", "what it kept right is kept by nobody"),
        ObjectKind::Policy => ("policy", "other rows can be reached, or none"),
        ObjectKind::Sequence => ("sequence", "its count is lost"),
        ObjectKind::Extension => ("extension", "its types and functions go with it"),
        ObjectKind::Domain => ("domain", "casts to it fail"),
        _ => return None,
    })
}

/// Whether an object was there before the migration, as far as that is known.
fn was_there(change: Change<'_>, drop: &Drop, target: &DropTarget) -> bool {
    let name = &target.name.name.text;
    let made_here = change
        .earlier()
        .any(|other| makes(&other.step.statement.kind, drop.kind, &target.name, target));
    if made_here {
        return false;
    }
    let before = &change.step.before;
    match drop.kind {
        ObjectKind::View | ObjectKind::MaterializedView => {
            change.lived_view(&target.name).is_some()
        }
        ObjectKind::Sequence => before.find(&target.name).is_some(),
        ObjectKind::Trigger | ObjectKind::Policy => {
            let Some(lived) = target.table.as_ref().and_then(|table| change.lived(table)) else {
                return false;
            };
            let mut triggers = lived.table.triggers.iter().map(|trigger| &trigger.name);
            let mut policies = lived.table.policies.iter().map(|policy| &policy.name);
            if drop.kind == ObjectKind::Trigger {
                triggers.any(|own| own == name)
            } else {
                policies.any(|own| own == name)
            }
        }
        ObjectKind::Extension => before.extensions.contains_key(name),
        // The state keeps no functions: without `IF EXISTS` it would have failed.
        _ => !drop.if_exists,
    }
}

/// Whether a later statement of the migration makes it again.
fn is_made_again(change: Change<'_>, kind: ObjectKind, target: &DropTarget) -> bool {
    change
        .later()
        .any(|other| makes(&other.step.statement.kind, kind, &target.name, target))
}

/// Whether a statement makes an object of a kind and name.
fn makes(
    statement: &StatementKind,
    kind: ObjectKind,
    name: &ObjectName,
    target: &DropTarget,
) -> bool {
    let own = &name.name.text;
    match (statement, kind) {
        (StatementKind::CreateView(view), ObjectKind::View | ObjectKind::MaterializedView) => {
            view.name.name.text == *own
        }
        (StatementKind::CreateTable(table), ObjectKind::View | ObjectKind::MaterializedView) => {
            table.name.name.text == *own
        }
        (
            StatementKind::CreateFunction(function),
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine,
        ) => function.name.name.text == *own,
        (StatementKind::CreateTrigger(trigger), ObjectKind::Trigger) => {
            let table = target.table.as_ref().map(|table| &table.name.text);
            trigger.name.text == *own && table == Some(&trigger.table.name.text)
        }
        // Policies are often made anew under another name.
        (StatementKind::CreatePolicy(policy), ObjectKind::Policy) => {
            let table = target.table.as_ref().map(|table| &table.name.text);
            table == Some(&policy.table.name.text)
        }
        (StatementKind::CreateSequence(sequence), ObjectKind::Sequence) => {
            sequence.name.name.text == *own
        }
        (StatementKind::CreateExtension(extension), ObjectKind::Extension) => {
            extension.name.text == *own
        }
        _ => false,
    }
}
