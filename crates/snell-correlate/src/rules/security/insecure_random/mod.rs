//! Secrets that are drawn with `Math.random()`.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, FunctionBody, FunctionId, ModuleFacts, Pattern,
    Property,
};
use snell_project::module::ModuleId;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::calls;
use crate::{
    functions,
    rule::{Context, Rule},
    support::name_words::split,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/insecure-random",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A secret is drawn with `Math.random()`, which can be foreseen",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Last words in the names of what lets somebody in.
const SECRETS: [&str; 5] = ["otp", "password", "passcode", "token", "secret"];

/// What stands before `code` in the names of those that prove something.
const PROVING: [&str; 9] = [
    "otp",
    "verif",
    "confirm",
    "reset",
    "login",
    "auth",
    "activat",
    "twofactor",
    "2fa",
];

/// First words in the names of functions that make something.
const MAKES: [&str; 8] = [
    "generate", "gen", "make", "create", "random", "new", "draw", "build",
];

/// Words of what is no secret, whatever it is called.
const OTHER: [&str; 10] = [
    "mock",
    "fake",
    "dummy",
    "lock",
    "cache",
    "track",
    "trace",
    "requestid",
    "color",
    "test",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let served = served(context);
    let mut found: Vec<Diagnostic> = Vec::new();
    for (module, facts) in calls::modules(context) {
        let path = context.project.modules.get(module).path.as_str();
        // What a browser draws is not what the server takes for a secret.
        if !served.contains(calls::folder(path)) || path.ends_with(".tsx") {
            continue;
        }
        for call in calls::of_module(module, facts) {
            let drawn = call.name == "random"
                && call.object.is_some_and(|object| {
                    matches!(facts.expression(object),
                        Expression::Identifier { name, binding: None } if name == "Math")
                });
            if !drawn {
                continue;
            }
            let Some(secret) = secret(context, module, facts, call.at) else {
                continue;
            };
            let subject = format!("secret:{secret} in:{}", call.around(context));
            if found.iter().any(|known| known.subject == subject) {
                continue;
            }
            let at = context.project.modules.at(module, facts.span(call.at));
            found.push(
                Diagnostic::at(
                    &RULE.metadata,
                    at,
                    format!("`{secret}` is drawn with `Math.random()`: who has seen a few can tell the next"),
                )
                .label("not made for secrets")
                .confidence(Confidence::Likely)
                .help("draw it from `node:crypto`: `randomInt(min, max)` for a code, `randomBytes(32).toString('hex')` for a token")
                .subject(subject),
            );
        }
    }
    found
}

/// The folders of applications that serve something.
fn served<'a>(context: &'a Context<'_>) -> FxHashSet<&'a str> {
    let all = context.project.endpoints.iter();
    all.filter(|endpoint| {
        endpoint.kind.is_request() && functions::is_application(context.project, endpoint.module)
    })
    .map(|endpoint| calls::folder(context.project.modules.get(endpoint.module).path.as_str()))
    .collect()
}

/// The name of the secret that an expression becomes a part of: the innermost variable, property or
/// function around it that is called so.
fn secret(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    drawn: ExpressionId,
) -> Option<SmolStr> {
    let inside = context.project.modules.get(module).context.function(drawn);
    let around = outer(facts, inside);
    let about = around.as_ref().map_or("", |(name, _)| name.as_str());
    if OTHER
        .iter()
        .any(|word| about.to_ascii_lowercase().contains(word))
    {
        return None;
    }
    let held = held(facts, inside, drawn);
    if let Some(held) = &held
        && (is_secret(held) || is_code(held, about))
    {
        return Some(held.clone());
    }
    // What a function gives back that says in its name what it makes.
    let (name, function) = around?;
    let makes = split(&name)
        .first()
        .is_some_and(|first| MAKES.contains(&first.as_str()));
    if !makes {
        return None;
    }
    let gives_back = match held {
        Some(held) => returns(context, module, facts, function, &held),
        None => true,
    };
    (gives_back && (is_secret(&name) || is_code(&name, &name))).then_some(name)
}

/// The nearest function with a name around an expression.
fn outer(facts: &ModuleFacts, inside: Option<FunctionId>) -> Option<(SmolStr, FunctionId)> {
    let mut inner = inside;
    while let Some(id) = inner {
        let function = facts.function(id);
        if let Some(name) = &function.name {
            return Some((name.text.clone(), id));
        }
        inner = function.parent;
    }
    None
}

/// The innermost variable or property that an expression is a part of the value of, in its function.
fn held(facts: &ModuleFacts, inside: Option<FunctionId>, drawn: ExpressionId) -> Option<SmolStr> {
    let at = facts.span(drawn);
    let body = inside.map(|id| facts.function(id).span);
    let here = |span: snell_source::Span| body.is_none_or(|body| body.contains(span));
    let mut nearest: Option<(snell_source::Span, SmolStr)> = None;
    let mut put = |span: snell_source::Span, name: &SmolStr| {
        let nearer = nearest
            .as_ref()
            .is_none_or(|(known, _)| known.contains(span));
        if span.contains(at) && here(span) && nearer {
            nearest = Some((span, name.clone()));
        }
    };
    for binding in &facts.bindings {
        if let snell_extract::facts::BindingKind::Variable {
            init: Some(init), ..
        } = &binding.kind
            && init.path.is_empty()
        {
            put(facts.span(init.value), &binding.name);
        }
    }
    for (_, node) in facts.all([ExpressionKind::Assign, ExpressionKind::Object]) {
        match &node.kind {
            Expression::Assign { target, value, .. } => {
                let name = match &**target {
                    Pattern::Binding(id) => Some(&facts.binding(*id).name),
                    Pattern::Expression(id) => match facts.expression(*id) {
                        Expression::Identifier { name, .. } => Some(name),
                        Expression::Member { property, .. } => Some(&property.text),
                        _ => None,
                    },
                    _ => None,
                };
                if let Some(name) = name {
                    put(facts.span(*value), name);
                }
            }
            Expression::Object(properties) => {
                for property in properties {
                    if let Property::Value { key, value, .. } = property
                        && let Some(name) = key.name()
                    {
                        put(facts.span(*value), &name.text);
                    }
                }
            }
            _ => {}
        }
    }
    nearest.map(|(_, name)| name)
}

/// Whether a function gives a variable of this name back.
fn returns(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    function: FunctionId,
    name: &str,
) -> bool {
    let body = &facts.function(function).body;
    let block = matches!(body, FunctionBody::Block(_));
    block
        && body.returned().into_iter().any(|id| {
            let text = context.text(context.project.modules.at(module, facts.span(id)));
            text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .any(|word| word == name)
        })
}

fn is_secret(name: &str) -> bool {
    let words = split(name);
    let other = words
        .iter()
        .any(|word| OTHER.iter().any(|other| word.contains(other)));
    let key = matches!(words.as_slice(), [.., before, last]
        if last == "key" && (before == "api" || before == "secret"))
        || words.last().is_some_and(|last| last == "apikey");
    let last = words.last().map_or("", String::as_str);
    !other && (SECRETS.contains(&last) || key)
}

/// Whether a name is one of a code that proves something, by itself or by what is done around it.
fn is_code(name: &str, about: &str) -> bool {
    let words = split(name);
    let whole = format!("{name} {about}").to_ascii_lowercase();
    words.last().is_some_and(|last| last == "code")
        && PROVING.iter().any(|word| whole.contains(word))
}
