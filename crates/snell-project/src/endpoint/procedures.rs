//! Procedures of tRPC: `protectedProcedure.input(schema).query(handler)`, with
//! the middlewares before them.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, MethodCall, Pattern, Property, UnaryOperator,
};

use super::{Access, Endpoint, EndpointKind, Given, guard, refusal, scan, sent};
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// What ends a procedure, and what it is then.
const ENDS: [&str; 3] = ["query", "mutation", "subscription"];
/// Procedures made of procedures.
const DEPTH: u32 = 48;

/// The procedures of a module.
pub(super) fn of_module(modules: &Modules, module: ModuleId) -> Vec<Endpoint> {
    let facts = modules.facts(module);
    let uses_trpc = |node: &snell_extract::facts::ExpressionNode| matches!(&node.kind, Expression::Member { property, .. } if ENDS.contains(&property.text.as_str()));
    if !facts
        .all([ExpressionKind::Member])
        .any(|(_, node)| uses_trpc(node))
    {
        return Vec::new();
    }
    let keys = keys(modules, module);
    let mut found = Vec::new();
    for (id, node) in facts.all([ExpressionKind::Call]) {
        let Some(MethodCall {
            object,
            property,
            arguments,
        }) = facts.method_call(&node.kind)
        else {
            continue;
        };
        let (true, [first]) = (ENDS.contains(&property.text.as_str()), arguments) else {
            continue;
        };
        let at = |id| In { module, id };
        let mut before = Before::default();
        if !is_procedure(modules, at(object), &mut before, DEPTH) {
            continue;
        }
        let mut access = before.access;
        access.authenticated |= before.perhaps && access.public.is_none();
        let Some(handler) = function(modules, at(first.value)) else {
            continue;
        };
        let name = keys.get(&id).cloned().unwrap_or_default();
        let router = router(&modules.get(module).path);
        let count = modules
            .facts(handler.module)
            .function(handler.id)
            .parameters
            .len();
        let parameters = (0..count).map(|n| match n {
            0 => Given::Procedure,
            _ => Given::Unknown,
        });
        found.push(Endpoint {
            handler,
            module,
            class: None,
            kind: EndpointKind::Procedure,
            name: format!("{} {router}.{name}", property.text).into(),
            at: modules.at(module, property.span),
            access,
            parameters: parameters.collect(),
        });
    }
    found
}

/// The name of the file without what it is: `article.router.ts` -> `article`.
fn router(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file)
}

/// The keys under which values stand in the objects of a module.
fn keys(modules: &Modules, module: ModuleId) -> FxHashMap<ExpressionId, SmolStr> {
    let mut keys = FxHashMap::default();
    for (_, node) in modules.facts(module).all([ExpressionKind::Object]) {
        let Expression::Object(properties) = &node.kind else {
            continue;
        };
        for property in properties {
            if let Property::Value { key, value, .. } = property
                && let Some(name) = key.name()
            {
                keys.insert(*value, name.text.clone());
            }
        }
    }
    keys
}

/// What stands before a procedure.
#[derive(Default)]
struct Before {
    access: Access,
    /// A middleware turns somebody away as if nobody were signed in, and does not ask whether
    /// anybody is: it does so where the procedure is not one that is for all.
    perhaps: bool,
}

/// Whether an expression is a procedure; what its middlewares do is added.
fn is_procedure(modules: &Modules, at: ExpressionRef, found: &mut Before, depth: u32) -> bool {
    let access = &mut found.access;
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let facts = modules.facts(at.module);
    let here = |id| In {
        module: at.module,
        id,
    };
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Call {
            callee, arguments, ..
        } => {
            let Expression::Member {
                object, property, ..
            } = facts.expression(*callee)
            else {
                return false;
            };
            if property.text == "use"
                && let Some(first) = arguments.first()
            {
                middleware(modules, here(first.value), found);
            }
            is_procedure(modules, here(*object), found, depth)
        }
        Expression::Member { property, .. } if property.text == "procedure" => true,
        Expression::Identifier { name, .. } => {
            let symbol = scan::symbol(modules, at);
            match scan::initial(modules, &symbol) {
                Some(init) => {
                    let mut before = Before::default();
                    if !is_procedure(modules, init, &mut before, depth) {
                        return false;
                    }
                    found.take(before, name);
                    true
                }
                // A procedure of a package that is not there: its name says what it does.
                None if matches!(symbol, Symbol::External { .. }) => {
                    let named = name.to_ascii_lowercase().ends_with("procedure");
                    if named {
                        by_name(name, access);
                    }
                    named
                }
                None => false,
            }
        }
        _ => false,
    }
}

