//! A class without validators, where a pipe refuses or drops what has none.

use camino::Utf8Path;
use snell_extract::facts::{
    Argument, Class, Expression, ExpressionId, MemberKind, ModuleFacts, Parameter, Property,
    TypeExpression,
};
use snell_project::{
    endpoint::{Endpoint, Given},
    module::{ClassRef, ModuleId, Symbol},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
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
    },
    check,
};

/// A `ValidationPipe` for all endpoints, with `whitelist: true`.
struct Pipe<'a> {
    /// The folder of its package: the application that it stands in.
    folder: &'a Utf8Path,
    at: Location,
    /// `forbidNonWhitelisted: true`
    forbids: bool,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let pipes = pipes(context);
    if pipes.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Diagnostic> = Vec::new();
    for endpoint in context.project.endpoints.iter() {
        if !functions::is_application(context.project, endpoint.module) {
            continue;
        }
        let own = folder(context, endpoint.handler.module);
        let Some(pipe) = pipes.iter().find(|pipe| Some(pipe.folder) == own) else {
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

/// The folder of the package that a module belongs to.
fn folder<'a>(context: &Context<'a>, module: ModuleId) -> Option<&'a Utf8Path> {
    let path = context.project.modules.get(module).path.as_str();
    let package = context.project.workspace.package_of(path.into())?;
    Some(&package.folder)
}

/// The pipes of all applications.
fn pipes<'a>(context: &Context<'a>) -> Vec<Pipe<'a>> {
    let mut found = Vec::new();
    for (id, module) in context.project.modules.iter() {
        let facts = &module.facts;
        for (n, _) in (0u32..).zip(&facts.expressions) {
            for made in global(facts, ExpressionId(n)) {
                let options = validation_pipe(facts, made);
                let Some(options) = options.filter(|&options| is_true(facts, options, "whitelist"))
                else {
                    continue;
                };
                if let Some(folder) = folder(context, id) {
                    found.push(Pipe {
                        folder,
                        at: context.project.modules.at(id, facts.span(made)),
                        forbids: is_true(facts, options, "forbidNonWhitelisted"),
                    });
                }
            }
        }
    }
    found
}

/// What an expression makes a pipe of all endpoints: `app.useGlobalPipes(...)`,
/// `{ provide: APP_PIPE, useValue: ... }`.
fn global(facts: &ModuleFacts, id: ExpressionId) -> Vec<ExpressionId> {
    match facts.expression(id) {
        Expression::Call {
            callee, arguments, ..
        } => match facts.expression(*callee) {
            Expression::Member { property, .. } if property.text == "useGlobalPipes" => arguments
                .iter()
                .map(|argument: &Argument| argument.value)
                .collect(),
            _ => Vec::new(),
        },
        Expression::Object(properties) => {
            let named = |wanted: &str| property(properties, wanted);
            let is_pipe = named("provide").is_some_and(|token| {
                matches!(facts.expression(token), Expression::Identifier { name, .. } if name == "APP_PIPE")
            });
            if !is_pipe {
                return Vec::new();
            }
            named("useValue").into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn property(properties: &[Property], wanted: &str) -> Option<ExpressionId> {
    properties.iter().find_map(|one| match one {
        Property::Value { key, value, .. } => key
            .name()
            .filter(|name| name.text == wanted)
            .map(|_| *value),
        _ => None,
    })
}

/// The options of `new ValidationPipe({ ... })`.
fn validation_pipe(facts: &ModuleFacts, id: ExpressionId) -> Option<ExpressionId> {
    let Expression::New {
        callee, arguments, ..
    } = facts.expression(facts.unwrap_casts(id))
    else {
        return None;
    };
    let is_it = matches!(facts.expression(*callee), Expression::Identifier { name, .. } if name == "ValidationPipe");
    is_it
        .then(|| arguments.first().map(|one| one.value))
        .flatten()
}

/// Whether options hold `name: true`, as written.
fn is_true(facts: &ModuleFacts, options: ExpressionId, name: &str) -> bool {
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(options)) else {
        return false;
    };
    property(properties, name)
        .is_some_and(|value| matches!(facts.expression(value), Expression::Boolean(true)))
}

fn of_endpoint(context: &Context<'_>, endpoint: &Endpoint, pipe: &Pipe<'_>) -> Vec<Diagnostic> {
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
    pipe: &Pipe<'_>,
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
            "give each property of `{name}` a validator; `Allow` is the one that accepts anything"
        ))
        .subject(format!("class:{name}")),
    )
}

/// The class that the pipe sees as the type of a parameter; none when its import is gone at run time.
fn runtime_class(
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
fn is_bare(class: &Class) -> bool {
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
fn takes_pipe(facts: &ModuleFacts, parameter: &Parameter) -> bool {
    parameter.decorators.iter().any(|decorator| {
        matches!(facts.expression(decorator.expression), Expression::Call { arguments, .. } if !arguments.is_empty())
    })
}
