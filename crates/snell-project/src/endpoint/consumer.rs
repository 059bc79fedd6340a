//! Middlewares that a module puts before controllers by name:
//! `consumer.apply(AuthMiddleware).forRoutes(NotesController)`.

use rustc_hash::FxHashMap;
use snell_extract::facts::{Argument, Element, Expression, ExpressionId};

use super::{
    guard, scan,
    sent::{self, SentKey},
};
use crate::module::{ClassRef, In, ModuleId, Modules, Symbol};

/// Properties of a request that hold who is signed in.
const WHO: [&str; 7] = [
    "user",
    "auth",
    "session",
    "account",
    "principal",
    "member",
    "identity",
];

/// The controllers before which a middleware signs in, and what these middlewares look at of what
/// the client sent. Routes that are named by a path are left out: what else lies below it is not known.
pub(super) fn signed_in(modules: &Modules) -> FxHashMap<ClassRef, Vec<SentKey>> {
    let mut found: FxHashMap<ClassRef, Vec<SentKey>> = FxHashMap::default();
    for (module, owner) in modules.iter() {
        for node in &owner.facts.expressions {
            let Expression::Call {
                callee, arguments, ..
            } = &node.kind
            else {
                continue;
            };
            let Some(applied) = applied(modules, module, *callee) else {
                continue;
            };
            let checks: Vec<SentKey> = applied
                .iter()
                .filter_map(|argument| middleware(modules, module, argument))
                .flatten()
                .collect();
            let signs_in = applied
                .iter()
                .any(|argument| middleware(modules, module, argument).is_some());
            if signs_in {
                for class in controllers(modules, module, arguments) {
                    found.entry(class).or_default().extend(checks.clone());
                }
            }
        }
    }
    found
}

/// What `apply` is handed in `consumer.apply(...).forRoutes`; where some routes are left out it is
/// not known which.
fn applied(modules: &Modules, module: ModuleId, callee: ExpressionId) -> Option<&[Argument]> {
    let facts = modules.facts(module);
    let Expression::Member {
        object, property, ..
    } = facts.expression(callee)
    else {
        return None;
    };
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(*object)
    else {
        return None;
    };
    let applies = matches!(facts.expression(*callee),
        Expression::Member { property, .. } if property.text == "apply");
    (property.text == "forRoutes" && applies).then_some(arguments)
}

/// What a middleware's class looks at of what the client sent, when it puts who is signed in on the
/// request and refuses all others.
fn middleware(modules: &Modules, module: ModuleId, argument: &Argument) -> Option<Vec<SentKey>> {
    let at = In {
        module,
        id: argument.value,
    };
    let Symbol::Class(class) = scan::symbol(modules, at) else {
        return None;
    };
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    declared.member("use")?;
    let puts = scan::assigned_on_request(modules, class.module, declared.span);
    let who = puts.iter().any(|name| WHO.contains(&name.as_str()));
    let refuses = scan::inside(modules, class.module, declared.span).any(|(_, node)| {
        let Expression::New { callee, .. } = node.kind else {
            return false;
        };
        let named = In {
            module: class.module,
            id: callee,
        };
        let name = guard::label(modules, named).to_ascii_lowercase();
        ["unauthorized", "forbidden"]
            .iter()
            .any(|word| name.contains(word))
    });
    (who && refuses).then(|| sent::keys(modules, class))?
}

/// The controllers among what `forRoutes` is handed, one by one or as a list that is spread.
fn controllers(modules: &Modules, module: ModuleId, arguments: &[Argument]) -> Vec<ClassRef> {
    let class = |module: ModuleId, id: ExpressionId| match scan::symbol(modules, In { module, id })
    {
        Symbol::Class(class) => Some(class),
        _ => None,
    };
    let mut found = Vec::new();
    for argument in arguments {
        if !argument.spread {
            found.extend(class(module, argument.value));
            continue;
        }
        let list = In {
            module,
            id: argument.value,
        };
        let Some(list) = scan::initial(modules, &scan::symbol(modules, list)) else {
            continue;
        };
        let facts = modules.facts(list.module);
        let Expression::Array(elements) = facts.expression(facts.unwrap_casts(list.id)) else {
            continue;
        };
        found.extend(elements.iter().filter_map(|element| match element {
            Element::Value(value) => class(list.module, *value),
            Element::Spread(_) | Element::Hole => None,
        }));
    }
    found
}
