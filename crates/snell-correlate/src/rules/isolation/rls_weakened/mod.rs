//! A migration that takes row security back.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::{
    ast::{AlterActionKind, ObjectKind, StatementKind},
    catalog::{Policy, Relation, Table},
};

use crate::{
    rule::{Context, Rule},
    support::{
        migrations::{self, Change},
        policies,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-weakened",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration takes row security back",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    migrations::changes(context)
        .filter_map(|change| {
            let (span, table, what) = taken(&change)?;
            Some(finding(&change, span, &table, what))
        })
        .collect()
}

/// What a statement takes back, when the database that all migrations build is
/// without it.
fn taken(change: &Change<'_>) -> Option<(Span, String, &'static str)> {
    match &change.step.statement.kind {
        StatementKind::AlterTable(alter) => {
            let (relation, before) = change.step.before.find_table(&alter.name)?;
            let after = after(change, relation)?;
            alter.actions.iter().find_map(|action| {
                let what = match action.kind {
                    // With policies left, that they are without effect is told.
                    AlterActionKind::RowSecurity(false)
                        if before.row_security
                            && !after.row_security
                            && after.policies.is_empty() =>
                    {
                        "every role that may use the table sees and changes every row"
                    }
                    AlterActionKind::ForceRowSecurity(false)
                        if before.force_row_security
                            && before.row_security
                            && after.row_security
                            && !after.force_row_security =>
                    {
                        "the owner of the table sees and changes every row again"
                    }
                    _ => return None,
                };
                Some((action.span, relation.name.to_string(), what))
            })
        }
        StatementKind::AlterPolicy(alter) => {
            let (relation, before) = change.step.before.find_table(&alter.table)?;
            let old = named(before, &alter.name.text)?;
            let after = after(change, relation)?;
            let new = named(after, &alter.name.text)?;
            (asks(old) && !asks(new)).then_some((
                change.step.statement.span,
                relation.name.to_string(),
                "asked whose a row is, and no longer does",
            ))
        }
        StatementKind::Drop(drop) if drop.kind == ObjectKind::Policy => {
            drop.names.iter().find_map(|target| {
                let (relation, before) = change.step.before.find_table(target.table.as_ref()?)?;
                let old = named(before, &target.name.name.text)?;
                let after = after(change, relation)?;
                let replaced = after.policies.iter().any(|policy| {
                    !policy.permissive && (policy.command == "all" || policy.command == old.command)
                });
                (!old.permissive && !replaced && after.row_security).then_some((
                    change.step.statement.span,
                    relation.name.to_string(),
                    "had to hold beside every other policy",
                ))
            })
        }
        _ => None,
    }
}

/// The table after all migrations.
fn after<'a>(change: &Change<'a>, relation: &Relation) -> Option<&'a Table> {
    change.history.replay.catalog.table(relation.id)
}

fn named<'t>(table: &'t Table, name: &str) -> Option<&'t Policy> {
    table.policies.iter().find(|policy| policy.name == name)
}

/// Whether a policy that lets rows be read asks anything.
fn asks(policy: &Policy) -> bool {
    let mut conditions = policies::conditions(policy);
    conditions.any(|condition| policies::constant(condition).is_none())
}

fn finding(change: &Change<'_>, span: Span, table: &str, what: &str) -> Diagnostic {
    let mut found = change
        .finding(
            &RULE.metadata,
            span,
            format!("this migration takes row security of `{table}` back"),
        )
        .label(what);
    if let Some(at) = change.declared(table, None) {
        found = found.related(at, "the table");
    }
    found
        .help("leave it as it is, and let what needs every row connect as a role of its own")
        .subject(change.subject(&format!("table:{table}")))
}
