//! What stands before every endpoint of an application: guards, interceptors.

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, ClassId, Element, Expression, ExpressionId, ExpressionKind, ModuleFacts, Property,
};
use snell_source::Span;

use super::{
    ApplicationGuard,
    guard::{self, Does, Guard},
    reads, scan,
};
use crate::{
    module::{ClassRef, ExpressionRef, In, ModuleId, Modules, Symbol},
    types::Types,
};

/// A guard before every endpoint of an application.
pub(super) struct Global {
    /// The folder below which it counts.
    pub(super) folder: SmolStr,
    pub(super) guard: Guard,
    /// Where it is named.
    at: Option<ExpressionRef>,
}

impl Global {
    /// The same, as rules ask for it.
    pub(super) fn seen(&self, modules: &Modules) -> Option<ApplicationGuard> {
        let at = self.at?;
        let named = made_of(modules, at).unwrap_or(at);
        Some(ApplicationGuard {
            folder: self.folder.clone(),
            class: match scan::symbol(modules, named) {
                Symbol::Class(class) => Some(class),
                _ => None,
            },
            at,
            signs_in: self.guard.signs_in || matches!(self.guard.does, Does::Authenticates(_)),
        })
    }
}

/// `{ provide: APP_GUARD, useClass: X }`, `app.useGlobalGuards(new X())`, `app.setAuthGuard(app.get(X))`
pub(super) fn guards(modules: &Modules) -> Vec<Global> {
    let mut found = Vec::new();
    for (module, owner) in modules.iter() {
        for (_, node) in owner
            .facts
            .all([ExpressionKind::Object, ExpressionKind::Call])
        {
            match &node.kind {
                Expression::Object(properties) => {
                    let guards = app_guards(modules, module, properties);
                    found.extend(guards.into_iter().map(|(guard, at)| Global {
                        folder: application(&owner.path),
                        guard,
                        at,
                    }));
                }
                Expression::Call {
                    callee, arguments, ..
                } => {
                    let given = arguments.iter().map(|argument| In {
                        module,
                        id: argument.value,
                    });
                    let Expression::Member { property, .. } = owner.facts.expression(*callee)
                    else {
                        continue;
                    };
                    let named = match property.text.as_str() {
                        "useGlobalGuards" => given.map(|at| handed(modules, at)).collect(),
                        name if takes_guards(name) => given_guards(modules, given),
                        _ => Vec::new(),
                    };
                    found.extend(named.into_iter().map(|at| Global {
                        folder: application(&owner.path),
                        guard: guard::of(modules, at),
                        at: Some(at),
                    }));
                }
                _ => {}
            }
        }
    }
    found
}

/// Whether a method is called as one that takes a guard: a factory around the framework has its own
/// (`app.setAuthGuard(guard)`).
fn takes_guards(method: &str) -> bool {
    let lower = method.to_ascii_lowercase();
    let does = ["set", "use", "add", "register"];
    does.iter().any(|word| lower.starts_with(word))
        && (lower.ends_with("guard") || lower.ends_with("guards"))
        && method != "UseGuards"
}

/// What of the arguments are instances of classes that are guards.
fn given_guards(
    modules: &Modules,
    given: impl Iterator<Item = ExpressionRef>,
) -> Vec<ExpressionRef> {
    let types = Types::new(modules);
    let is_guard = |class: ClassRef| {
        let mut all = types.ancestry(class).into_iter();
        all.any(|class| {
            let declared = modules.facts(class.module).class(class.id);
            declared.member("canActivate").is_some()
        })
    };
    let guards = given.map(|at| handed(modules, at)).filter(|at| {
        let named = made_of(modules, *at).unwrap_or(*at);
        matches!(scan::symbol(modules, named), Symbol::Class(class) if is_guard(class))
    });
    guards.collect()
}

/// The class that `new X()` is made of.
fn made_of(modules: &Modules, at: ExpressionRef) -> Option<ExpressionRef> {
    let facts = modules.facts(at.module);
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::New { callee, .. } => Some(In {
            module: at.module,
            id: *callee,
        }),
        _ => None,
    }
}

/// What an instance is one of: a name leads to its value, and `app.get(X)` to `X`.
fn handed(modules: &Modules, at: ExpressionRef) -> ExpressionRef {
    let at = scan::initial(modules, &scan::symbol(modules, at)).unwrap_or(at);
    let facts = modules.facts(at.module);
    let made = facts.unwrap_casts(at.id);
    let made = match facts.expression(made) {
        Expression::Await(made) => facts.unwrap_casts(*made),
        _ => made,
    };
    let Some(call) = facts.method_call(facts.expression(made)) else {
        return at;
    };
    let first = call.arguments.first().map(|first| In {
        module: at.module,
        id: first.value,
    });
    let takes = matches!(call.property.text.as_str(), "get" | "resolve");
    let class = |first: &ExpressionRef| matches!(scan::symbol(modules, *first), Symbol::Class(_));
    first.filter(class).filter(|_| takes).unwrap_or(at)
}

/// The keys of metadata by which interceptors set parts of what the client sent.
pub(super) fn put(modules: &Modules) -> Vec<SmolStr> {
    let mut found = Vec::new();
    for (module, owner) in modules.iter() {
        for (declared, n) in owner.facts.classes.iter().zip(0u32..) {
            let class = In {
                module,
                id: ClassId(n),
            };
            if declared.member("intercept").is_some() && sets(modules, class) {
                found.extend(reads::metadata_keys(modules, class));
            }
        }
    }
    found
}

