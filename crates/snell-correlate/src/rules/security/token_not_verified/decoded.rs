//! What a class decodes, and whether it believes it.

use snell_extract::facts::{
    BinaryOperator, BindingId, BindingKind, ClassId, Expression, ExpressionId, ExpressionKind,
    FunctionBody, ModuleFacts, Pattern, Statement,
};
use snell_project::{
    module::{FunctionRef, In, ModuleId, Symbol},
    types::{Type, Types},
};
use snell_source::{Location, Span};

use super::place;
use crate::{
    rule::Context,
    rules::security::calls::{self, CallSite},
};

/// Words in the names of calls that say whether a token is genuine.
const VERIFIES: [&str; 10] = [
    "verif",
    "introspect",
    "jwks",
    "hmac",
    "timingsafe",
    "isvalid",
    "validat",
    "authenticate",
    "compare",
    "unseal",
];

/// Words in the names of what holds a token.
const TOKENS: [&str; 4] = ["token", "jwt", "bearer", "authorization"];

/// Objects and functions that only report, or take text apart.
const PLAIN: [&str; 9] = [
    "console", "logger", "log", "json", "buffer", "string", "atob", "next", "object",
];

/// A token whose word is taken.
pub(super) struct Reading {
    /// The call that decodes it.
    pub(super) at: Location,
    /// Where that becomes who asks.
    pub(super) used: Option<Location>,
}

/// Keys that are fetched from where a token says.
pub(super) struct Chosen {
    /// The call that fetches them.
    pub(super) keys: Location,
    /// The call that decodes the token.
    pub(super) decoded: Location,
}

/// Names of calls that ask whether something is one of those that are known.
const KNOWN: [&str; 9] = [
    "includes",
    "has",
    "startsWith",
    "endsWith",
    "test",
    "match",
    "some",
    "indexOf",
    "get",
];

/// Looks through one class.
pub(super) struct Decoder<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) class: In<ClassId>,
    pub(super) facts: &'a ModuleFacts,
}

impl<'a> Decoder<'a> {
    /// The token that the class believes, when nothing in it verifies any.
    pub(super) fn believed(&self, by_return: bool) -> Option<Reading> {
        let span = self.facts.class(self.class.id).span;
        let calls: Vec<CallSite<'a>> = self.calls(self.class.module, span).collect();
        let mut decoding: Vec<Span> = Vec::new();
        let mut first = None;
        for call in &calls {
            let of = |site: &CallSite<'_>| place(self.context, site.module, site.at);
            let found = match self.decodes(call) {
                true => Some(of(call)),
                false => self.decodes_inside(call)?,
            };
            if let Some(at) = found {
                decoding.push(self.facts.span(call.at));
                // The place inside of a method of the class says more than its call.
                let inner = span.contains(at.span) && self.decodes(call);
                if first.is_none() || inner {
                    first = Some(at);
                }
            }
        }
        let at = first?;
        if calls.iter().any(|call| self.may_verify(call, &decoding)) {
            return None;
        }
        let taken = self.taken(span, &decoding);
        let used = self.assigned(span, &taken, &decoding);
        let returned = by_return && self.validate_returns();
        (used.is_some() || returned).then_some(Reading { at, used })
    }

    /// Where the class fetches the keys for a token from the issuer that the token itself names, and
    /// asks nowhere whether that is one that it knows.
    pub(super) fn chooses_keys(&self) -> Option<Chosen> {
        let span = self.facts.class(self.class.id).span;
        let calls: Vec<CallSite<'a>> = self.calls(self.class.module, span).collect();
        let decoding: Vec<&CallSite<'_>> = calls.iter().filter(|call| self.decodes(call)).collect();
        let first = decoding.first()?;
        let spans: Vec<Span> = decoding
            .iter()
            .map(|call| self.facts.span(call.at))
            .collect();
        let taken = self.taken(span, &spans);
        let fetches = calls.iter().find(|call| {
            let named = call.name.to_ascii_lowercase().contains("jwks");
            let mut given = call.arguments.iter();
            named
                && given.any(|given| self.is_made_of(self.facts.span(given.value), &taken, &spans))
        })?;
        (!self.knows_issuer(span, &taken)).then(|| Chosen {
            keys: place(self.context, fetches.module, fetches.at),
            decoded: place(self.context, first.module, first.at),
        })
    }

