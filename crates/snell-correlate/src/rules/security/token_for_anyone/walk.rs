//! What an endpoint does before it signs a token, and whether the client is given it.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId, ExpressionKind};
use snell_flow::{
    Event, EventKind, Fact, Query, Root, Summary, Value,
    scope::{Key, Origin, origins},
};
use snell_project::{
    Project,
    module::{ExpressionRef, In, ModuleId, Symbol},
    types::{Type, Types},
};

use crate::{functions, rule::Context, rules::security::calls, support::refusal::refuses_nobody};

/// A token that the client is given.
pub(super) struct Signed<'f> {
    /// The call that signs.
    pub(super) at: ExpressionRef,
    /// What it says.
    pub(super) payload: &'f Value,
    /// The calls that lead to it.
    pub(super) trail: Vec<ExpressionRef>,
    /// Some row was looked up before.
    pub(super) looks_up: bool,
    /// Calls before that take a token apart and verify nothing, with the token.
    pub(super) decoded: Vec<(ExpressionRef, &'f Value)>,
}

/// Words in the names of calls that ask for a proof, or may.
const ASKS: [&str; 15] = [
    "verif",
    "valid",
    "compare",
    "check",
    "authenticate",
    "confirm",
    "match",
    "assert",
    "ensure",
    "captcha",
    "decode",
    "decrypt",
    "exchange",
    "login",
    "signin",
];

/// Words in the names of what proves who somebody is.
const PROOFS: [&str; 22] = [
    "pass",
    "pwd",
    "code",
    "otp",
    "pin",
    "token",
    "signature",
    "initdata",
    "assertion",
    "credential",
    "secret",
    "hash",
    "proof",
    "nonce",
    "ticket",
    "state",
    "auth",
    "jwt",
    "apikey",
    "challenge",
    "answer",
    "sig",
];

/// Functions that say what a token holds and ask nobody who wrote it.
const DECODES: [&str; 4] = ["decode", "decodeJwt", "jwtDecode", "jwt_decode"];

/// Calls that hand something to the client.
const ANSWERS: [&str; 6] = ["json", "send", "cookie", "setcookie", "header", "end"];

/// Deeper calls are not looked into.
pub(super) const DEPTH: usize = 12;

/// The first token that an endpoint signs and gives to the client, when nothing before it may
/// have asked for a proof.
pub(super) fn signed<'f>(context: &Context<'_>, summary: &'f Summary) -> Option<Signed<'f>> {
    let mut walker = Walker {
        project: context.project,
        found: None,
        asked: false,
        looks_up: false,
        decoded: Vec::new(),
    };
    walker.summary(summary, &mut Vec::new());
    let found = walker.found.filter(|_| !walker.asked)?;
    is_given(context.project, summary, found.at, 0).then_some(found)
}

struct Walker<'p, 'f> {
    project: &'p Project,
    found: Option<Signed<'f>>,
    /// Something before may have asked for a proof.
    asked: bool,
    looks_up: bool,
    decoded: Vec<(ExpressionRef, &'f Value)>,
}

impl<'f> Walker<'_, 'f> {
    fn summary(&mut self, summary: &'f Summary, trail: &mut Vec<ExpressionRef>) {
        for event in &summary.events {
            if self.found.is_some() || self.asked {
                return;
            }
            self.event(event, trail);
        }
    }

