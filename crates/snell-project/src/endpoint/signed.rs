//! Whether other systems prove who they are before anything is done: with a
//! signature over what they send, or with a secret that both know.

use snell_extract::facts::{BinaryOperator, Expression, ExpressionId};
use snell_source::Span;

use super::{procedures, scan};
use crate::{
    module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol},
    types::{Type, Types},
};

/// Functions called inside each other that are looked at.
const DEPTH: u32 = 3;

/// Functions that compare a signature, whichever package they are of.
const VERIFIES: [&str; 8] = [
    "constructevent",
    "constructeventasync",
    "verifysignature",
    "verifywebhook",
    "verifywebhooksignature",
    "timingsafeequal",
    "validaterequest",
    "validatesignature",
];

/// Words in the names of packages whose `verify` is one of a signature.
const SIGNING: [&str; 6] = [
    "qstash",
    "svix",
    "standardwebhooks",
    "webhook",
    "nacl",
    "octokit",
];

/// Words in the names of settings that are known to both sides alone.
const SECRETS: [&str; 4] = ["SECRET", "TOKEN", "KEY", "PASSWORD"];

/// Whether a function, or one that it calls, refuses those who cannot prove that
/// they are the system that this is for.
pub(super) fn asks(modules: &Modules, function: FunctionRef) -> bool {
    Asked {
        modules,
        types: Types::new(modules),
        seen: vec![function],
    }
    .function(function, DEPTH)
        && !signs_in(modules, function)
}

/// Whether a function asks for somebody's session: then a secret is one of the
/// ways in, not the only one.
fn signs_in(modules: &Modules, function: FunctionRef) -> bool {
    let facts = modules.facts(function.module);
    let span = facts.function(function.id).span;
    scan::inside(modules, function.module, span).any(|(_, node)| {
        let Expression::Call { callee, .. } = &node.kind else {
            return false;
        };
        let name = match facts.expression(*callee) {
            Expression::Identifier { name, .. } => name,
            Expression::Member { property, .. } => &property.text,
            _ => return false,
        };
        let lower = name.to_ascii_lowercase();
        // `checkoutSessionCompleted` is about a payment.
        !["checkout", "billing", "payment"]
            .iter()
            .any(|word| lower.contains(word))
            && ["session", "getuser", "currentuser", "gettoken"]
                .iter()
                .any(|word| lower.contains(word))
    })
}

struct Asked<'a> {
    modules: &'a Modules,
    types: Types<'a>,
    seen: Vec<FunctionRef>,
}

