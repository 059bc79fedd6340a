//! A policy that lets rows be given away.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind},
    catalog::Policy,
};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-missing-with-check",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A policy asks whose a row is before a change, and not after",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for guarded in policies::guarded(context).filter(|guarded| guarded.table.row_security) {
        let policies = guarded.table.policies.iter();
        found.extend(
            policies
                .filter(|policy| is_half(policy) && !is_narrowed(&guarded, policy))
                .map(|policy| finding(&guarded, policy)),
        );
    }
    found
}

/// Whether what a policy asks of the old row it does not ask of the new one.
fn is_half(policy: &Policy) -> bool {
    policy.permissive
        && matches!(policy.command.as_str(), "all" | "update")
        && policy
            .using
            .as_ref()
            .is_some_and(|using| !is_constant(using))
        && policy.check.as_ref().is_some_and(is_true)
}

/// Whether a restrictive policy asks of the new row.
fn is_narrowed(guarded: &Guarded<'_>, policy: &Policy) -> bool {
    guarded.table.policies.iter().any(|other| {
        let covers = other.command == "all" || other.command == policy.command;
        !other.permissive && covers && other.check.as_ref().or(other.using.as_ref()).is_some()
    })
}

fn is_true(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Bool(true))
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Bool(_))
}

fn finding(guarded: &Guarded<'_>, policy: &Policy) -> Diagnostic {
    let name = &guarded.relation.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!(
            "policy `{}` lets rows of `{name}` be given to somebody else",
            policy.name
        ),
    )
    .label("`WITH CHECK (true)`: after the change the row may be anybody's");
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    found
        .help("leave `WITH CHECK` out: then `USING` is asked of the new row too")
        .subject(format!("table:{name} policy:{}", policy.name))
}
