//! What a parameter of an endpoint is handed, by its decorator.

use smol_str::SmolStr;
use snell_extract::facts::{
    Argument, Decorator, Expression, ExpressionId, LogicalOperator, ModuleFacts, Parameter,
    Pattern, Property,
};
use snell_source::Span;
use snell_workspace::Isolation;

use super::{Given, circumstances, headers, pipe, scan};
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// Words in the names of decorators that hand over who asks.
const IDENTITY_WORDS: [&str; 14] = [
    "user",
    "auth",
    "account",
    "session",
    "principal",
    "org",
    "tenant",
    "workspace",
    "member",
    "profile",
    "identity",
    "customer",
    "company",
    "me",
];

/// Whether nothing fills a parameter of a route's handler: it has neither a decorator nor a default.
pub(super) fn is_left_empty(parameter: &Parameter) -> bool {
    let given_otherwise = parameter.rest || matches!(parameter.pattern, Pattern::Default { .. });
    parameter.decorators.is_empty() && !given_otherwise
}

/// What a parameter is.
pub(super) fn given(
    modules: &Modules,
    module: ModuleId,
    parameter: &Parameter,
    principals: &[SmolStr],
    settings: &Isolation,
) -> Given {
    let known = parameter
        .decorators
        .iter()
        .map(|decorator| {
            by_decorator(
                modules,
                module,
                (decorator, parameter),
                principals,
                settings,
            )
        })
        .find(|given| *given != Given::Unknown);
    known.unwrap_or(Given::Unknown)
}

fn by_decorator(
    modules: &Modules,
    module: ModuleId,
    (decorator, parameter): (&Decorator, &Parameter),
    principals: &[SmolStr],
    settings: &Isolation,
) -> Given {
    let configured = settings
        .principals
        .value
        .iter()
        .any(|name| name.trim_start_matches('@') == decorator.name);
    if configured {
        return Given::Identity;
    }
    let facts = modules.facts(module);
    let (callee, arguments) = match facts.expression(decorator.expression) {
        Expression::Call {
            callee, arguments, ..
        } => (*callee, &arguments[..]),
        _ => (decorator.expression, &[][..]),
    };
    let callee = In { module, id: callee };
    match scan::symbol(modules, callee) {
        Symbol::External { specifier, name } if specifier.starts_with("@nestjs/") => {
            framework(modules, module, (&name, arguments), parameter)
        }
        // What a package hands over is told by its decorator's name alone.
        Symbol::External { .. } if names_identity(&decorator.name) => Given::Identity,
        symbol @ (Symbol::Variable(_) | Symbol::Expression(_)) => {
            match scan::initial(modules, &symbol) {
                Some(init) => custom(modules, init, &decorator.name, principals),
                None => Given::Unknown,
            }
        }
        _ => Given::Unknown,
    }
}

fn framework(
    modules: &Modules,
    module: ModuleId,
    (name, arguments): (&str, &[Argument]),
    parameter: &Parameter,
) -> Given {
    match name {
        // The names of headers are the same in any case.
        "Headers" => match arguments.first() {
            Some(first) => {
                let at = In {
                    module,
                    id: first.value,
                };
                let key = scan::text(modules, at, 8);
                key.map_or(Given::Other, |key| {
                    Given::Client(name.into(), Some(key.to_lowercase().into()))
                })
            }
            None => headers::read(modules, module, parameter).map_or(Given::Other, Given::Headers),
        },
        "Param" | "Query" | "Body" | "Args" | "MessageBody" | "Payload" => {
            let facts = modules.facts(module);
            let mut key = None;
            for (n, argument) in arguments.iter().enumerate() {
                let at = In {
                    module,
                    id: argument.value,
                };
                match facts.expression(argument.value) {
                    // `@Args({ name: 'code' })`
                    Expression::Object(properties) if name == "Args" => {
                        let named = properties.iter().find_map(|property| match property {
                            Property::Value { key, value, .. }
                                if key.name().is_some_and(|key| key.text == "name") =>
                            {
                                Some(In { module, id: *value })
                            }
                            _ => None,
                        });
                        key = named
                            .and_then(|named| scan::text(modules, named, 8))
                            .or(key);
                    }
                    Expression::Object(_) => {}
                    _ if n == 0 && scan::text(modules, at, 8).is_some() => {
                        key = scan::text(modules, at, 8);
                    }
                    _ if pipe::looks_things_up(modules, at) => return Given::Unknown,
                    _ => {}
                }
            }
            Given::Client(name.into(), key)
        }
        "Req" | "Request" if circumstances::are_all(modules.facts(module), parameter) => {
            Given::Circumstances
        }
        "Req" | "Request" | "Context" => Given::Request,
        "Parent" | "Root" => Given::Parent,
        "Session" => Given::Identity,
        "Res" | "Response" => Given::Response {
            passthrough: arguments
                .iter()
                .any(|argument| passes_through(modules.facts(module), argument)),
        },
        "UploadedFile" | "UploadedFiles" => Given::File,
        "Next" | "Ip" | "HostParam" | "Info" | "RawBody" => Given::Other,
        _ => Given::Unknown,
    }
}

