//! Guards that set nobody apart whose rows are looked at: those that let everybody through, and
//! those that ask in which state an account is.

use snell_extract::facts::{
    BinaryOperator, Block, Expression, ExpressionId, FunctionBody, MemberKind, ModuleFacts,
    Statement, StatementNode, UnaryOperator,
    walk::{Visitor, walk_block, walk_expression, walk_statement},
};

use super::scan;
use crate::module::{ClassRef, Modules};

/// Words for what somebody who has not signed in does not send.
const PROOFS: [&str; 8] = [
    "token", "header", "authoriz", "bearer", "jwt", "user", "session", "cookie",
];

/// Words of code that finds out, or knows, who asks.
const WHO: [&str; 22] = [
    "token",
    "auth",
    "bearer",
    "jwt",
    "user",
    "session",
    "cookie",
    "secret",
    "credential",
    "password",
    "principal",
    "member",
    "account",
    "identity",
    "claim",
    "login",
    "verif",
    "passport",
    "signature",
    "key",
    "decode",
    "(request)",
];

/// Words for states of an account. Everybody may come to be in one of these.
const STATES: [&str; 14] = [
    "verif", "activ", "confirm", "enabled", "onboard", "complet", "banned", "block", "suspend",
    "subscri", "premium", "paid", "trial", "expire",
];

/// Methods that lead to the request, and those that tell what happened.
const PLAIN: [&str; 16] = [
    "switchToHttp",
    "switchToWs",
    "getRequest",
    "getContext",
    "getClient",
    "getResponse",
    "create",
    "getType",
    "getHandler",
    "getClass",
    "log",
    "debug",
    "warn",
    "error",
    "verbose",
    "info",
];

/// What the method of a guard that decides does.
#[derive(Default)]
struct Body {
    /// What it gives back.
    returns: Vec<ExpressionId>,
    throws: bool,
    /// What it calls that is not plain.
    calls: usize,
    /// It lets through who has not proved to be anybody: `if (!token) return true`.
    lets_through_unproved: bool,
    /// It compares with a text, or looks whether a list holds something: a role, a plan.
    compares: bool,
}

/// Whether a guard lets everybody through, signed in or not.
pub(super) fn lets_everybody_through(modules: &Modules, class: ClassRef) -> bool {
    let facts = modules.facts(class.module);
    let Some(body) = body(facts, class) else {
        return false;
    };
    let is_true = |id: &ExpressionId| *facts.expression(*id) == Expression::Boolean(true);
    !body.throws
        && !body.returns.is_empty()
        && body.returns.iter().all(is_true)
        // What is called may throw, for those who have sent something.
        && (body.calls == 0 || body.lets_through_unproved)
}

/// Whether a guard puts on the request what the client says of itself (a tenant, a language, the number of a request),
/// and looks at nothing that proves who asks: it signs nobody in.
pub(super) fn notes_alone(modules: &Modules, class: ClassRef) -> bool {
    let declared = modules.facts(class.module).class(class.id);
    let span = declared.span;
    declared.extends.is_none()
        && declared.member("canActivate").is_some()
        && !scan::assigned_on_request(modules, class.module, span).is_empty()
        && !scan::words(modules, class.module, span)
            .iter()
            .any(|word| has_any(word, &WHO))
}

/// Whether what stands before endpoints may find out who asks: a guard, or what looks at something that proves it. A
/// middleware that looks at a header for a language puts nobody on the request.
pub(super) fn may_sign_in(modules: &Modules, class: ClassRef) -> bool {
    let declared = modules.facts(class.module).class(class.id);
    declared.extends.is_some()
        || declared.member("canActivate").is_some()
        || declared.member("handleRequest").is_some()
        || scan::words(modules, class.module, declared.span)
            .iter()
            .any(|word| has_any(word, &WHO))
}

