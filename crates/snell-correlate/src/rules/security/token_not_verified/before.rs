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
}

impl Before {
    pub(super) fn find(context: &Context<'_>) -> Self {
        let mut before = Before {
            first: Vec::new(),
            global: Vec::new(),
            verifies: false,
        };
        for (module, facts) in calls::modules(context) {
            before.verifies |= calls::imports(facts, &["passport-jwt", "@clerk", "express-jwt"]);
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

    /// Why something else may have verified what a guard believes.
    pub(super) fn may_verify(&self, class: In<ClassId>, middleware: bool) -> Option<&'static str> {
        let others = self.global.iter().any(|global| *global != class);
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
