//! Calls that give back who asks: a session, a verified token, the store of a request.

use smol_str::SmolStr;
use snell_extract::facts::{Argument, BindingKind, Expression, ExpressionId};
use snell_project::{
    module::{ExpressionRef, In, Symbol},
    types::Type,
};

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

/// Methods by which what such a package makes says who is signed in: `auth.api.getSession({ headers })`,
/// `supabase.auth.getUser()`, `lucia.validateSession(id)`.
const SESSION_METHODS: [&str; 6] = [
    "getSession",
    "getUser",
    "getClaims",
    "validateSession",
    "validateRequest",
    "authenticateRequest",
];

/// Words in the names of packages that have them. What `clerkClient.users.getUser(id)` gives back is
/// somebody, and not who asks.
const METHOD_PACKAGES: [&str; 7] = [
    "better-auth",
    "supabase",
    "lucia",
    "iron-session",
    "next-auth",
    "auth0",
    "@auth/",
];

/// How far the package that made a value is looked for.
const MAKER_DEPTH: u32 = 10;

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

    /// `auth.api.getSession({ headers })`: a method of what such a package made.
    pub(super) fn asks_what_was_made(&self, callee: ExpressionId) -> bool {
        let facts = self.facts();
        let Expression::Member {
            object, property, ..
        } = facts.expression(callee)
        else {
            return false;
        };
        if !SESSION_METHODS.contains(&property.text.as_str()) {
            return false;
        }
        let maker = self.made_by(self.at(*object), MAKER_DEPTH);
        maker.is_some_and(|specifier| METHOD_PACKAGES.iter().any(|word| specifier.contains(word)))
    }

    /// The package that made a value: of `betterAuth({...})`, of what a function of one's own makes by it.
    fn made_by(&self, at: ExpressionRef, depth: u32) -> Option<SmolStr> {
        let depth = depth.checked_sub(1)?;
        let modules = &self.interpreter.project.modules;
        let here = |id: ExpressionId| In {
            module: at.module,
            id,
        };
        match modules.facts(at.module).expression(at.id) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match modules.binding(at.module, *binding) {
                Symbol::External { specifier, .. } => Some(specifier),
                Symbol::Variable(of) => match &modules.facts(of.module).binding(of.id).kind {
                    BindingKind::Variable {
                        init: Some(init), ..
                    } if init.path.is_empty() => self.made_by(
                        In {
                            module: of.module,
                            id: init.value,
                        },
                        depth,
                    ),
                    _ => None,
                },
                _ => None,
            },
            Expression::Member { object, .. } => self.made_by(here(*object), depth),
            Expression::Await(value) | Expression::Cast { value, .. } => {
                self.made_by(here(*value), depth)
            }
            Expression::New { callee, .. } => self.made_by(here(*callee), depth),
            Expression::Call { callee, .. } => match self.interpreter.types.of(here(*callee)) {
                Type::Function(function) => {
                    let declared = modules.facts(function.module).function(function.id);
                    let given = declared.body.returned();
                    given.into_iter().find_map(|id| {
                        self.made_by(
                            In {
                                module: function.module,
                                id,
                            },
                            depth,
                        )
                    })
                }
                _ => self.made_by(here(*callee), depth),
            },
            _ => None,
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
