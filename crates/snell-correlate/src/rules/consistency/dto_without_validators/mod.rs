//! A class without validators, where a pipe refuses or drops what has none.

use smol_str::SmolStr;
use snell_extract::facts::{Class, Expression, MemberKind, ModuleFacts, Parameter, TypeExpression};
use snell_project::{
    endpoint::{Endpoint, Given},
    module::{ClassRef, ModuleId, Symbol},
};
use snell_source::{Confidence, Diagnostic, Joined, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    rules::security::{Made, folder, traffic},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/dto-without-validators",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A global pipe refuses or drops every property of a class that has no validators",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByCause),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let traffic = traffic(context);
    let mut found: Vec<Diagnostic> = Vec::new();
    for endpoint in context.project.endpoints.iter() {
        if !functions::is_application(context.project, endpoint.module) {
            continue;
        }
        let Some(pipe) = pipe(context, &traffic.pipes.made, endpoint) else {
            continue;
        };
        for finding in of_endpoint(context, endpoint, pipe) {
            // A class is told of once, whoever takes it.
            if found
                .iter()
                .all(|known| known.primary().at != finding.primary().at)
            {
                found.push(finding);
            }
        }
    }
    found
}

/// The pipe before an endpoint that drops or refuses what has no validator.
fn pipe<'p>(context: &Context<'_>, pipes: &'p [Made], endpoint: &Endpoint) -> Option<&'p Made> {
    let own = folder(context, endpoint.handler.module);
    let mut pipes = pipes.iter().filter(|pipe| pipe.drops_everywhere);
    pipes.find(|pipe| folder(context, pipe.module) == own)
}

/// The class of the body of an endpoint, of which every property is refused.
pub(in crate::rules) fn refused_body(
    context: &Context<'_>,
    endpoint: &Endpoint,
) -> Option<SmolStr> {
    let traffic = traffic(context);
    pipe(context, &traffic.pipes.made, endpoint).filter(|pipe| pipe.forbids)?;
    let handler = functions::declared(context.project, endpoint.handler)?;
    let mut parameters = endpoint.parameters.iter().zip(&handler.parameters);
    let module = endpoint.handler.module;
    parameters.find_map(|(given, parameter)| {
        let body = matches!(given, Given::Client(part, None) if part == "Body");
        let class = runtime_class(context, module, parameter).filter(|_| body)?;
        let declared = context.project.modules.facts(class.module).class(class.id);
        let own = takes_pipe(context.project.modules.facts(module), parameter);
        let name = &declared.name.as_ref()?.text;
        (is_bare(declared) && !own).then(|| name.clone())
    })
}

fn of_endpoint(context: &Context<'_>, endpoint: &Endpoint, pipe: &Made) -> Vec<Diagnostic> {
    let Some(handler) = functions::declared(context.project, endpoint.handler) else {
        return Vec::new();
    };
    let parameters = endpoint.parameters.iter().zip(&handler.parameters);
    parameters
        .filter_map(|(given, parameter)| match given {
            Given::Client(part, None) if part == "Body" || part == "Query" => {
                finding(context, endpoint, pipe, parameter, part)
            }
            _ => None,
        })
        .collect()
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    pipe: &Made,
    parameter: &Parameter,
    part: &str,
) -> Option<Diagnostic> {
    let module = endpoint.handler.module;
    let class = runtime_class(context, module, parameter)?;
    let facts = context.project.modules.facts(class.module);
    let declared = facts.class(class.id);
    if !is_bare(declared) || takes_pipe(context.project.modules.facts(module), parameter) {
        return None;
    }
    let name = &declared.name.as_ref()?.text;
    let modules = &context.project.modules;
    let field = declared
        .members
        .first()
        .and_then(|member| member.key.name())?;
    let (message, label) = if pipe.forbids {
        (
            format!(
                "every request with a property of `{name}` is refused: none of them has a validator"
            ),
            "refused with 400: \"property should not exist\"",
        )
    } else {
        (
            format!("`{name}` always arrives empty: none of its properties has a validator"),
            "dropped before the handler sees it",
        )
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            modules.at(class.module, field.span),
            message,
        )
        .label(label)
        .related(
            modules.at(module, parameter.span),
            format!("taken from the {} here", part.to_ascii_lowercase()),
        )
        .related(
            pipe.at,
            "lets through what has a validator, and nothing else",
        )
        .confidence(Confidence::Certain)
        .help(format!(
            "give each property of `{name}` the validator of its type: `IsString`, `IsInt`, `IsBoolean`, with `IsOptional` where it may be left out, and `IsIn` where few values are right"
        ))
        .subject(format!("class:{name}")),
    )
}

/// The class that the pipe sees as the type of a parameter; none when its import is gone at run time.
pub(super) fn runtime_class(
    context: &Context<'_>,
    module: ModuleId,
    parameter: &Parameter,
) -> Option<ClassRef> {
    let facts = context.project.modules.facts(module);
    let TypeExpression::Named { name, arguments } = facts.type_expression(parameter.ty?) else {
        return None;
    };
    let is_erased = facts.imports.iter().any(|import| {
        import.type_only
            && import
                .local
                .is_some_and(|local| facts.binding(local).name == *name)
    });
    if is_erased || !arguments.is_empty() {
        return None;
    }
    match context.project.modules.type_name(module, name) {
        Symbol::Class(class) => Some(class),
        _ => None,
    }
}

/// Whether a class has properties, no base, and no decorator that could be a validator.
pub(super) fn is_bare(class: &Class) -> bool {
    let is_harmless = |name: &str| {
        name.starts_with("Api") || matches!(name, "Expose" | "Exclude" | "Type" | "Transform")
    };
    let mut decorators = class.members.iter().flat_map(|member| &member.decorators);
    let has_fields = class
        .members
        .iter()
        .any(|member| matches!(member.kind, MemberKind::Field { .. }) && !member.is_static);
    has_fields
        && class.extends.is_none()
        && class.decorators.is_empty()
        && decorators.all(|decorator| is_harmless(&decorator.name))
}

/// `@Body(new OtherPipe())`
pub(super) fn takes_pipe(facts: &ModuleFacts, parameter: &Parameter) -> bool {
    parameter.decorators.iter().any(|decorator| {
        matches!(facts.expression(decorator.expression), Expression::Call { arguments, .. } if !arguments.is_empty())
    })
}