    fn event(&mut self, event: &'f Event, trail: &mut Vec<ExpressionRef>) {
        self.asked |= event.facts.iter().any(decides);
        match &event.kind {
            EventKind::Query(query) => {
                self.looks_up = true;
                self.asked |= names_proof(self.project, query);
            }
            EventKind::Call { at, summary } => {
                let name = functions::name(self.project, summary.function);
                let name = name.rsplit('.').next().unwrap_or(&name);
                // The way into the endpoint's own service is called as the endpoint is.
                let named = !trail.is_empty() && says(name) || asks_by_name(name);
                self.asked |=
                    summary.cut || named && !refuses_nobody(self.project, summary.function);
                if trail.len() < DEPTH {
                    trail.push(*at);
                    self.summary(summary, trail);
                    trail.pop();
                } else {
                    self.asked = true;
                }
            }
            EventKind::Unfollowed { at, arguments } => {
                if is_sign(self.project, *at) {
                    if let Some(payload) = arguments.first() {
                        self.found = Some(Signed {
                            at: *at,
                            payload,
                            trail: trail.clone(),
                            looks_up: self.looks_up,
                            decoded: self.decoded.clone(),
                        });
                    }
                    return;
                }
                if let Some(token) = arguments.first()
                    && is_decode(self.project, *at)
                {
                    self.asked |= verifies_beside(self.project, *at);
                    self.decoded.push((*at, token));
                    return;
                }
                self.asked |= name_of(self.project, *at).is_some_and(|name| says(&name))
                    || arguments.iter().any(holds_proof);
            }
            EventKind::Check { facts } => self.asked |= facts.iter().any(decides),
            EventKind::Answer { .. } | EventKind::Return { .. } => {}
        }
    }
}

fn says(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ASKS.iter().any(|word| lower.contains(word))
}

/// The same without what the endpoint itself may be called.
fn asks_by_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let others = ["login", "signin", "authenticate"];
    says(name) && !others.iter().any(|word| lower.contains(word))
}

/// Whether a column says what state somebody is in: that proves nothing of who calls.
fn says_state(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [
        "active", "block", "status", "delet", "ban", "enabled", "suspend",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// Whether a fact says more than that something is there.
pub(super) fn decides(fact: &Fact) -> bool {
    match fact {
        // Which of some ways the client asks for proves nothing.
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
            !(is_choice(a) && b.is_constant() || is_choice(b) && a.is_constant())
        }
        Fact::OneOf(groups) => groups.iter().flat_map(|group| group.iter()).any(decides),
        Fact::Truthy(value) | Fact::Falsy(value) => {
            let mut known = true;
            origins(value, &mut |origin| {
                known &= match origin {
                    Origin::Row(_, path) => path.last().is_none_or(|name| says_state(&name)),
                    Origin::Client(_) | Origin::Constant | Origin::Program => true,
                    _ => false,
                };
            });
            !known
        }
    }
}

/// Whether a value is what the client sent, and no proof: `body.type`.
fn is_choice(value: &Value) -> bool {
    let (mut sent, mut others) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(key) if !is_proof(&key) => sent = true,
        _ => others = true,
    });
    sent && !others
}

/// Whether something that proves who somebody is is handed on, or may be: all that was sent.
fn holds_proof(value: &Value) -> bool {
    let mut found = false;
    origins(value, &mut |origin| match origin {
        Origin::Client(key) => found |= is_proof(&key),
        Origin::Unknown => found = true,
        _ => {}
    });
    found
}

pub(super) fn is_proof(key: &Key) -> bool {
    match key.path.last() {
        Some(name) => {
            let lower = name.to_ascii_lowercase();
            PROOFS.iter().any(|word| lower.contains(word))
        }
        None => true,
    }
}

/// Whether a query finds rows by something that proves who somebody is, or may: what it writes proves nothing.
fn names_proof(project: &Project, query: &Query) -> bool {
    let operation = project.calls.get(query.call).operation;
    if operation.is_create() {
        return false;
    }
    query.arguments.iter().any(|given| {
        let filter = given.as_object().filter(|_| operation.is_write());
        let filter = filter.and_then(|given| given.entries.get("where"));
        holds_proof(filter.map_or(given, |filter| &filter.value))
    })
}

fn name_of(project: &Project, at: ExpressionRef) -> Option<String> {
    let facts = project.modules.facts(at.module);
    let callee = match facts.expression(at.id) {
        Expression::Call { callee, .. } => *callee,
        _ => return None,
    };
    match facts.expression(callee) {
        Expression::Member { property, .. } => Some(property.text.to_string()),
        Expression::Identifier { name, .. } => Some(name.to_string()),
        _ => None,
    }
}

