//! Procedures of tRPC: `protectedProcedure.input(schema).query(handler)`, with
//! the middlewares before them.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId, Property};

use super::{Access, Endpoint, EndpointKind, Given, scan};
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// What ends a procedure, and what it is then.
const ENDS: [&str; 3] = ["query", "mutation", "subscription"];
/// Procedures made of procedures.
const DEPTH: u32 = 48;

/// The procedures of a module.
pub(super) fn of_module(modules: &Modules, module: ModuleId) -> Vec<Endpoint> {
    let facts = modules.facts(module);
    let uses_trpc = |node: &snell_extract::facts::ExpressionNode| matches!(&node.kind, Expression::Member { property, .. } if ENDS.contains(&property.text.as_str()));
    if !facts.expressions.iter().any(uses_trpc) {
        return Vec::new();
    }
    let keys = keys(modules, module);
    let mut found = Vec::new();
    for (node, n) in facts.expressions.iter().zip(0u32..) {
        let Expression::Call {
            callee, arguments, ..
        } = &node.kind
        else {
            continue;
        };
        let Expression::Member {
            object, property, ..
        } = facts.expression(*callee)
        else {
            continue;
        };
        let (true, [first]) = (ENDS.contains(&property.text.as_str()), arguments.as_slice()) else {
            continue;
        };
        let at = |id| In { module, id };
        let mut access = Access::default();
        if !is_procedure(modules, at(*object), &mut access, DEPTH) {
            continue;
        }
        let Some(handler) = function(modules, at(first.value)) else {
            continue;
        };
        let name = keys.get(&ExpressionId(n)).cloned().unwrap_or_default();
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
    for node in &modules.facts(module).expressions {
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

/// Whether an expression is a procedure; what its middlewares do is added.
fn is_procedure(modules: &Modules, at: ExpressionRef, access: &mut Access, depth: u32) -> bool {
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
                middleware(modules, here(first.value), access);
            }
            is_procedure(modules, here(*object), access, depth)
        }
        Expression::Member { property, .. } if property.text == "procedure" => true,
        Expression::Identifier { name, .. } => {
            let symbol = scan::symbol(modules, at);
            match scan::initial(modules, &symbol) {
                Some(init) => {
                    let known = is_procedure(modules, init, access, depth);
                    known && {
                        by_name(name, access);
                        true
                    }
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

fn by_name(name: &str, access: &mut Access) {
    let lower = name.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    access.authenticated |= says(&["protected", "private", "authed", "authenticated", "guarded"]);
    if says(&["admin", "moderator", "staff", "superuser"]) {
        access.restricted.push(name.into());
    }
}

/// What a middleware does, by what it reads.
fn middleware(modules: &Modules, at: ExpressionRef, access: &mut Access) {
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
        access.unknown.push(name);
        return;
    };
    let reads = scan::properties(modules, module, span);
    let says = |words: &[&str]| {
        let lower = name.to_ascii_lowercase();
        words.iter().any(|word| lower.contains(word))
            || reads
                .iter()
                .any(|read| words.contains(&read.to_ascii_lowercase().as_str()))
    };
    if says(&["input", "rawinput", "getrawinput"]) {
        access.unknown.push(name);
        return;
    }
    let refuses = refusal(modules, module, span);
    if refuses.contains(&"FORBIDDEN")
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
    } else if !refuses.is_empty() {
        access.authenticated = true;
    }
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
        Expression::Call { arguments, .. } => arguments.iter().find_map(|argument| {
            let at = In {
                module: at.module,
                id: argument.value,
            };
            match facts.expression(argument.value) {
                Expression::Function(_) => body(modules, at, depth),
                _ => None,
            }
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
