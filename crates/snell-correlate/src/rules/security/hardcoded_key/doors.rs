//! What lets somebody in by the word of the code where the environment gives none: a password that is compared with one
//! that was sent, the key of a session's cookie.

use snell_extract::facts::{BinaryOperator, BindingKind, Expression, ExpressionId, ExpressionKind};
use snell_project::module::{ExpressionRef, In, ModuleId};

use super::{
    super::{
        calls::{self, CallSite},
        material::{self, Material},
    },
    Used,
};
use crate::{
    rule::Context,
    support::name_words::{self, has_word},
};

/// Options of what keeps sessions that hold the key of their cookies.
const COOKIES: [&str; 3] = ["cookiePassword", "cookieSecret", "sessionSecret"];

/// The key that sessions are signed with: `session({ secret })`, `router(admin, { cookiePassword })`.
pub(super) fn of_session(call: &CallSite<'_>) -> Option<ExpressionRef> {
    let inside = |id: ExpressionId| In {
        module: call.module,
        id,
    };
    let imports = |packages: &[&str]| calls::imports(call.facts, packages);
    let keeps = call.name == "session" && imports(&["express-session"])
        || call.name == "cookieSession" && imports(&["cookie-session"]);
    if keeps {
        let options = call.argument(0)?;
        return calls::property(call.facts, options.id, "secret").map(inside);
    }
    if call.name == "cookieParser" && imports(&["cookie-parser"]) {
        return call.argument(0);
    }
    call.arguments.iter().find_map(|argument| {
        let mut names = COOKIES.iter();
        names
            .find_map(|name| calls::property(call.facts, argument.value, name))
            .map(inside)
    })
}

/// Words in the names of what is sent to be let in.
const WORDS: [&str; 5] = ["password", "passwd", "passcode", "passphrase", "secret"];

/// The texts that take the place of a variable, compared with what was sent: `password === (process.env.PASSWORD || 'text')`.
pub(super) fn compared(context: &Context<'_>) -> Vec<(ExpressionRef, Used)> {
    let mut found = Vec::new();
    for (module, facts) in calls::modules(context) {
        for (at, node) in facts.all([ExpressionKind::Binary]) {
            let Expression::Binary {
                operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                left,
                right,
            } = node.kind
            else {
                continue;
            };
            let mut sides = [(left, right), (right, left)].into_iter();
            let key = sides.find_map(|(sent, key)| {
                let key = In { module, id: key };
                (is_sent(context, module, sent)
                    && matches!(material::of(context.project, key), Material::Fallback(_)))
                .then_some(key)
            });
            if let Some(key) = key {
                let used = Used {
                    module,
                    place: context.project.modules.at(module, node.span),
                    around: calls::around(context, module, at),
                };
                found.push((key, used));
            }
        }
    }
    found
}

/// Whether something is a parameter, or a part of one, whose name says that it is a password.
fn is_sent(context: &Context<'_>, module: ModuleId, id: ExpressionId) -> bool {
    let facts = context.project.modules.facts(module);
    let mut at = facts.unwrap_casts(id);
    let named = match facts.expression(at) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    // Of a setting, the name is loud: `ADMIN_PASSWORD`.
    let is_loud = !named.chars().any(char::is_lowercase);
    if is_loud
        || !has_word(named, &WORDS)
        || name_words::split(named).iter().any(|word| word == "hash")
    {
        return false;
    }
    while let Expression::Member { object, .. } = facts.expression(at) {
        at = facts.unwrap_casts(*object);
    }
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(at)
    else {
        return false;
    };
    match &facts.binding(*binding).kind {
        BindingKind::Parameter { .. } => true,
        // `const { password } = req.body`
        BindingKind::Variable {
            init: Some(init), ..
        } => {
            let place = context.project.modules.at(module, facts.span(init.value));
            let text = context.text(place);
            [".body", ".query", ".headers"]
                .iter()
                .any(|part| text.contains(part))
        }
        _ => false,
    }
}