/// `this.jwtService.sign(...)`, `jwt.sign(...)`
pub(in crate::rules) fn is_sign(project: &Project, at: ExpressionRef) -> bool {
    let facts = project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return false;
    };
    let named = name_of(project, at).is_some_and(|name| name == "sign" || name == "signAsync");
    if !named {
        return false;
    }
    let package = package_of(project, at.module, *callee);
    package.is_some_and(|package| matches!(package.as_str(), "@nestjs/jwt" | "jsonwebtoken"))
}

/// The package of what a call is called on, or of the function itself.
fn package_of(project: &Project, module: ModuleId, callee: ExpressionId) -> Option<SmolStr> {
    let facts = project.modules.facts(module);
    if let Expression::Member { object, .. } = facts.expression(callee) {
        let object = In {
            module,
            id: *object,
        };
        if let Type::External(specifier, _) = Types::new(&project.modules).of(object) {
            return Some(specifier);
        }
    }
    match calls::root_symbol(project, module, callee) {
        Symbol::External { specifier, .. } => Some(specifier),
        _ => None,
    }
}

/// `this.jwtService.decode(token)`, `decodeJwt(token)`: what a token says, whoever wrote it.
fn is_decode(project: &Project, at: ExpressionRef) -> bool {
    let facts = project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return false;
    };
    let named = name_of(project, at).is_some_and(|name| DECODES.contains(&name.as_str()));
    named
        && package_of(project, at.module, *callee).is_some_and(|package| {
            ["jwt", "jsonwebtoken", "jose"]
                .iter()
                .any(|word| package.contains(word))
        })
}

/// Whether the function around a call calls something that verifies as well.
fn verifies_beside(project: &Project, at: ExpressionRef) -> bool {
    let module = project.modules.get(at.module);
    let facts = &module.facts;
    let around = module.context.function(at.id);
    let around = around.map(|id| facts.outermost(id));
    let Some(span) = around.map(|id| facts.function(id).span) else {
        return true;
    };
    facts
        .all([ExpressionKind::Call])
        .any(|(_, node)| match &node.kind {
            Expression::Call { callee, .. } if span.contains(node.span) => {
                let name = match facts.expression(*callee) {
                    Expression::Member { property, .. } => property.text.as_str(),
                    Expression::Identifier { name, .. } => name.as_str(),
                    _ => "",
                };
                name.to_ascii_lowercase().contains("verif")
            }
            _ => false,
        })
}

/// `response.json(...)`, `res.status(200).send(...)`
fn is_answer(project: &Project, at: ExpressionRef) -> bool {
    let facts = project.modules.facts(at.module);
    let answers = name_of(project, at)
        .is_some_and(|name| ANSWERS.contains(&name.to_ascii_lowercase().as_str()));
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return false;
    };
    let mut part = *callee;
    loop {
        part = match facts.expression(part) {
            Expression::Member { object, .. } => *object,
            Expression::Call { callee, .. } => *callee,
            Expression::Identifier { name, .. } => {
                let lower = name.to_ascii_lowercase();
                let response = ["res", "response", "reply"];
                return answers && response.iter().any(|word| lower.starts_with(word));
            }
            _ => return false,
        };
    }
}

/// Whether an endpoint answers with the result of a call.
fn is_given(project: &Project, summary: &Summary, at: ExpressionRef, depth: usize) -> bool {
    let holds = |value: &Value| {
        let mut found = false;
        value.visit(&mut |value| {
            found |= matches!(value, Value::Opaque(opaque) if opaque.root == Root::Result(at));
        });
        found
    };
    summary.events.iter().any(|event| match &event.kind {
        EventKind::Return { value } => depth == 0 && holds(value),
        EventKind::Answer { value } => holds(value),
        EventKind::Unfollowed {
            at: call,
            arguments,
        } => is_answer(project, *call) && arguments.iter().any(holds),
        EventKind::Call { summary, .. } => {
            depth < DEPTH && is_given(project, summary, at, depth + 1)
        }
        _ => false,
    })
}
