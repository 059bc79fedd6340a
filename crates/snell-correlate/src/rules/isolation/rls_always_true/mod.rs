//! A policy that lets everybody write every row.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{ast::Expr, catalog::Policy};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-always-true",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A policy lets everybody write every row",
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
                .filter(|policy| is_open(policy))
                .map(|policy| finding(&guarded, policy)),
        );
    }
    found
}

/// Whether a policy of everybody's is true for the rows that it lets be written.
pub(super) fn is_open(policy: &Policy) -> bool {
    let everybody = policy.roles.is_empty()
        || policy
            .roles
            .iter()
            .any(|role| matches!(role.as_str(), "public" | "anon" | "authenticated"));
    let using = policy.using.as_ref().is_some_and(is_true);
    let check = policy.check.as_ref().is_some_and(is_true);
    let open = match policy.command.as_str() {
        "all" | "update" | "delete" => using,
        "insert" => check,
        // Rows that everybody may read are often meant to be.
        _ => false,
    };
    policy.permissive && everybody && open
}

fn is_true(expr: &Expr) -> bool {
    policies::constant(expr) == Some(true)
}

fn finding(guarded: &Guarded<'_>, policy: &Policy) -> Diagnostic {
    let name = &guarded.relation.name;
    let what = match policy.command.as_str() {
        "insert" => "add any row",
        "delete" => "delete every row",
        "update" => "change every row",
        _ => "read and change every row",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!("policy `{}` lets everybody {what} of `{name}`", policy.name),
    )
    .label("always true: the table is as open as without row security");
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    found
        .help("compare a column of the row with who asks: `USING (... = current_setting(...))`; or name the roles that may: `TO ...`")
        .subject(format!("table:{name} policy:{}", policy.name))
}