    /// Whether an issuer that was decoded is compared with anything but nothing.
    fn knows_issuer(&self, span: Span, taken: &[BindingId]) -> bool {
        let is_issuer = |id: ExpressionId| {
            let at = self.facts.span(id);
            let text = self
                .context
                .text(self.context.project.modules.at(self.class.module, at));
            text.to_ascii_lowercase().contains("iss") && self.is_made_of(at, taken, &[])
        };
        let is_nothing = |id: ExpressionId| {
            matches!(
                self.facts.expression(id),
                Expression::Null | Expression::Undefined | Expression::Unary { .. }
            )
        };
        self.facts.all([ExpressionKind::Binary, ExpressionKind::Call]).any(|(_, node)| {
            span.contains(node.span)
                && match &node.kind {
                    Expression::Binary {
                        operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                        left,
                        right,
                    } => {
                        is_issuer(*left) && !is_nothing(*right)
                            || is_issuer(*right) && !is_nothing(*left)
                    }
                    Expression::Call {
                        callee, arguments, ..
                    } => {
                        let asks = matches!(self.facts.expression(*callee),
                            Expression::Member { property, .. } if KNOWN.contains(&property.text.as_str()));
                        asks && (is_issuer(*callee)
                            || arguments.iter().any(|given| is_issuer(given.value)))
                    }
                    _ => false,
                }
        })
    }