impl Asked<'_> {
    fn function(&mut self, function: FunctionRef, depth: u32) -> bool {
        let span = self
            .modules
            .facts(function.module)
            .function(function.id)
            .span;
        self.text(function.module, span, depth)
    }

    fn text(&mut self, module: ModuleId, span: Span, depth: u32) -> bool {
        let modules = self.modules;
        let mut called = Vec::new();
        // `createHmac('sha256', secret)` before a comparison of what it gave.
        let digests = scan::inside(modules, module, span).any(|(_, node)| {
            matches!(&node.kind, Expression::Call { callee, .. }
                if self.called(module, *callee) == "createhmac")
        });
        for (_, node) in scan::inside(modules, module, span) {
            match &node.kind {
                Expression::Binary {
                    operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                    left,
                    right,
                } if digests
                    && !self.is_plain(module, [*left, *right])
                    && [*left, *right]
                        .iter()
                        .any(|side| self.is_digest(module, *side)) =>
                {
                    return true;
                }
                Expression::Binary {
                    operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                    left,
                    right,
                } => {
                    let sides = [*left, *right].map(|side| self.is_secret(module, side));
                    if sides[0] != sides[1] && !self.is_plain(module, [*left, *right]) {
                        return true;
                    }
                }
                Expression::Call { callee, .. } => {
                    if self.verifies(module, *callee) {
                        return true;
                    }
                    called.push(*callee);
                }
                _ => {}
            }
        }
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        called.into_iter().any(|callee| {
            let at = In { module, id: callee };
            let function = match self.types.of(at) {
                Type::Function(function) => function,
                _ => match procedures::function(self.modules, at) {
                    Some(function) => function,
                    None => return false,
                },
            };
            // What has to do with queries is far from the door.
            let named = self.called(module, callee);
            let door = [
                "verif", "sign", "auth", "secret", "guard", "valid", "check", "assert",
            ];
            if self.seen.contains(&function) || !door.iter().any(|word| named.contains(word)) {
                return false;
            }
            self.seen.push(function);
            self.function(function, depth)
        })
    }

    /// The name under which a function is called.
    fn called(&self, module: ModuleId, callee: ExpressionId) -> String {
        match self.modules.facts(module).expression(callee) {
            Expression::Identifier { name, .. } => name.to_ascii_lowercase(),
            Expression::Member { property, .. } => property.text.to_ascii_lowercase(),
            _ => String::new(),
        }
    }

    /// `stripe.webhooks.constructEvent`, `receiver.verify`, `timingSafeEqual`
    fn verifies(&self, module: ModuleId, callee: ExpressionId) -> bool {
        let facts = self.modules.facts(module);
        match facts.expression(callee) {
            Expression::Identifier { name, .. } => is_verifying(name),
            Expression::Member {
                object, property, ..
            } => {
                is_verifying(&property.text)
                    || property.text == "verify" && self.is_of_signing(module, *object)
            }
            _ => false,
        }
    }

    fn is_of_signing(&self, module: ModuleId, object: ExpressionId) -> bool {
        let at = In { module, id: object };
        let specifier = match (self.types.of(at), scan::symbol(self.modules, at)) {
            (Type::External(specifier, _), _) => specifier,
            (_, Symbol::External { specifier, .. }) => specifier,
            (_, symbol) => match self.made_of(&symbol) {
                Some(specifier) => specifier,
                None => return false,
            },
        };
        let lower = specifier.to_ascii_lowercase();
        SIGNING.iter().any(|word| lower.contains(word))
    }

    /// The package whose class a constant is an instance of.
    fn made_of(&self, symbol: &Symbol) -> Option<smol_str::SmolStr> {
        let init = scan::initial(self.modules, symbol)?;
        let facts = self.modules.facts(init.module);
        let Expression::New { callee, .. } = facts.expression(facts.unwrap_casts(init.id)) else {
            return None;
        };
        let class = In {
            module: init.module,
            id: *callee,
        };
        match scan::symbol(self.modules, class) {
            Symbol::External { specifier, .. } => Some(specifier),
            _ => None,
        }
    }

    /// `process.env.CRON_SECRET`, `env.TOKEN`, a constant that is one, text with one inside.
    fn is_secret(&self, module: ModuleId, id: ExpressionId) -> bool {
        let facts = self.modules.facts(module);
        let id = facts.unwrap_casts(id);
        match facts.expression(id) {
            Expression::Member { property, .. } => is_setting(&property.text),
            Expression::Identifier { .. } => {
                let at = In { module, id };
                let init = scan::initial(self.modules, &scan::symbol(self.modules, at));
                init.is_some_and(|init: ExpressionRef| {
                    let facts = self.modules.facts(init.module);
                    matches!(
                        facts.expression(facts.unwrap_casts(init.id)),
                        Expression::Member { property, .. } if is_setting(&property.text)
                    )
                })
            }
            Expression::Template { values, .. } => {
                values.iter().any(|value| self.is_secret(module, *value))
            }
            Expression::Logical { left, .. } => self.is_secret(module, *left),
            _ => false,
        }
    }

    /// `expectedSignature`, `hmac`, `digest`
    fn is_digest(&self, module: ModuleId, id: ExpressionId) -> bool {
        let facts = self.modules.facts(module);
        let Expression::Identifier { name, .. } = facts.expression(facts.unwrap_casts(id)) else {
            return false;
        };
        let lower = name.to_ascii_lowercase();
        ["signature", "hmac", "digest", "hash"]
            .iter()
            .any(|word| lower.contains(word))
    }

    /// Whether one side is a literal or nothing: a setting that is there proves nothing.
    fn is_plain(&self, module: ModuleId, sides: [ExpressionId; 2]) -> bool {
        let facts = self.modules.facts(module);
        sides.iter().any(|side| {
            matches!(
                facts.expression(facts.unwrap_casts(*side)),
                Expression::String(_)
                    | Expression::Number(_)
                    | Expression::Boolean(_)
                    | Expression::Null
                    | Expression::Undefined
            )
        })
    }
}

fn is_verifying(name: &str) -> bool {
    VERIFIES.contains(&name.to_ascii_lowercase().as_str())
}

/// `WEBHOOK_TOKEN`: written as settings are.
fn is_setting(name: &str) -> bool {
    !name.chars().any(|c| c.is_ascii_lowercase()) && SECRETS.iter().any(|word| name.contains(word))
}

/// Whether a wrapper around handlers asks: its own text, and the secrets that it hands on.
pub(super) fn wrapper_asks(modules: &Modules, wrapper: FunctionRef) -> bool {
    if asks(modules, wrapper) {
        return true;
    }
    if signs_in(modules, wrapper) {
        return false;
    }
    let facts = modules.facts(wrapper.module);
    let span = facts.function(wrapper.id).span;
    // `TokenSecured(env.WEBHOOK_TOKEN, handler)`: what is handed a secret compares it.
    scan::inside(modules, wrapper.module, span).any(|(_, node)| {
        let Expression::Call { arguments, .. } = &node.kind else {
            return false;
        };
        hands_secret(modules, wrapper.module, arguments)
    })
}

/// Whether a call is handed a secret of the settings, beside a function.
pub(super) fn hands_secret(
    modules: &Modules,
    module: ModuleId,
    arguments: &[snell_extract::facts::Argument],
) -> bool {
    let facts = modules.facts(module);
    let secret = arguments.iter().any(|argument| {
        matches!(
            facts.expression(facts.unwrap_casts(argument.value)),
            Expression::Member { property, .. } if is_setting(&property.text)
        )
    });
    let function = arguments.iter().any(|argument| {
        matches!(
            facts.expression(facts.unwrap_casts(argument.value)),
            Expression::Function(_) | Expression::Identifier { .. }
        )
    });
    secret && function
}