/// The keys of metadata that something reads besides guards before single endpoints: guards of a
/// whole application, interceptors, services.
pub(super) fn read(modules: &Modules, globals: &[Global]) -> Vec<SmolStr> {
    let mut found: Vec<SmolStr> = Vec::new();
    for global in globals {
        found.extend(global.guard.reads.keys.iter().cloned());
    }
    for (module, owner) in modules.iter() {
        let facts = &owner.facts;
        let guards = facts.classes.iter();
        let guards: Vec<Span> = guards
            .filter(|class| class.member("canActivate").is_some())
            .map(|class| class.span)
            .collect();
        for (_, node) in facts.all([ExpressionKind::Call]) {
            let Expression::Call {
                callee, arguments, ..
            } = &node.kind
            else {
                continue;
            };
            if !reads_metadata(facts, *callee) || guards.iter().any(|of| of.contains(node.span)) {
                continue;
            }
            if let Some(first) = arguments.first() {
                let at = In {
                    module,
                    id: first.value,
                };
                found.push(scan::text(modules, at, 8).unwrap_or_else(|| guard::label(modules, at)));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// `this.reflector.get(...)`, `Reflect.getMetadata(...)`
fn reads_metadata(facts: &ModuleFacts, callee: ExpressionId) -> bool {
    let Expression::Member {
        object, property, ..
    } = facts.expression(callee)
    else {
        return false;
    };
    let of = match facts.expression(facts.unwrap_casts(*object)) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    property.text.starts_with("get") && of.to_ascii_lowercase().contains("refl")
}

/// `set(args, path, value)` with something of the request's user in the class.
fn sets(modules: &Modules, class: ClassRef) -> bool {
    let facts = modules.facts(class.module);
    let span = facts.class(class.id).span;
    let (mut sets, mut who) = (false, false);
    for (_, node) in scan::inside(modules, class.module, span) {
        match &node.kind {
            Expression::Call {
                callee, arguments, ..
            } if arguments.len() == 3 => {
                let at = In {
                    module: class.module,
                    id: *callee,
                };
                sets |= matches!(scan::symbol(modules, at), Symbol::External { specifier, .. }
                    if specifier.starts_with("lodash"))
                    && guard::label(modules, at).as_str() == "set";
            }
            Expression::Member { property, .. } => who |= property.text == "user",
            _ => {}
        }
    }
    sets && who
}

/// The guards that an object names for a whole application, each where it is named.
fn app_guards(
    modules: &Modules,
    module: ModuleId,
    properties: &[Property],
) -> Vec<(Guard, Option<ExpressionRef>)> {
    let facts = modules.facts(module);
    let value = |wanted: &str| {
        properties.iter().find_map(|property| match property {
            Property::Value { key, value, .. } if key.name().is_some_and(|n| n.text == wanted) => {
                Some(*value)
            }
            _ => None,
        })
    };
    // The framework's constant holds its own name: people write the text as well.
    let Some(Expression::Identifier { name, .. } | Expression::String(name)) =
        value("provide").map(|key| facts.expression(facts.unwrap_casts(key)))
    else {
        return Vec::new();
    };
    if name != "APP_GUARD" {
        return Vec::new();
    }
    match value("useClass").or_else(|| value("useExisting")) {
        Some(class) => {
            let class = In { module, id: class };
            let each = each(modules, class).unwrap_or_else(|| vec![class]);
            let guards = each.into_iter();
            guards
                .map(|at| (guard::of(modules, at), Some(at)))
                .collect()
        }
        None => vec![(Does::Unknown("APP_GUARD".into()).into(), None)],
    }
}

/// The elements of the list over which a callback goes whose parameter stands here:
/// `guards.map((guard) => ({ provide: APP_GUARD, useClass: guard }))`.
fn each(modules: &Modules, at: ExpressionRef) -> Option<Vec<ExpressionRef>> {
    let facts = modules.facts(at.module);
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return None;
    };
    let BindingKind::Parameter {
        function,
        index: 0,
        path,
    } = &facts.binding(*binding).kind
    else {
        return None;
    };
    let calls = facts.all([ExpressionKind::Call]);
    let mut calls = calls.filter_map(|(_, node)| facts.method_call(&node.kind));
    let call = calls.find(|call| {
        let callback = call
            .arguments
            .first()
            .map(|first| facts.expression(facts.unwrap_casts(first.value)));
        matches!(callback, Some(Expression::Function(id)) if id == function)
    })?;
    if !path.is_empty() || !matches!(call.property.text.as_str(), "map" | "flatMap" | "forEach") {
        return None;
    }
    let list = In {
        module: at.module,
        id: call.object,
    };
    let list = scan::initial(modules, &scan::symbol(modules, list)).unwrap_or(list);
    let facts = modules.facts(list.module);
    let Expression::Array(elements) = facts.expression(facts.unwrap_casts(list.id)) else {
        return None;
    };
    let value = |element: &Element| match element {
        Element::Value(id) => Some(In {
            module: list.module,
            id: *id,
        }),
        _ => None,
    };
    elements.iter().map(value).collect()
}

/// The folder of the application that a file belongs to: up to `src`, or its own.
pub(crate) fn application(path: &str) -> SmolStr {
    match path.rfind("/src/") {
        Some(end) => path[..end].into(),
        None if path.starts_with("src/") => SmolStr::default(),
        None => path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .into(),
    }
}
