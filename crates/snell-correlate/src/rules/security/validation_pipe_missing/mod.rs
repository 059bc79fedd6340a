//! Validators that nothing runs.

use snell_extract::facts::{MemberKind, ModuleFacts, TypeExpression, TypeId};
use snell_project::{
    endpoint::{Endpoint, Given},
    module::{ClassRef, ModuleId, Symbol},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{pipes::is_validator, traffic::traffic};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/validation-pipe-missing",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Validators are declared, and nothing runs them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let traffic = traffic(context);
    let pipes = &traffic.pipes;
    let Some(starts) = pipes.starts else {
        return Vec::new();
    };
    if pipes.validates || pipes.others {
        return Vec::new();
    }
    let mut bodies = context
        .project
        .endpoints
        .iter()
        .filter(|endpoint| functions::is_application(context.project, endpoint.module));
    bodies
        .find_map(|endpoint| validated(context, endpoint))
        .map(|(name, validator)| {
            Diagnostic::at(
                &RULE.metadata,
                starts,
                "No `ValidationPipe` is used: the validators of all classes are decoration",
            )
            .label("every request gets in as it was sent")
            .related(
                validator,
                format!("`{name}` says what is allowed, and nobody asks it"),
            )
            .confidence(Confidence::Likely)
            .help("`app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }))`")
            .subject("pipe:ValidationPipe")
        })
        .into_iter()
        .collect()
}

/// The class of an endpoint's body, and its first validator.
pub(super) fn validated(context: &Context<'_>, endpoint: &Endpoint) -> Option<(String, Location)> {
    let handler = functions::declared(context.project, endpoint.handler)?;
    let module = endpoint.handler.module;
    let facts = context.project.modules.facts(module);
    endpoint
        .parameters
        .iter()
        .zip(&handler.parameters)
        .filter(|(given, _)| matches!(given, Given::Client(part, None) if part == "Body"))
        .find_map(|(_, parameter)| {
            let class = class_of(context, module, facts, parameter.ty?)?;
            let facts = context.project.modules.facts(class.module);
            let declared = facts.class(class.id);
            let fields = declared
                .members
                .iter()
                .filter(|member| matches!(member.kind, MemberKind::Field { .. }));
            let validator = fields
                .flat_map(|member| &member.decorators)
                .find(|decorator| is_validator(facts, decorator))?;
            let name = declared.name.as_ref()?.text.to_string();
            Some((
                name,
                context.project.modules.at(class.module, validator.span),
            ))
        })
}

fn class_of(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    ty: TypeId,
) -> Option<ClassRef> {
    let TypeExpression::Named { name, .. } = facts.type_expression(ty) else {
        return None;
    };
    match context.project.modules.type_name(module, name) {
        Symbol::Class(class) => Some(class),
        _ => None,
    }
}
