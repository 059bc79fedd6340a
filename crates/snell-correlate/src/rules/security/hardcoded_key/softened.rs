//! What makes a key in the code mild: a strategy that nothing uses, a variable that the start asks
//! for.

use smol_str::SmolStr;
use snell_extract::facts::{
    Element, Expression, ExpressionId, ExpressionKind, LogicalOperator, MemberKind, ModuleFacts,
    Property,
};
use snell_project::module::{ExpressionRef, ModuleId, Symbol};

use super::{
    super::calls::{self, CallSite},
    setting,
};
use crate::{rule::Context, support::name_words::words};

/// Words by which a file says that what it holds is there for development and tests.
const STAND_INS: [&str; 4] = ["mock", "fake", "stub", "dummy"];

/// The word by which a module's file says that it stands in for something real.
pub(super) fn stand_in(context: &Context<'_>, module: ModuleId) -> Option<&'static str> {
    let path = &context.project.modules.get(module).path;
    let file = path.rsplit('/').next().unwrap_or(path);
    let words = words(file);
    STAND_INS
        .into_iter()
        .find(|stand_in| words.iter().any(|word| word == stand_in))
}

/// The name of the Passport strategy that a `super(...)` sets up, when no guard of the application
/// names it: what is verified with its key is asked by nobody.
pub(super) fn unused_strategy(context: &Context<'_>, call: &CallSite<'_>) -> Option<SmolStr> {
    if call.name != "super" {
        return None;
    }
    let name = strategy(context, call)?;
    let used = calls::all(context).any(|other| match other.name {
        // `passport.authenticate('jwt')`
        "authenticate" => true,
        "AuthGuard" => asks_for(&other, &name),
        _ => false,
    });
    (!used).then_some(name)
}

/// The name under which guards ask for the strategy around a call.
fn strategy(context: &Context<'_>, call: &CallSite<'_>) -> Option<SmolStr> {
    let facts = call.facts;
    let at = facts.span(call.at);
    let class = facts.classes.iter().find(|class| class.span.contains(at))?;
    let base = facts.unwrap_casts(class.extends?);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(base)
    else {
        return None;
    };
    let is_passport = matches!(facts.expression(*callee),
        Expression::Identifier { name, .. } if name == "PassportStrategy");
    if !is_passport {
        return None;
    }
    if let Some(named) = arguments.get(1) {
        return match facts.expression(facts.unwrap_casts(named.value)) {
            Expression::String(name) => Some(name.clone()),
            _ => None,
        };
    }
    let package = calls::root_symbol(context.project, call.module, arguments.first()?.value);
    match package {
        Symbol::External { specifier, .. } if specifier == "passport-jwt" => Some("jwt".into()),
        _ => None,
    }
}

/// Whether `AuthGuard(...)` may ask for this strategy; without a name it asks for a default.
fn asks_for(call: &CallSite<'_>, name: &str) -> bool {
    let facts = call.facts;
    let is_other = |id: ExpressionId| match facts.expression(facts.unwrap_casts(id)) {
        Expression::String(other) => other != name,
        _ => false,
    };
    let Some(first) = call.arguments.first() else {
        return true;
    };
    match facts.expression(facts.unwrap_casts(first.value)) {
        Expression::Array(elements) => !elements
            .iter()
            .all(|element| matches!(element, Element::Value(value) if is_other(*value))),
        _ => !is_other(first.value),
    }
}

/// The variable that a fallback stands for, when a schema of the environment that runs at the start
/// asks for it: the application does not come up without.
pub(super) fn demanded_at_start(context: &Context<'_>, constant: ExpressionRef) -> Option<SmolStr> {
    let facts = context.project.modules.facts(constant.module);
    let name = replaced(facts, constant.id)?;
    let runs = calls::all(context).any(|call| {
        let options = call.arguments.first();
        call.name == "forRoot"
            && options.is_some_and(|options| {
                ["validate", "validationSchema", "load"]
                    .iter()
                    .any(|key| calls::property(call.facts, options.value, key).is_some())
            })
    });
    let demanded = |(module, facts): (ModuleId, &ModuleFacts)| {
        calls::mentions(context, module, &[name.as_str()])
            && (by_schema(context, module, facts, &name) || by_class(facts, &name))
    };
    (runs && calls::modules(context).any(demanded)).then_some(name)
}

/// The variable in `process.env.NAME ?? 'text'`, `config.get('NAME', 'text')`.
pub(super) fn replaced(facts: &ModuleFacts, constant: ExpressionId) -> Option<SmolStr> {
    facts
        .expressions
        .iter()
        .zip(0u32..)
        .find_map(|(node, n)| match &node.kind {
            Expression::Logical {
                operator,
                left,
                right,
            } if *operator != LogicalOperator::And && facts.unwrap_casts(*right) == constant => {
                setting(facts, *left)
            }
            Expression::Call { arguments, .. }
                if arguments
                    .get(1)
                    .is_some_and(|second| facts.unwrap_casts(second.value) == constant) =>
            {
                setting(facts, ExpressionId(n))
            }
            _ => None,
        })
}

/// `NAME: z.string().min(32)`, `NAME: Joi.string().required()`
fn by_schema(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts, name: &str) -> bool {
    const OPTIONAL: [&str; 6] = [
        ".optional(",
        ".default(",
        ".nullish(",
        ".catch(",
        ".allow(",
        ".or(",
    ];
    let zod = calls::imports(facts, &["zod", "nestjs-zod"]);
    let joi = calls::imports(facts, &["joi", "@hapi/joi", "@nestjs/config"]);
    facts.all([ExpressionKind::Object]).any(|(_, node)| {
        let Expression::Object(properties) = &node.kind else {
            return false;
        };
        properties.iter().any(|property| {
            let Property::Value { key, value, .. } = property else {
                return false;
            };
            if key.name().is_none_or(|key| key.text != name)
                || !matches!(facts.expression(*value), Expression::Call { .. })
            {
                return false;
            }
            let span = facts.span(*value);
            let text = context.text(context.project.modules.at(module, span));
            let open = OPTIONAL.iter().any(|word| text.contains(word));
            !open && (zod && text.starts_with('z') || joi && text.contains(".required("))
        })
    })
}

/// `@IsString() NAME: string` of a class that `validateSync` holds the environment against.
fn by_class(facts: &ModuleFacts, name: &str) -> bool {
    let validates = facts.all([ExpressionKind::Call]).any(|(_, node)| {
        let Expression::Call { callee, .. } = &node.kind else {
            return false;
        };
        matches!(facts.expression(*callee),
            Expression::Identifier { name, .. } if name == "validateSync")
    });
    validates
        && facts
            .classes
            .iter()
            .flat_map(|class| &class.members)
            .any(|member| {
                let decorated = |name: &str| member.decorators.iter().any(|one| one.name == name);
                member.key.name().is_some_and(|key| key.text == name)
                    && matches!(member.kind, MemberKind::Field { init: None, .. })
                    && !member.decorators.is_empty()
                    && !decorated("IsOptional")
                    && !decorated("ValidateIf")
            })
}
