//! Policies on a table whose row security is off.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-policy-without-enable",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A table has policies, and row security is off",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    policies::guarded(context)
        .filter(|guarded| !guarded.table.row_security)
        .filter_map(|guarded| finding(&guarded))
        .collect()
}

fn finding(guarded: &Guarded<'_>) -> Option<Diagnostic> {
    let policy = guarded.table.policies.first()?;
    let name = &guarded.relation.name;
    let more = guarded.table.policies.len() - 1;
    let which = if more == 0 {
        format!("policy `{}`", policy.name)
    } else {
        format!("policy `{}` and {more} more", policy.name)
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!("row security of `{name}` is off: {which} without effect"),
    )
    .label("every role sees and changes every row");
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    // The file that makes the policies of many tables turns row security on for none of them.
    let found = found.caused_by(format!(
        "policies:{}",
        guarded.policy_at(policy).file.index()
    ));
    let found = found.help(format!(
        "in a later migration: ALTER TABLE \"{name}\" ENABLE ROW LEVEL SECURITY"
    ));
    Some(found.subject(format!("table:{name}")))
}
