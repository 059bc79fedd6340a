//! What a guard does, read from its class.

use smol_str::SmolStr;
use snell_extract::facts::Expression;

use super::{optional, scan};
use crate::{
    module::{ClassRef, ExpressionRef, In, Modules, Symbol},
    types::Types,
};

/// What a guard does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Guard {
    /// Nothing that matters to whose rows are read: throttling, caching.
    Neutral,
    /// Signs in; also asks for what these metadata keys hold.
    Authenticates(Vec<SmolStr>),
    /// Refuses some who are signed in: always (no key), or where metadata says so.
    Restricts(SmolStr, Vec<SmolStr>),
    /// The same, but lets through everybody where none of this metadata is.
    Allows(SmolStr, Vec<SmolStr>),
    /// May look at what the client asks for.
    Unknown(SmolStr),
    /// The same, but lets through what has none of this metadata.
    Asked(SmolStr, Vec<SmolStr>),
}

/// Properties by which what the client sent is read.
const CLIENT_INPUT: [&str; 10] = [
    "params",
    "body",
    "query",
    "getArgs",
    "getArgByIndex",
    "variables",
    "variableValues",
    "getData",
    "args",
    "originalUrl",
];

/// What the argument of `UseGuards`, or the class of `APP_GUARD`, does.
pub(super) fn of(modules: &Modules, at: ExpressionRef) -> Guard {
    let facts = modules.facts(at.module);
    let id = facts.unwrap_casts(at.id);
    let named = match facts.expression(id) {
        // `AuthGuard('jwt')`, `new RolesGuard(reflector)`
        Expression::Call { callee, .. } | Expression::New { callee, .. } => *callee,
        _ => id,
    };
    let is_call = matches!(facts.expression(id), Expression::Call { .. });
    let named = In {
        module: at.module,
        id: named,
    };
    match scan::symbol(modules, named) {
        Symbol::Class(class) if !is_call => of_class(modules, class),
        Symbol::External { specifier, name } => of_package(&specifier, &name),
        _ => Guard::Unknown(label(modules, named)),
    }
}

fn of_package(specifier: &str, name: &str) -> Guard {
    if specifier.contains("throttler") || name.contains("Throttler") {
        Guard::Neutral
    } else if name == "AuthGuard" || name == "JwtAuthGuard" {
        Guard::Authenticates(Vec::new())
    } else {
        Guard::Unknown(name.into())
    }
}

/// What a guard's class does.
pub(super) fn of_class(modules: &Modules, class: ClassRef) -> Guard {
    let types = Types::new(modules);
    let mut properties = Vec::new();
    let mut keys = Vec::new();
    let mut signs_in = false;
    let mut inherits_unknown = false;
    let ancestry = types.ancestry(class);
    for class in &ancestry {
        let facts = modules.facts(class.module);
        let declared = facts.class(class.id);
        properties.extend(scan::properties(modules, class.module, declared.span));
        keys.extend(metadata_keys(modules, *class));
        signs_in |= !scan::assigned_on_request(modules, class.module, declared.span).is_empty();
        if *class == *ancestry.last().unwrap_or(class)
            && let Some(base) = declared.extends
        {
            match of(
                modules,
                In {
                    module: class.module,
                    id: base,
                },
            ) {
                Guard::Authenticates(_) => signs_in = true,
                Guard::Neutral => {}
                _ => inherits_unknown = true,
            }
        }
    }
    let name = modules
        .facts(class.module)
        .class(class.id)
        .name
        .as_ref()
        .map_or_else(SmolStr::default, |name| name.text.clone());
    if inherits_unknown
        || properties
            .iter()
            .any(|p| CLIENT_INPUT.contains(&p.as_str()))
    {
        let asked = match inherits_unknown {
            true => Vec::new(),
            false => ancestry
                .iter()
                .flat_map(|class| optional::keys(modules, *class))
                .collect(),
        };
        match asked.is_empty() {
            true => Guard::Unknown(name),
            false => Guard::Asked(name, asked),
        }
    } else if signs_in || signs_in_by_name(&name) {
        Guard::Authenticates(keys)
    } else if name.to_ascii_lowercase().contains("throttl") {
        Guard::Neutral
    } else {
        let optional: Vec<SmolStr> = ancestry
            .iter()
            .flat_map(|class| optional::keys(modules, *class))
            .collect();
        let is_open = !keys.is_empty() && keys.iter().all(|key| optional.contains(key));
        match is_open {
            true => Guard::Allows(name, keys),
            false => Guard::Restricts(name, keys),
        }
    }
}

fn signs_in_by_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let other = [
        "role",
        "admin",
        "permission",
        "authoriz",
        "authoris",
        "owner",
        "author",
    ];
    ["auth", "jwt", "session", "login"]
        .iter()
        .any(|word| lower.contains(word))
        && !other
            .iter()
            .any(|word| lower.replace("auth", "").contains(word) || lower.contains("authori"))
}

/// The keys of `reflector.getAllAndOverride(KEY, ...)`, and the decorators
/// that are asked for by themselves.
fn metadata_keys(modules: &Modules, class: ClassRef) -> Vec<SmolStr> {
    let facts = modules.facts(class.module);
    let span = facts.class(class.id).span;
    let mut keys = Vec::new();
    for (_, node) in scan::inside(modules, class.module, span) {
        let Expression::Call {
            callee, arguments, ..
        } = &node.kind
        else {
            continue;
        };
        let Expression::Member { property, .. } = facts.expression(*callee) else {
            continue;
        };
        if !matches!(
            property.text.as_str(),
            "get" | "getAll" | "getAllAndOverride" | "getAllAndMerge"
        ) {
            continue;
        }
        if let Some(first) = arguments.first() {
            let at = In {
                module: class.module,
                id: first.value,
            };
            keys.push(scan::text(modules, at, 8).unwrap_or_else(|| label(modules, at)));
        }
    }
    keys
}

pub(super) fn label(modules: &Modules, at: ExpressionRef) -> SmolStr {
    let facts = modules.facts(at.module);
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Identifier { name, .. } => name.clone(),
        Expression::Member { property, .. } => property.text.clone(),
        _ => "a guard".into(),
    }
}
