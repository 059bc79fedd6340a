//! A pipe that lets through what no class declares.

use snell_project::module::ModuleId;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    mass_assignment::takes_extra,
    pipes::{Made, application},
    traffic::traffic,
    validation_pipe_missing::validated,
};
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
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let traffic = traffic(context);
    let pipes = &traffic.pipes;
    // Where it does harm, `security/mass-assignment` tells.
    if pipes.others || pipes.made.iter().all(|pipe| pipe.whitelists) || takes_extra(context) {
        return Vec::new();
    }
    // Of several applications, each has pipes of its own.
    let together = |a: ModuleId, b: ModuleId| {
        let (a, b) = (
            application(context, pipes, a),
            application(context, pipes, b),
        );
        a == b || a.is_none() || b.is_none()
    };
    let mut told: Vec<ModuleId> = Vec::new();
    let mut found = Vec::new();
    for pipe in pipes.made.iter().filter(|pipe| !pipe.whitelists) {
        let strict = |other: &Made| other.whitelists && together(other.module, pipe.module);
        if pipes.made.iter().any(strict) || told.iter().any(|one| together(*one, pipe.module)) {
            continue;
        }
        let mut endpoints = context.project.endpoints.iter().filter(|endpoint| {
            functions::is_application(context.project, endpoint.module)
                && together(endpoint.module, pipe.module)
        });
        let body = endpoints.find_map(|endpoint| validated(context, endpoint));
        if let Some((name, validator)) = body {
            told.push(pipe.module);
            found.push(finding(pipe, &name, validator));
        }
    }
    found
}

fn finding(pipe: &Made, name: &str, validator: Location) -> Diagnostic {
    Diagnostic::at(
        &RULE.metadata,
        pipe.at,
        "The `ValidationPipe` keeps properties that no class declares",
    )
    .label("without `whitelist: true` everything else that was sent stays")
    .related(
        validator,
        format!("`{name}` says what is allowed; more than that gets in"),
    )
    .confidence(Confidence::Likely)
    .help("`new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })`")
    .subject("pipe:ValidationPipe")
}
