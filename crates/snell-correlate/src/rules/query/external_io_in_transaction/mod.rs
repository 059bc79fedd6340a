//! Requests to other systems while a transaction is open.

use snell_flow::remote;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::waiting::{self, Waiting};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/external-io-in-transaction",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A transaction stays open while another system answers",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    waiting::findings(context, &RULE.metadata, |types, at| {
        let system = remote(context.project, types, at)?;
        let what = match system.as_str() {
            "fetch" => "a request with `fetch`".to_owned(),
            package => format!("a call of `{package}`"),
        };
        Some(Waiting {
            message: format!("the transaction waits for {what}"),
            label: "another system decides how long this takes",
            what: "the request",
            in_job: Severity::Medium,
            help: "ask before the transaction, or after it; hold what must be done later in a row of its own".to_owned(),
            subject: system.to_string(),
        })
    })
}
