//! Functions that run with the rights of their owner, and find names in
//! schemas of whoever calls them.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/security-definer-function",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A function runs as its owner, and its caller decides what its names mean",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, schema) in context.project.schemas.iter() {
        let Some(history) = &schema.history else {
            continue;
        };
        for function in &history.replay.catalog.functions {
            if !function.security_definer || function.sets_search_path {
                continue;
            }
            let at = history.location(function.provenance.created);
            found.push(
                Diagnostic::at(
                    &RULE.metadata,
                    at,
                    format!(
                        "Function `{}` runs as its owner, and its caller decides what its names mean",
                        function.name
                    ),
                )
                .label("`SECURITY DEFINER` without `SET search_path`")
                .confidence(Confidence::Likely)
                .help("add `SET search_path = pg_catalog, public` (or `''`, with every name qualified), and take `EXECUTE` from `PUBLIC`")
                .subject(format!("function:{}", function.name)),
            );
        }
    }
    found
}
