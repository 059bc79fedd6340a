//! A policy with a condition that asks nothing.

mod door;

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog::Policy,
};

use super::rls_always_true;
use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-constant-clause",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A condition of a policy is the same for every row, whoever asks",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for guarded in policies::active(context) {
        let policies = guarded.table.policies.iter();
        // What lets everybody write every row is told as such.
        for policy in policies.filter(|policy| !rls_always_true::is_open(policy)) {
            if let Some(what) = clause(policy) {
                found.push(finding(&guarded, policy, what));
            } else if let Some(other) = made_idle(&guarded, policy) {
                found.push(widening(&guarded, policy, other));
            }
        }
    }
    found.extend(door::findings(context));
    found
}

/// What is wrong with a condition of a policy.
fn clause(policy: &Policy) -> Option<&'static str> {
    policies::conditions(policy).find_map(|condition| {
        let literal = matches!(condition.kind, ExprKind::Bool(_));
        match policies::constant(condition) {
            Some(true) if !literal => return Some("always true"),
            Some(false) if !literal => return Some("never true"),
            _ => {}
        }
        let mut itself = false;
        walk_expression(condition, &mut |part| {
            itself |= matches!(part, Part::Expr(inner) if policies::is_itself(inner));
        });
        itself.then_some("a column is compared with itself")
    })
}

/// A narrower policy for reading that this one, which lets the same roles read
/// everything, leaves without effect: one of them is enough.
fn made_idle<'a>(guarded: &Guarded<'a>, policy: &Policy) -> Option<&'a Policy> {
    let open = policy.permissive
        && policy.command == "select"
        && policy.using.as_ref().and_then(policies::constant) == Some(true);
    let narrow = |using: &Expr| policies::constant(using).is_none();
    guarded.table.policies.iter().find(|other| {
        open && other.permissive
            && other.command == "select"
            && other.using.as_ref().is_some_and(narrow)
            && (policy.roles.is_empty() || policy.roles == other.roles)
    })
}

fn finding(guarded: &Guarded<'_>, policy: &Policy, what: &'static str) -> Diagnostic {
    let name = &guarded.relation.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!(
            "policy `{}` of `{name}` holds a condition that asks nothing",
            policy.name
        ),
    )
    .label(what);
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    found
        .help("compare a column of the row with who asks: `USING (... = current_setting(...))`; write `true` where every row is meant")
        .subject(format!("table:{name} policy:{}", policy.name))
}

fn widening(guarded: &Guarded<'_>, policy: &Policy, other: &Policy) -> Diagnostic {
    let name = &guarded.relation.name;
    Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!(
            "policy `{}` lets every row of `{name}` be read, and leaves policy `{}` without effect",
            policy.name, other.name
        ),
    )
    .label("always true: of several policies one is enough")
    .related(guarded.policy_at(other), "narrower, and never asked")
    .confidence(Confidence::Likely)
    .help("drop the policy that is always true, or the narrower one; `AS RESTRICTIVE` where both have to hold")
    .subject(format!("table:{name} policy:{}", policy.name))
}
