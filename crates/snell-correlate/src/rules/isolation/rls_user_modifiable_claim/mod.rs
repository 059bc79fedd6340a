//! A policy that believes what users write about themselves.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog::Policy,
};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-user-modifiable-claim",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A policy reads a claim that users can change themselves",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What a user may write: names of the claim, and of the column behind it.
const WRITABLE: [&str; 3] = ["user_metadata", "raw_user_meta_data", "unsafe_metadata"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for guarded in policies::guarded(context).filter(|guarded| guarded.table.row_security) {
        for policy in &guarded.table.policies {
            let mut asked = policy.using.iter().chain(&policy.check);
            if let Some(claim) = asked.find_map(writable) {
                found.push(finding(&guarded, policy, claim));
            }
        }
    }
    found
}

/// The claim that an expression reads.
fn writable(expr: &Expr) -> Option<&'static str> {
    let mut found = None;
    walk_expression(expr, &mut |part| {
        if let Part::Expr(inner) = part {
            let name = match &inner.kind {
                ExprKind::String(text) => text.as_str(),
                ExprKind::Column(parts) => parts.last().map_or("", |part| part.text.as_str()),
                _ => "",
            };
            found = found.or(WRITABLE.into_iter().find(|claim| *claim == name));
        }
    });
    found
}

fn finding(guarded: &Guarded<'_>, policy: &Policy, claim: &str) -> Diagnostic {
    let name = &guarded.relation.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!("policy `{}` of `{name}` believes `{claim}`", policy.name),
    )
    .label("users write it themselves: everybody can claim what it asks for");
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    found
        .help("read what only the server writes: `app_metadata`, or a table of memberships")
        .subject(format!("table:{name} policy:{}", policy.name))
}
