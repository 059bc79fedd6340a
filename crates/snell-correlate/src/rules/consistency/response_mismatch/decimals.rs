//! Whether the application writes decimals as numbers, whichever endpoint gives them back.

use snell_extract::facts::{Expression, ExpressionId, ExpressionKind, ModuleFacts};
use snell_project::module::{ModuleId, Symbol};
use snell_source::Span;

use crate::{
    rule::Context,
    rules::security::calls::{self, CallSite},
};

/// The names by which an interceptor comes before all endpoints.
const TOKEN: &str = "APP_INTERCEPTOR";
const METHOD: &str = "useGlobalInterceptors";

/// Whether a decimal becomes a number on its way into JSON everywhere: by its own `toJSON`, by a replacer of
/// the server, or by an interceptor of the whole application.
pub(super) fn are_numbers(context: &Context<'_>) -> bool {
    calls::modules(context).any(|(module, facts)| {
        overrides(context, module, facts)
            || calls::of_module(module, facts).any(|call| replaces(context, &call))
            || intercepts(context, module, facts)
    })
}

/// `Decimal.prototype.toJSON = ...`, `Object.defineProperty(Prisma.Decimal.prototype, 'toJSON', ...)`
fn overrides(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> bool {
    let is_prototype = |id: ExpressionId| match facts.expression(facts.unwrap_casts(id)) {
        Expression::Member {
            object, property, ..
        } => {
            property.text == "prototype"
                && match facts.expression(facts.unwrap_casts(*object)) {
                    Expression::Identifier { name, .. } => is_decimal(name),
                    Expression::Member { property, .. } => is_decimal(&property.text),
                    _ => false,
                }
        }
        _ => false,
    };
    let set = facts
        .all([ExpressionKind::Member])
        .any(|(_, node)| match &node.kind {
            Expression::Member {
                object, property, ..
            } => property.text == "toJSON" && is_prototype(*object),
            _ => false,
        });
    set || calls::of_module(module, facts).any(|call| {
        let defines = matches!(call.name, "defineProperty" | "defineProperties" | "assign");
        let first = call.arguments.first().filter(|_| defines);
        first.is_some_and(|first| is_prototype(first.value)) && {
            let at = context.project.modules.at(module, facts.span(call.at));
            context.text(at).contains("toJSON")
        }
    })
}

/// `app.set('json replacer', (key, value) => Decimal.isDecimal(value) ? ...)`
fn replaces(context: &Context<'_>, call: &CallSite<'_>) -> bool {
    let is_replacer = call.name == "set"
        && call.arguments.first().is_some_and(|first| {
            matches!(call.facts.expression(first.value), Expression::String(text) if text == "json replacer")
        });
    is_replacer && mentions(context, call.module, None, 1)
}

/// `app.useGlobalInterceptors(new X())`, `{ provide: APP_INTERCEPTOR, useClass: X }`: whether one of them knows
/// what a decimal is.
fn intercepts(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> bool {
    let used = calls::of_module(module, facts)
        .filter(|call| call.name == METHOD)
        .flat_map(|call| call.arguments)
        .map(|argument| argument.value);
    let provided = facts
        .all([ExpressionKind::Object])
        .filter_map(|(object, _)| {
            let token = calls::property(facts, object, "provide")?;
            let (Expression::Identifier { name, .. } | Expression::String(name)) =
                facts.expression(token)
            else {
                return None;
            };
            let given = ["useClass", "useExisting", "useValue"];
            let mut given = given
                .iter()
                .filter_map(|key| calls::property(facts, object, key));
            (name == TOKEN).then(|| given.next())?
        });
    used.chain(provided).any(|given| {
        let given = facts.unwrap_casts(given);
        let named = match facts.expression(given) {
            Expression::New { callee, .. } => *callee,
            _ => given,
        };
        match calls::root_symbol(context.project, module, named) {
            Symbol::Class(class) => {
                let span = context
                    .project
                    .modules
                    .facts(class.module)
                    .class(class.id)
                    .span;
                mentions(context, class.module, Some(span), 2)
            }
            _ => false,
        }
    })
}

/// Whether code names decimals, itself or in what it calls; `depth` is how many modules away. What a class
/// calls may stand beside it in its module.
fn mentions(context: &Context<'_>, module: ModuleId, within: Option<Span>, depth: u32) -> bool {
    let facts = context.project.modules.facts(module);
    let mut nodes = facts.all([ExpressionKind::Identifier, ExpressionKind::Member]);
    let named = nodes.any(|(_, node)| match &node.kind {
        Expression::Identifier { name, .. } => is_decimal(name),
        Expression::Member { property, .. } => is_decimal(&property.text),
        _ => false,
    });
    if named || depth == 0 {
        return named;
    }
    let calls = calls::of_module(module, facts);
    let mut others = calls
        .filter(|call| within.is_none_or(|span| span.contains(facts.span(call.at))))
        .filter_map(|call| {
            let callee = match facts.expression(call.at) {
                Expression::Call { callee, .. } => *callee,
                _ => return None,
            };
            match calls::root_symbol(context.project, module, callee) {
                Symbol::Function(function) => Some(function.module),
                Symbol::Class(class) => Some(class.module),
                Symbol::Variable(of) => Some(of.module),
                _ => None,
            }
        });
    others.any(|other| other != module && mentions(context, other, None, depth - 1))
}

/// `Decimal`, `isDecimal`, `decimalToNumber`
fn is_decimal(name: &str) -> bool {
    name.contains("Decimal") || name.starts_with("decimal")
}
