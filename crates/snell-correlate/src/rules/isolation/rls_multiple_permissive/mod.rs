//! Several policies of which each lets rows through.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::catalog::Policy;

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-multiple-permissive",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Several permissive policies are about the same rows: one that says yes is enough",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

const COMMANDS: [&str; 4] = ["select", "insert", "update", "delete"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    policies::active(context)
        .filter_map(|guarded| {
            COMMANDS.iter().find_map(|command| {
                let (first, second) = both(&guarded, command)?;
                Some(finding(&guarded, command, first, second))
            })
        })
        .collect()
}

/// Two permissive policies that one role meets with one command.
fn both<'a>(guarded: &Guarded<'a>, command: &str) -> Option<(&'a Policy, &'a Policy)> {
    let meets = |policy: &&Policy| {
        policy.permissive && (policy.command == "all" || policy.command == command)
    };
    let found: Vec<&Policy> = guarded.table.policies.iter().filter(meets).collect();
    found.iter().enumerate().find_map(|(n, first)| {
        let second = found[n + 1..]
            .iter()
            .find(|second| share_role(first, second))?;
        Some((*first, *second))
    })
}

fn share_role(first: &Policy, second: &Policy) -> bool {
    first.roles.is_empty()
        || second.roles.is_empty()
        || first.roles.iter().any(|role| second.roles.contains(role))
}

fn finding(guarded: &Guarded<'_>, command: &str, first: &Policy, second: &Policy) -> Diagnostic {
    let table = &guarded.relation.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(second),
        format!(
            "a row of `{table}` passes by `{}` or by `{}`",
            first.name, second.name
        ),
    )
    .label(format!(
        "both are asked for each row of a {command}, and one yes is enough"
    ))
    .related(guarded.policy_at(first), "the first");
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    found
        .help("join them into one with OR, so that what it lets through can be read in one place; where both have to hold, one is AS RESTRICTIVE")
        .subject(format!("table:{table} permissive"))
}