/// `{ passthrough: true }`
/// (<https://docs.nestjs.com/controllers#library-specific-approach>)
fn passes_through(facts: &ModuleFacts, argument: &Argument) -> bool {
    let Expression::Object(properties) = facts.expression(argument.value) else {
        return false;
    };
    properties.iter().any(|property| match property {
        Property::Value { key, value, .. } => {
            key.name().is_some_and(|key| key.text == "passthrough")
                && *facts.expression(*value) == Expression::Boolean(true)
        }
        _ => false,
    })
}

/// `createParamDecorator((data, context) => ...)`
fn custom(modules: &Modules, init: ExpressionRef, name: &str, principals: &[SmolStr]) -> Given {
    let facts = modules.facts(init.module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(facts.unwrap_casts(init.id))
    else {
        return Given::Unknown;
    };
    let callee = In {
        module: init.module,
        id: *callee,
    };
    if !matches!(scan::symbol(modules, callee),
        Symbol::External { name, .. } if name == "createParamDecorator")
    {
        return Given::Unknown;
    }
    let body = arguments
        .first()
        .and_then(|argument| function(modules, init.module, argument));
    let reads = body.map_or_else(Vec::new, |body| read_by(modules, body));
    if sounds_like_identity(name) {
        return Given::Identity;
    }
    match reads.iter().any(|read| principals.contains(read)) {
        true if body.is_some_and(|body| only_notes(modules, body, principals)) => Given::Other,
        true => Given::Identity,
        false => Given::Unknown,
    }
}

/// Whether a function writes down who asks, if anybody is signed in, and gives something else back:
/// `headers.set('user', request.user?.id ?? '-')`.
fn only_notes(modules: &Modules, body: FunctionRef, principals: &[SmolStr]) -> bool {
    let facts = modules.facts(body.module);
    let declared = facts.function(body.id);
    let inside = || scan::inside(modules, body.module, declared.span);
    let fallbacks: Vec<Span> = inside()
        .filter_map(|(_, node)| match &node.kind {
            Expression::Logical {
                operator: LogicalOperator::Or | LogicalOperator::Coalesce,
                right,
                ..
            } if is_constant(facts, *right) => Some(node.span),
            _ => None,
        })
        .collect();
    let returned = declared.body.returned();
    let reads: Vec<Span> = inside()
        .filter(|(_, node)| {
            matches!(&node.kind, Expression::Member { property, .. }
                if principals.contains(&property.text))
        })
        .map(|(_, node)| node.span)
        .collect();
    let noted = |read: &Span| {
        let given = returned
            .iter()
            .any(|value| facts.span(*value).contains(*read));
        !given && fallbacks.iter().any(|span| span.contains(*read))
    };
    !reads.is_empty() && reads.iter().all(noted)
}

fn is_constant(facts: &ModuleFacts, id: ExpressionId) -> bool {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::String(_)
        | Expression::Number(_)
        | Expression::Null
        | Expression::Undefined
        | Expression::Boolean(_) => true,
        Expression::Unary { operand, .. } => is_constant(facts, *operand),
        _ => false,
    }
}

fn function(modules: &Modules, module: ModuleId, argument: &Argument) -> Option<FunctionRef> {
    let facts = modules.facts(module);
    let at = In {
        module,
        id: facts.unwrap_casts(argument.value),
    };
    if let Expression::Function(id) = facts.expression(at.id) {
        return Some(In { module, id: *id });
    }
    match scan::symbol(modules, at) {
        Symbol::Function(function) => Some(function),
        symbol => {
            let init = scan::initial(modules, &symbol)?;
            match modules.facts(init.module).expression(init.id) {
                Expression::Function(id) => Some(In {
                    module: init.module,
                    id: *id,
                }),
                _ => None,
            }
        }
    }
}

/// The properties that a function reads, and the functions that it calls.
fn read_by(modules: &Modules, body: FunctionRef) -> Vec<SmolStr> {
    let span = modules.facts(body.module).function(body.id).span;
    let mut reads = scan::properties(modules, body.module, span);
    for (_, node) in scan::inside(modules, body.module, span) {
        if let Expression::Call { callee, .. } = &node.kind
            && let Symbol::Function(called) = scan::symbol(
                modules,
                In {
                    module: body.module,
                    id: *callee,
                },
            )
            && called != body
        {
            let span = modules.facts(called.module).function(called.id).span;
            reads.extend(scan::properties(modules, called.module, span));
        }
    }
    reads
}

/// Whether one of the words of a name is of those who ask: `CurrentUser`, `Principal`; `Timezone` has
/// none of them.
fn names_identity(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_ascii_uppercase() => word.push(letter),
            _ => words.push(letter.to_ascii_lowercase().to_string()),
        }
    }
    words
        .iter()
        .any(|word| IDENTITY_WORDS.contains(&word.as_str()))
        && sounds_like_identity(name)
}

fn sounds_like_identity(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let other = ["agent", "ip", "cookie"];
    IDENTITY_WORDS.iter().any(|word| lower.contains(word))
        && !other.iter().any(|word| lower.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::names_identity;

    #[test]
    fn whole_words_name_who_asks() {
        assert!(names_identity("Principal"));
        assert!(names_identity("CurrentUser"));
        assert!(names_identity("AuthenticatedUser"));
        assert!(!names_identity("Timezone"));
        assert!(!names_identity("Organic"));
        assert!(!names_identity("UserAgent"));
    }
}