/// Whether a guard of Passport takes it that nobody is signed in: its own `handleRequest` throws nothing, neither itself
/// nor by that of its base (<https://docs.nestjs.com/recipes/passport#extending-guards>).
pub(super) fn takes_nobody(modules: &Modules, class: ClassRef) -> bool {
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    let Some(MemberKind::Method(method)) = declared.member("handleRequest").map(|own| &own.kind)
    else {
        return false;
    };
    let FunctionBody::Block(block) = &facts.function(*method).body else {
        return false;
    };
    let mut found = Body::default();
    walk_block(&mut found, facts, block);
    declared.extends.is_some() && !found.throws && found.calls == 0 && !found.returns.is_empty()
}

/// Whether a guard asks who is signed in for no more than the state of their account.
pub(super) fn asks_for_a_state(modules: &Modules, class: ClassRef) -> bool {
    let facts = modules.facts(class.module);
    let Some(body) = body(facts, class).filter(|body| body.calls == 0 && !body.compares) else {
        return false;
    };
    let span = facts.class(class.id).span;
    let mut read = scan::inside(modules, class.module, span);
    (body.throws || !body.returns.is_empty())
        && read.any(|(_, node)| {
            matches!(&node.kind, Expression::Member { property, .. }
                if has_any(&property.text, &STATES))
        })
}

fn has_any(name: &str, words: &[&str]) -> bool {
    let lower = name.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word))
}

fn body(facts: &ModuleFacts, class: ClassRef) -> Option<Body> {
    let MemberKind::Method(method) = facts.class(class.id).member("canActivate")?.kind else {
        return None;
    };
    let mut found = Body::default();
    match &facts.function(method).body {
        FunctionBody::Block(block) => walk_block(&mut found, facts, block),
        _ => return None,
    }
    Some(found)
}

impl Visitor for Body {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::Return(Some(value)) => self.returns.push(*value),
            Statement::Throw(_) => self.throws = true,
            Statement::If { test, then, .. } => {
                self.lets_through_unproved |=
                    is_missing_proof(facts, *test) && gives_true(facts, then);
            }
            _ => {}
        }
        walk_statement(self, facts, statement);
    }

    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Call { callee, .. } => {
                let name = match facts.expression(*callee) {
                    Expression::Member { property, .. } => property.text.as_str(),
                    _ => "",
                };
                self.calls += usize::from(!PLAIN.contains(&name));
            }
            Expression::Binary {
                operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                left,
                right,
            } => {
                let sides = [left, right].map(|id| facts.expression(facts.unwrap_casts(*id)));
                let of_state = sides
                    .iter()
                    .any(|side| matches!(side, Expression::String(text) if has_any(text, &STATES)));
                let text = |side: &&Expression| {
                    matches!(side, Expression::String(_) | Expression::Member { .. })
                };
                self.compares |= !of_state && sides.iter().all(text);
            }
            _ => {}
        }
        walk_expression(self, facts, id);
    }
}

/// `!token`, `!request.headers['authorization']`
fn is_missing_proof(facts: &ModuleFacts, test: ExpressionId) -> bool {
    let Expression::Unary {
        operator: UnaryOperator::Not,
        operand,
    } = facts.expression(facts.unwrap_casts(test))
    else {
        return false;
    };
    let mut part = facts.unwrap_casts(*operand);
    loop {
        part = match facts.expression(part) {
            Expression::Identifier { name, .. } => return has_any(name, &PROOFS),
            Expression::Member {
                object, property, ..
            } => {
                if has_any(&property.text, &PROOFS) {
                    return true;
                }
                facts.unwrap_casts(*object)
            }
            Expression::Index { object, index, .. } => {
                if matches!(facts.expression(*index), Expression::String(text) if has_any(text, &PROOFS))
                {
                    return true;
                }
                facts.unwrap_casts(*object)
            }
            _ => return false,
        };
    }
}

/// Whether a block ends by letting through.
fn gives_true(facts: &ModuleFacts, block: &Block) -> bool {
    block.last().is_some_and(|last| {
        matches!(&last.kind, Statement::Return(Some(value))
            if *facts.expression(*value) == Expression::Boolean(true))
    })
}
