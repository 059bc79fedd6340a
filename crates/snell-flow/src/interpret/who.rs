//! Calls that give back who asks: a session, a verified token, the store of a request.

use snell_extract::facts::{Argument, BindingKind, Expression, ExpressionId};
use snell_project::{module::Symbol, types::Type};

use super::Frame;

/// Keys of a request's store that hold who asks.
const KEPT: [&str; 9] = [
    "user",
    "userid",
    "auth",
    "account",
    "session",
    "principal",
    "tenant",
    "tenantid",
    "organization",
];

/// Functions that give back who is signed in.
const SESSION_CALLS: [&str; 9] = [
    "auth",
    "getServerSession",
    "unstable_getServerSession",
    "getSession",
    "getServerAuthSession",
    "getAuth",
    "currentUser",
    "getCurrentUser",
    "getUser",
];

/// Functions that verify a token and give back what it says.
const TOKEN_CALLS: [&str; 6] = [
    "verify",
    "verifyAsync",
    "jwtVerify",
    "jwtDecrypt",
    "verifyToken",
    "unsealData",
];

/// Words in the names of packages that have them.
const TOKEN_PACKAGES: [&str; 5] = ["jwt", "jsonwebtoken", "jose", "clerk", "iron-session"];

/// Words in the names of packages that have them.
const SESSION_PACKAGES: [&str; 6] = ["auth", "clerk", "session", "lucia", "kinde", "workos"];

impl Frame<'_, '_> {
    /// `await auth()`, `getServerSession(options)`: a function of a package that
    /// gives back who is signed in.
    pub(super) fn asks_who_is_signed_in(&self, callee: ExpressionId) -> bool {
        let Expression::Identifier {
            name,
            binding: Some(binding),
        } = self.facts().expression(callee)
        else {
            return false;
        };
        let modules = &self.interpreter.project.modules;
        SESSION_CALLS.contains(&name.as_str())
            && match modules.binding(self.module, *binding) {
                Symbol::External { specifier, .. } => {
                    let lower = specifier.to_ascii_lowercase();
                    SESSION_PACKAGES.iter().any(|word| lower.contains(word))
                }
                // `export const { auth } = NextAuth(...)`
                Symbol::Variable(variable) => matches!(
                    &modules.facts(variable.module).binding(variable.id).kind,
                    BindingKind::Variable { init: Some(init), .. } if !init.path.is_empty()
                ),
                _ => false,
            }
    }

    /// `cls.get('user.id')`: what a guard left in the store of the request.
    pub(super) fn is_kept_identity(&self, callee: ExpressionId, arguments: &[Argument]) -> bool {
        let facts = self.facts();
        let Expression::Member {
            object, property, ..
        } = facts.expression(callee)
        else {
            return false;
        };
        let key = arguments.first().map(|first| facts.expression(first.value));
        let Some(Expression::String(key)) = key else {
            return false;
        };
        let first = key
            .split('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        property.text == "get"
            && KEPT.contains(&first.as_str())
            && matches!(
                self.interpreter.types.of(self.at(*object)),
                Type::External(specifier, _) if specifier.contains("cls")
            )
    }

    /// `jwt.verify(token, secret)`, `await jwtVerify(token, key)`: what a token says
    /// that was verified is who asks.
    pub(super) fn verifies_token(&self, callee: ExpressionId) -> bool {
        let facts = self.facts();
        let modules = &self.interpreter.project.modules;
        let external = |id: ExpressionId| match facts.expression(id) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match modules.binding(self.module, *binding) {
                Symbol::External { specifier, .. } => Some(specifier),
                _ => None,
            },
            _ => None,
        };
        let (name, specifier) = match facts.expression(callee) {
            Expression::Identifier { name, .. } => (name, external(callee)),
            Expression::Member {
                object, property, ..
            } => {
                let specifier = external(*object).or_else(|| {
                    match self.interpreter.types.of(self.at(*object)) {
                        Type::External(specifier, _) => Some(specifier),
                        _ => None,
                    }
                });
                (&property.text, specifier)
            }
            _ => return false,
        };
        TOKEN_CALLS.contains(&name.as_str())
            && specifier.is_some_and(|specifier| {
                let lower = specifier.to_ascii_lowercase();
                TOKEN_PACKAGES.iter().any(|word| lower.contains(word))
            })
    }
}
