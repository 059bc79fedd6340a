//! A parameter of a handler that is named after no parameter of its route.

use snell_extract::facts::{
    Decorator, Expression, ImportedName, MemberKind, ModuleFacts, Parameter,
};
use snell_project::{
    endpoint::{Endpoint, EndpointKind, Given},
    module::ClassRef,
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, closest};

use crate::{
    functions,
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/route-param-name",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A handler asks for a route parameter that its path does not have",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    if has_other_prefixes(context) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for endpoint in context.project.endpoints.iter() {
        if endpoint.kind == EndpointKind::Http
            && functions::is_application(context.project, endpoint.module)
        {
            found.extend(of_endpoint(context, endpoint));
        }
    }
    found
}

/// Whether paths begin with what no controller says: `RouterModule.register([...])`.
fn has_other_prefixes(context: &Context<'_>) -> bool {
    context.project.modules.iter().any(|(_, module)| {
        module.facts.imports.iter().any(|import| {
            matches!(&import.imported, ImportedName::Named(name) if name == "RouterModule")
        })
    })
}

fn of_endpoint(context: &Context<'_>, endpoint: &Endpoint) -> Option<Diagnostic> {
    let handler = functions::declared(context.project, endpoint.handler)?;
    let (_, path) = endpoint.name.split_once(' ')?;
    let named: Vec<&str> = path.split('/').filter_map(parameter_of).collect();
    let mut parameters = endpoint.parameters.iter().zip(&handler.parameters);
    let (key, parameter) = parameters.find_map(|(given, parameter)| match given {
        Given::Client(part, Some(key)) if part == "Param" => {
            (!named.contains(&key.as_str())).then_some((key.as_str(), parameter))
        }
        _ => None,
    })?;
    // A wild card has names of its own, by version.
    let is_wild = path.contains('*') || path.contains('(') || path.contains('{');
    if is_wild || !is_written_down(context, endpoint) {
        return None;
    }
    Some(finding(context, endpoint, (key, parameter), &named))
}

/// `id` of `:id`, `:id?`.
fn parameter_of(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix(':')?;
    Some(name.trim_end_matches('?'))
}

/// Whether the path is all in the decorators of the method and its class, as text.
fn is_written_down(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    let project = context.project;
    let facts = project.modules.facts(endpoint.handler.module);
    let Some(holder) = functions::class_of(project, endpoint.handler) else {
        return false;
    };
    let member = holder
        .members
        .iter()
        .find(|member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id));
    let own = member.into_iter().flat_map(|member| &member.decorators);
    let mut own =
        own.filter(|one| project.modules.at(endpoint.handler.module, one.span) == endpoint.at);
    let is_own = own.all(|decorator| is_text(facts, decorator));
    is_own
        && endpoint
            .class
            .is_some_and(|class| is_controller(context, class))
}

fn is_controller(context: &Context<'_>, class: ClassRef) -> bool {
    let facts = context.project.modules.facts(class.module);
    let mut decorators = facts.class(class.id).decorators.iter();
    decorators
        .find(|decorator| decorator.name == "Controller")
        .is_some_and(|decorator| is_text(facts, decorator))
}

/// `@Get()`, `@Get(':id')`
fn is_text(facts: &ModuleFacts, decorator: &Decorator) -> bool {
    match facts.expression(decorator.expression) {
        Expression::Call { arguments, .. } => arguments
            .first()
            .is_none_or(|first| matches!(facts.expression(first.value), Expression::String(_))),
        _ => false,
    }
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    (key, parameter): (&str, &Parameter),
    named: &[&str],
) -> Diagnostic {
    let module = endpoint.handler.module;
    let span = parameter
        .decorators
        .iter()
        .find(|decorator| decorator.name == "Param")
        .map_or(parameter.span, |decorator| decorator.span);
    let has = match named {
        [] => "the path has no parameters".to_owned(),
        named => {
            let names: Vec<String> = named.iter().map(|name| format!("`{name}`")).collect();
            format!("the path has {}", wording::and(&names))
        }
    };
    let near = closest(key, named.iter().copied()).or(match named {
        [only] => Some(*only),
        _ => None,
    });
    let help = match near {
        Some(near) => format!("`@Param('{near}')`, or `:{key}` in the path"),
        None => format!("add `:{key}` to the path, or take the value from where it is sent"),
    };
    let name = &endpoint.name;
    Diagnostic::at(
        &RULE.metadata,
        context.project.modules.at(module, span),
        format!("`{name}` has no parameter `{key}`: it is always undefined"),
    )
    .label("asks for what the path does not have")
    .related(endpoint.at, has)
    .help(help)
    .subject(format!("route:{name} parameter:{key}"))
}
