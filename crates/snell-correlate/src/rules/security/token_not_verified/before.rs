//! What else may have verified the token before a guard believes it.

use snell_extract::facts::{ClassId, Expression, ExpressionKind, ModuleFacts};
use snell_project::module::{In, ModuleId, Symbol};

use super::decoded::says_verified;
use crate::{
    rule::Context,
    rules::security::calls::{self, CallSite},
};

/// Where guards stand.
pub(super) struct Before {
    /// Classes that stand first, or alone, in some `UseGuards`.
    first: Vec<In<ClassId>>,
    /// Classes that stand before everything.
    global: Vec<In<ClassId>>,
    /// Something verifies tokens somewhere.
    verifies: bool,
    /// Something is imported by which people are signed in with more than a name.
    signs: bool,
}

/// Packages that sign and verify tokens, or keep sessions.
const SIGNS: [&str; 9] = [
    "@nestjs/jwt",
    "jsonwebtoken",
    "jose",
    "passport",
    "@nestjs/passport",
    "express-session",
    "@fastify/secure-session",
    "better-auth",
    "@clerk",
];

/// Words in the routes by which people sign in.
const DOORS: [&str; 6] = ["login", "signin", "signup", "register", "oauth", "auth"];

impl Before {
    pub(super) fn find(context: &Context<'_>) -> Self {
        let mut before = Before {
            first: Vec::new(),
            global: Vec::new(),
            verifies: false,
            signs: false,
        };
        for (module, facts) in calls::modules(context) {
            before.verifies |= calls::imports(facts, &["passport-jwt", "@clerk", "express-jwt"]);
            before.signs |= calls::imports(facts, &SIGNS);
            for call in calls::of_module(module, facts) {
                before.verifies |= is_of_tokens(&call);
                match call.name {
                    "UseGuards" => {
                        let beside = guarded_around(facts, &call);
                        let first = call.arguments.first().filter(|_| !beside);
                        before
                            .first
                            .extend(first.and_then(|first| class(context, module, first.value)));
                    }
                    "useGlobalGuards" => {
                        let given = call.arguments.iter();
                        before
                            .global
                            .extend(given.filter_map(|one| class(context, module, one.value)));
                    }
                    _ => {}
                }
            }
            before.global.extend(provided(context, module, facts));
        }
        before
    }

    /// Whether people sign in at the application itself, and it gives nobody anything that proves who they are: then
    /// nothing in front of it can know better.
    pub(super) fn signs_in_by_name(&self, context: &Context<'_>) -> bool {
        let mut endpoints = context.project.endpoints.iter();
        !self.signs
            && !self.verifies
            && endpoints.any(|endpoint| {
                let lower = endpoint.name.to_ascii_lowercase().replace(['-', '_'], "");
                let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
                endpoint.name.starts_with("POST ")
                    && (endpoint.access.public.is_some() || endpoint.access.asks_nothing())
                    && words.any(|word| DOORS.contains(&word))
            })
    }

    /// Why something else may have verified what a guard believes.
    pub(super) fn may_verify(
        &self,
        context: &Context<'_>,
        class: In<ClassId>,
        middleware: bool,
    ) -> Option<&'static str> {
        let mut others = self.global.iter().filter(|global| **global != class);
        let others = others.any(|other| may_prove(context, *other));
        if middleware {
            return self
                .verifies
                .then_some("something else of the application verifies tokens");
        }
        if self.global.contains(&class) {
            return others.then_some("another guard stands before all endpoints as well");
        }
        if others {
            return Some("another guard stands before all endpoints");
        }
        (!self.first.contains(&class)).then_some(
            "no endpoint is known before which it stands first: another guard may verify the token",
        )
    }
}

/// Words of what proves who somebody is, and of those who ask for it.
const PROOFS: [&str; 12] = [
    "authoriz", "cookie", "token", "secret", "sign", "hmac", "session", "jwt", "verif", "auth",
    "passport", "apikey",
];

/// Whether a guard speaks of anything that could prove who asks, or has what it does from another class: one
/// that looks a tenant up, or asks for a role, proves nothing.
fn may_prove(context: &Context<'_>, class: In<ClassId>) -> bool {
    let modules = &context.project.modules;
    let declared = modules.facts(class.module).class(class.id);
    let text = context.text(modules.at(class.module, declared.span));
    let said = text
        .to_ascii_lowercase()
        .replace("unauthorizedexception", "");
    declared.extends.is_some() || PROOFS.iter().any(|word| said.contains(word))
}

/// Whether a call says that it verifies a token: `verify`, `verifyAsync`, `jwtVerify`.
fn is_of_tokens(call: &CallSite<'_>) -> bool {
    says_verified(call) && call.name.to_ascii_lowercase().contains("verif")
}

/// Whether the class around a `UseGuards` at a method has others at itself.
fn guarded_around(facts: &ModuleFacts, call: &CallSite<'_>) -> bool {
    let at = facts.span(call.at);
    facts.classes.iter().any(|class| {
        let own = class.members.iter().flat_map(|member| &member.decorators);
        let mut own = own.map(|decorator| decorator.expression);
        own.any(|decorator| decorator == call.at || facts.span(decorator) == at)
            && class
                .decorators
                .iter()
                .any(|decorator| decorator.name == "UseGuards")
    })
}

/// `{ provide: APP_GUARD, useClass: X }`
fn provided<'a>(
    context: &'a Context<'a>,
    module: ModuleId,
    facts: &'a ModuleFacts,
) -> impl Iterator<Item = In<ClassId>> + 'a {
    let objects = facts.all([ExpressionKind::Object]);
    objects.filter_map(move |(object, _)| {
        let token = calls::property(facts, object, "provide")?;
        let (Expression::Identifier { name, .. } | Expression::String(name)) =
            facts.expression(token)
        else {
            return None;
        };
        let given = calls::property(facts, object, "useClass")
            .or_else(|| calls::property(facts, object, "useExisting"))?;
        (name == "APP_GUARD").then(|| class(context, module, given))?
    })
}

/// The class that a name, or a `new` of it, stands for.
fn class(
    context: &Context<'_>,
    module: ModuleId,
    id: snell_extract::facts::ExpressionId,
) -> Option<In<ClassId>> {
    let facts = context.project.modules.facts(module);
    let id = facts.unwrap_casts(id);
    let named = match facts.expression(id) {
        Expression::New { callee, .. } => *callee,
        _ => id,
    };
    match calls::root_symbol(context.project, module, named) {
        Symbol::Class(class) => Some(class),
        _ => None,
    }
}