impl Before {
    /// Takes over what stands before a procedure of this name, of which this one is made.
    fn take(&mut self, mut before: Before, name: &SmolStr) {
        let access = &mut self.access;
        let of = &mut before.access;
        access.checked.append(&mut of.checked);
        // Whom the middlewares of one that is for all turn away, they turn away for something
        // else than that nobody is signed in; and nobody has to be there whose a row could be.
        let for_all = name.to_ascii_lowercase().starts_with("public");
        if !for_all {
            access.authenticated |= of.authenticated;
            self.perhaps |= before.perhaps;
            access.restricted.append(&mut of.restricted);
            access.unknown.append(&mut of.unknown);
        }
        by_name(name, access);
        let told = of.public.take().or(for_all.then(|| name.clone()));
        let asked = access.authenticated || !access.restricted.is_empty();
        access.public = told.filter(|_| !asked);
    }
}

fn by_name(name: &str, access: &mut Access) {
    let lower = name.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    access.authenticated |= says(&["protected", "private", "authed", "authenticated", "guarded"]);
    if says(&["admin", "moderator", "staff", "superuser"]) {
        access.restricted.push(name.into());
    }
}

/// What a middleware does, by what it reads.
fn middleware(modules: &Modules, at: ExpressionRef, found: &mut Before) {
    let access = &mut found.access;
    let facts = modules.facts(at.module);
    let named = match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Call { callee, .. } => In {
            module: at.module,
            id: *callee,
        },
        _ => at,
    };
    let name = match facts.expression(facts.unwrap_casts(named.id)) {
        Expression::Identifier { name, .. } => name.clone(),
        Expression::Member { property, .. } => property.text.clone(),
        _ => "a middleware".into(),
    };
    let Some((module, span)) = body(modules, at, DEPTH).or_else(|| body(modules, named, DEPTH))
    else {
        unseen(name, access);
        return;
    };
    match sent::inputs(modules, module, span) {
        Some(keys) if keys.is_empty() => {}
        looks => match (refusal::may_refuse(modules, module, span), looks) {
            // What looks at the input and refuses nobody for it caches, counts or fills in.
            (false, None) if !sets_input(modules, module, span) => {}
            (_, Some(keys)) => access.checked.extend(keys),
            (_, None) => {
                access.unknown.push(name);
                return;
            }
        },
    }
    let reads = scan::properties(modules, module, span);
    let says = |words: &[&str]| {
        let lower = name.to_ascii_lowercase();
        words.iter().any(|word| lower.contains(word))
            || reads
                .iter()
                .any(|read| words.contains(&read.to_ascii_lowercase().as_str()))
    };
    let refuses = refusal(modules, module, span);
    // What asks who is signed in may turn away those as well whose account is closed.
    let signs_in = refuses.contains(&"UNAUTHORIZED") && guard::signs_in_by_name(&name);
    if refuses.contains(&"FORBIDDEN") && !signs_in
        || says(&[
            "role",
            "roles",
            "permission",
            "permissions",
            "ismoderator",
            "isadmin",
            "moderator",
            "admin",
        ]) && !refuses.is_empty()
    {
        access.restricted.push(name);
    } else if signs_in || !refuses.is_empty() && asks_for_somebody(modules, module, span) {
        access.authenticated = true;
    } else {
        found.perhaps |= !refuses.is_empty();
    }
}

/// `!ctx.user`, `session === null`: whether it is asked that somebody is signed in.
fn asks_for_somebody(modules: &Modules, module: ModuleId, span: snell_source::Span) -> bool {
    let facts = modules.facts(module);
    let is_who = |id: ExpressionId| {
        let at = In {
            module,
            id: facts.unwrap_casts(id),
        };
        let name = guard::label(modules, at).to_ascii_lowercase();
        let who = ["user", "session", "account", "principal", "viewer", "auth"];
        who.iter().any(|word| name.contains(word))
    };
    let is_nothing = |id: ExpressionId| {
        matches!(
            facts.expression(id),
            Expression::Null | Expression::Undefined
        )
    };
    scan::inside(modules, module, span).any(|(_, node)| match &node.kind {
        Expression::Unary {
            operator: UnaryOperator::Not,
            operand,
        } => is_who(*operand),
        Expression::Binary { left, right, .. } => {
            is_who(*left) && is_nothing(*right) || is_nothing(*left) && is_who(*right)
        }
        _ => false,
    })
}

