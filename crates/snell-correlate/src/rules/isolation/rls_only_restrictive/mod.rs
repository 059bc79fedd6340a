//! Row security without a policy that allows anything.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-only-restrictive",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "All policies of a table restrict, and none allows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    policies::guarded(context)
        .filter(|guarded| guarded.table.row_security)
        .filter(|guarded| {
            guarded
                .table
                .policies
                .iter()
                .all(|policy| !policy.permissive)
        })
        .filter_map(|guarded| finding(&guarded))
        .collect()
}

fn finding(guarded: &Guarded<'_>) -> Option<Diagnostic> {
    let policy = guarded.table.policies.first()?;
    let name = &guarded.relation.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!("no policy of `{name}` allows anything"),
    )
    .label("restrictive: it narrows what permissive policies allow, and there are none");
    if let Some(at) = guarded.model() {
        found = found.related(at, "every role but the table's owner finds it empty");
    }
    let found = found.help("leave `AS RESTRICTIVE` out, or add a policy that allows");
    Some(found.subject(format!("table:{name}")))
}
