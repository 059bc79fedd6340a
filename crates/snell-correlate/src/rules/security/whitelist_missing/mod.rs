//! A pipe that lets through what no class declares.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{mass_assignment::takes_extra, traffic::traffic, validation_pipe_missing::validated};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/whitelist-missing",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The `ValidationPipe` keeps properties that no class declares",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let traffic = traffic(context);
    let pipes = &traffic.pipes;
    let Some(at) = pipes.keeps.filter(|_| !pipes.whitelists && !pipes.others) else {
        return Vec::new();
    };
    // Where it does harm, `security/mass-assignment` tells.
    if takes_extra(context) {
        return Vec::new();
    }
    let mut endpoints = context
        .project
        .endpoints
        .iter()
        .filter(|endpoint| functions::is_application(context.project, endpoint.module));
    let Some((name, validator)) = endpoints.find_map(|endpoint| validated(context, endpoint))
    else {
        return Vec::new();
    };
    vec![
        Diagnostic::at(
            &RULE.metadata,
            at,
            "The `ValidationPipe` keeps properties that no class declares",
        )
        .label("without `whitelist: true` everything else that was sent stays")
        .related(
            validator,
            format!("`{name}` says what is allowed; more than that gets in"),
        )
        .confidence(Confidence::Likely)
        .help("`new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })`")
        .subject("pipe:ValidationPipe"),
    ]
}