/// A middleware that is not there, by its name.
fn unseen(name: SmolStr, access: &mut Access) {
    if refusal::is_beside(&name) {
    } else if guard::signs_in_by_name(&name) {
        access.authenticated = true;
    } else {
        access.unknown.push(name);
    }
}

/// Whether a middleware puts something into the input: it may be who asks.
fn sets_input(modules: &Modules, module: ModuleId, span: snell_source::Span) -> bool {
    let facts = modules.facts(module);
    let is_input = |id: ExpressionId| match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => name.to_ascii_lowercase().ends_with("input"),
        Expression::Member { property, .. } => {
            property.text.to_ascii_lowercase().ends_with("input")
        }
        _ => false,
    };
    scan::inside(modules, module, span).any(|(_, node)| match &node.kind {
        Expression::Assign { target, .. } => match **target {
            Pattern::Expression(place) => match facts.expression(place) {
                Expression::Member { object, .. } | Expression::Index { object, .. } => {
                    is_input(*object)
                }
                _ => false,
            },
            _ => false,
        },
        // `Object.assign(input, ...)`, `next({ input: ... })`
        Expression::Call {
            callee, arguments, ..
        } => {
            let called = facts.expression(*callee);
            let assigns =
                matches!(called, Expression::Member { property, .. } if property.text == "assign");
            assigns && arguments.first().is_some_and(|first| is_input(first.value))
        }
        Expression::Object(properties) => properties.iter().any(|property| match property {
            Property::Value { key, .. } => key.name().is_some_and(|key| {
                matches!(key.text.as_str(), "input" | "rawInput" | "getRawInput")
            }),
            _ => false,
        }),
        _ => false,
    })
}

/// How a middleware refuses: the codes that it throws.
fn refusal(modules: &Modules, module: ModuleId, span: snell_source::Span) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (_, node) in scan::inside(modules, module, span) {
        match &node.kind {
            Expression::String(text) if text == "UNAUTHORIZED" => found.push("UNAUTHORIZED"),
            Expression::String(text) if text == "FORBIDDEN" => found.push("FORBIDDEN"),
            Expression::Identifier { name, .. }
                if name.to_ascii_lowercase().contains("authorizationerror")
                    || name.to_ascii_lowercase().contains("unauthorized") =>
            {
                found.push("UNAUTHORIZED");
            }
            _ => {}
        }
    }
    found
}

/// The text of the function that a middleware is made of.
fn body(
    modules: &Modules,
    at: ExpressionRef,
    depth: u32,
) -> Option<(ModuleId, snell_source::Span)> {
    let depth = depth.checked_sub(1)?;
    let facts = modules.facts(at.module);
    let id = facts.unwrap_casts(at.id);
    match facts.expression(id) {
        Expression::Function(function) => Some((at.module, facts.function(*function).span)),
        Expression::Call {
            callee, arguments, ..
        } => arguments
            .iter()
            .find_map(|argument| {
                let at = In {
                    module: at.module,
                    id: argument.value,
                };
                match facts.expression(argument.value) {
                    Expression::Function(_) => body(modules, at, depth),
                    _ => None,
                }
            })
            // `const flagged = withFlag('beta')`: what makes the middleware.
            .or_else(|| {
                let maker = In {
                    module: at.module,
                    id: *callee,
                };
                let maker = function(modules, maker)?;
                let span = modules.facts(maker.module).function(maker.id).span;
                Some((maker.module, span))
            }),
        _ => match scan::symbol(modules, at) {
            Symbol::Function(function) => {
                let span = modules.facts(function.module).function(function.id).span;
                Some((function.module, span))
            }
            symbol => body(modules, scan::initial(modules, &symbol)?, depth),
        },
    }
}

/// The function that an expression is or names.
pub(super) fn function(modules: &Modules, at: ExpressionRef) -> Option<FunctionRef> {
    let facts = modules.facts(at.module);
    let id = facts.unwrap_casts(at.id);
    if let Expression::Function(function) = facts.expression(id) {
        return Some(In {
            module: at.module,
            id: *function,
        });
    }
    match scan::symbol(modules, at) {
        Symbol::Function(function) => Some(function),
        symbol => {
            let init = scan::initial(modules, &symbol)?;
            let facts = modules.facts(init.module);
            match facts.expression(facts.unwrap_casts(init.id)) {
                Expression::Function(function) => Some(In {
                    module: init.module,
                    id: *function,
                }),
                _ => None,
            }
        }
    }
}