    pub(super) fn calls(&self, module: ModuleId, span: Span) -> impl Iterator<Item = CallSite<'a>> {
        let facts = self.context.project.modules.facts(module);
        let all = calls::of_module(module, facts);
        all.filter(move |call| span.contains(facts.span(call.at)))
    }

    /// Whether a call gives back what a token says, whoever made it.
    fn decodes(&self, call: &CallSite<'_>) -> bool {
        let project = self.context.project;
        let callee = match call.facts.expression(call.at) {
            Expression::Call { callee, .. } => *callee,
            _ => return false,
        };
        let of_package = |packages: &[&str]| {
            let symbol = calls::root_symbol(project, call.module, callee);
            matches!(symbol, Symbol::External { specifier, .. }
                if packages.contains(&specifier.as_str()))
        };
        match call.name {
            "decode" => {
                let typed = call.object.is_some_and(|object| {
                    let at = In {
                        module: call.module,
                        id: object,
                    };
                    matches!(Types::new(&project.modules).of(at),
                        Type::External(specifier, _) if specifier == "@nestjs/jwt")
                });
                typed || of_package(&["jsonwebtoken", "jwt-simple", "jwt-decode"])
            }
            "decodeJwt" => of_package(&["jose"]),
            "jwtDecode" | "jwt_decode" | "decodeToken" | "default" | "jwtDecoder" => {
                of_package(&["jwt-decode"])
            }
            // `Buffer.from(token.split('.')[1], 'base64')`
            "from" | "atob" => self.takes_middle(call),
            _ => false,
        }
    }

    /// Whether a call reads the middle part of something with dots.
    fn takes_middle(&self, call: &CallSite<'_>) -> bool {
        let facts = call.facts;
        let Some(first) = call.arguments.first() else {
            return false;
        };
        let base64 = call.name == "atob"
            || call.arguments.get(1).is_some_and(|second| {
                matches!(facts.expression(second.value),
                    Expression::String(text) if text.starts_with("base64"))
            });
        let text = |span: Span| {
            let modules = &self.context.project.modules;
            self.context.text(modules.at(call.module, span))
        };
        let apart = |span: Span| {
            let text = text(span);
            text.contains("split('.')") || text.contains("split(\".\")")
        };
        let span = facts.span(first.value);
        let named = facts.all([ExpressionKind::Identifier]).any(|(_, node)| {
            span.contains(node.span)
                && matches!(&node.kind, Expression::Identifier { binding: Some(binding), .. }
                    if matches!(&facts.binding(*binding).kind,
                        BindingKind::Variable { init: Some(init), .. } if apart(facts.span(init.value))))
        });
        base64 && (apart(span) || named)
    }

    /// Where a function of the workspace that is called decodes; `None` when it may verify.
    #[expect(
        clippy::option_option,
        reason = "nothing decoded is not the same as something verified"
    )]
    fn decodes_inside(&self, call: &CallSite<'_>) -> Option<Option<Location>> {
        let Some(function) = self.function(call) else {
            return Some(None);
        };
        let modules = &self.context.project.modules;
        let span = modules.facts(function.module).function(function.id).span;
        let inside: Vec<CallSite<'_>> = self.calls(function.module, span).collect();
        let Some(found) = inside.iter().find(|call| self.decodes(call)) else {
            return Some(None);
        };
        let verified = inside.iter().any(says_verified);
        (!verified).then(|| Some(place(self.context, found.module, found.at)))
    }

    fn function(&self, call: &CallSite<'_>) -> Option<FunctionRef> {
        let Expression::Call { callee, .. } = call.facts.expression(call.at) else {
            return None;
        };
        let at = In {
            module: call.module,
            id: *callee,
        };
        Types::new(&self.context.project.modules).callee(at)
    }

    /// Whether a call may find out whether a token is genuine: by its name, or because it is
    /// handed the token.
    fn may_verify(&self, call: &CallSite<'_>, decoding: &[Span]) -> bool {
        let facts = self.facts;
        if decoding.contains(&facts.span(call.at)) {
            return false;
        }
        if says_verified(call) {
            return true;
        }
        if matches!(facts.expression(call.at), Expression::New { .. }) {
            return false;
        }
        let own = call
            .object
            .is_some_and(|object| matches!(facts.expression(object), Expression::This));
        let of = call.object.and_then(|object| last_name(facts, object));
        let plain = |name: &str| PLAIN.contains(&name.to_ascii_lowercase().as_str());
        if own || plain(call.name) || of.is_some_and(plain) {
            return false;
        }
        let is_token = |id: ExpressionId| {
            last_name(facts, facts.unwrap_casts(id)).is_some_and(|name| {
                let lower = name.to_ascii_lowercase();
                TOKENS.iter().any(|word| lower.contains(word))
            })
        };
        call.arguments.iter().any(|argument| {
            let span = facts.span(argument.value);
            let mut inside = (0u32..).zip(&facts.expressions);
            // What is taken out of it there is not the token any more.
            !decoding.iter().any(|decoded| span.contains(*decoded))
                && inside.any(|(n, node)| span.contains(node.span) && is_token(ExpressionId(n)))
        })
    }

    /// The names that hold what was decoded, or something that was found by it.
    pub(super) fn taken(&self, span: Span, decoding: &[Span]) -> Vec<BindingId> {
        let mut taken: Vec<BindingId> = Vec::new();
        loop {
            let before = taken.len();
            for (binding, n) in self.facts.bindings.iter().zip(0u32..) {
                let BindingKind::Variable {
                    init: Some(init), ..
                } = &binding.kind
                else {
                    continue;
                };
                let own = BindingId(n);
                if span.contains(binding.span)
                    && !taken.contains(&own)
                    && self.is_made_of(self.facts.span(init.value), &taken, decoding)
                {
                    taken.push(own);
                }
            }
            if taken.len() == before {
                return taken;
            }
        }
    }

    pub(super) fn is_made_of(&self, value: Span, taken: &[BindingId], decoding: &[Span]) -> bool {
        decoding.iter().any(|decoded| value.contains(*decoded))
            || self
                .facts
                .all([ExpressionKind::Identifier])
                .any(|(_, node)| {
                    value.contains(node.span)
                        && matches!(&node.kind, Expression::Identifier { binding: Some(of), .. }
                        if taken.contains(of))
                })
    }

    /// Where something that was decoded is put on the request.
    fn assigned(&self, span: Span, taken: &[BindingId], decoding: &[Span]) -> Option<Location> {
        let mut nodes = self.facts.all([ExpressionKind::Assign]);
        nodes.find_map(|(at, node)| {
            let Expression::Assign { target, value, .. } = &node.kind else {
                return None;
            };
            let Pattern::Expression(target) = **target else {
                return None;
            };
            let on_request = span.contains(node.span)
                && self.is_of_request(target)
                && self.is_made_of(self.facts.span(*value), taken, decoding);
            on_request.then(|| place(self.context, self.class.module, at))
        })
    }

    /// `request.user`, `req['user']`, `client.data.user`
    pub(super) fn is_of_request(&self, target: ExpressionId) -> bool {
        let object = match self.facts.expression(target) {
            Expression::Member { object, .. } | Expression::Index { object, .. } => *object,
            _ => return false,
        };
        last_name(self.facts, self.facts.unwrap_casts(object)).is_some_and(|name| {
            let lower = name.to_ascii_lowercase();
            [
                "req", "request", "client", "socket", "data", "context", "ctx",
            ]
            .iter()
            .any(|word| lower == *word || word.len() > 3 && lower.ends_with(word))
        })
    }

    /// Whether a strategy gives something back at all.
    fn validate_returns(&self) -> bool {
        let class = self.facts.class(self.class.id);
        let method = class.member("validate").map(|member| &member.kind);
        let Some(snell_extract::facts::MemberKind::Method(method)) = method else {
            return false;
        };
        match &self.facts.function(*method).body {
            FunctionBody::Block(block) => block
                .iter()
                .any(|statement| matches!(statement.kind, Statement::Return(Some(_)))),
            FunctionBody::Expression(_) => true,
            FunctionBody::None => false,
        }
    }
}

/// Whether a call says in its name that it asks whether something is genuine.
pub(super) fn says_verified(call: &CallSite<'_>) -> bool {
    let lower = call.name.to_ascii_lowercase();
    VERIFIES.iter().any(|word| lower.contains(word))
}

fn last_name(facts: &ModuleFacts, id: ExpressionId) -> Option<&str> {
    match facts.expression(id) {
        Expression::Identifier { name, .. } => Some(name),
        Expression::Member { property, .. } => Some(&property.text),
        _ => None,
    }
}
