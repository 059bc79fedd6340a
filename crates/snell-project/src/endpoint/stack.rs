//! What stands before the routes of routers that are made by hand: what `use` put before them, at the
//! router and where that is mounted, and the functions that are named at a route itself.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{Argument, BindingKind, Expression, ExpressionId, ExpressionKind};

use super::router::is_router;
use super::scan;
use crate::module::{BindingRef, ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// Routers that are mounted in each other.
const DEPTH: u32 = 5;

/// Everything that `use` is handed in the whole workspace.
#[derive(Default)]
pub(super) struct Uses {
    /// By the router, in the order of their places.
    of: FxHashMap<BindingRef, Vec<Use>>,
    /// Where routers are mounted.
    mounts: FxHashMap<Mounted, Vec<Mount>>,
}

/// How a router is named where it is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Mounted {
    /// By the function that makes it.
    Made(FunctionRef),
    /// By its constant.
    Named(BindingRef),
}

struct Use {
    place: usize,
    path: Option<SmolStr>,
    functions: Vec<ExpressionRef>,
}

struct Mount {
    on: BindingRef,
    place: usize,
    path: SmolStr,
    /// What stands beside the router in the same call.
    functions: Vec<ExpressionRef>,
}

/// What stands before a place of a router.
#[derive(Default)]
pub(super) struct Before {
    /// The path at which it is mounted, where it is at one.
    pub(super) path: SmolStr,
    /// The functions, those that run first first.
    pub(super) functions: Vec<ExpressionRef>,
}

impl Uses {
    /// Finds them.
    pub(super) fn of(modules: &Modules) -> Self {
        let mut uses = Uses::default();
        for (module, owner) in modules.iter() {
            for (_, node) in owner.facts.all([ExpressionKind::Call]) {
                let Some(call) = owner.facts.method_call(&node.kind) else {
                    continue;
                };
                let here = |id| In { module, id };
                if call.property.text == "use" && is_router(modules, here(call.object)) {
                    let place = call.property.span.start as usize;
                    uses.add(modules, here(call.object), place, call.arguments);
                }
            }
        }
        for all in uses.of.values_mut() {
            all.sort_by_key(|one| one.place);
        }
        uses
    }

    fn add(&mut self, modules: &Modules, on: ExpressionRef, place: usize, arguments: &[Argument]) {
        let Some(router) = router(modules, on) else {
            return;
        };
        let here = |id| In {
            module: on.module,
            id,
        };
        let mut rest = arguments.iter().map(|argument| here(argument.value));
        let path = arguments
            .first()
            .and_then(|first| scan::text(modules, here(first.value), 8));
        if path.is_some() {
            rest.next();
        }
        let (mounted, functions): (Vec<ExpressionRef>, Vec<ExpressionRef>) =
            rest.partition(|at| mounted(modules, *at).is_some());
        for at in mounted {
            let Some(what) = self::mounted(modules, at) else {
                continue;
            };
            self.mounts.entry(what).or_default().push(Mount {
                on: router,
                place,
                path: path.clone().unwrap_or_default(),
                functions: functions.clone(),
            });
        }
        self.of.entry(router).or_default().push(Use {
            place,
            path,
            functions,
        });
    }

    /// What stands before a route that is added to a router at a place.
    pub(super) fn before(&self, modules: &Modules, on: ExpressionRef, place: usize) -> Before {
        let mut before = Before::default();
        if let Some(router) = router(modules, on) {
            self.gather(modules, (router, place), "", &mut before, DEPTH);
        }
        before
    }

    /// Adds what stands before a place of a router, for what is asked for at `path` below it.
    fn gather(
        &self,
        modules: &Modules,
        (router, place): (BindingRef, usize),
        path: &str,
        before: &mut Before,
        depth: u32,
    ) {
        let own = self.of.get(&router).into_iter().flatten();
        let own = own.filter(|one| {
            let covers = one.path.as_deref().is_none_or(|wanted| {
                let wanted = wanted.trim_matches('/');
                let path = path.trim_matches('/');
                wanted.is_empty()
                    || path
                        .strip_prefix(wanted)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            one.place < place && covers
        });
        let own: Vec<ExpressionRef> = own.flat_map(|one| one.functions.clone()).collect();
        before.functions.splice(0..0, own);
        let mounts = made_by(modules, router)
            .and_then(|made| self.mounts.get(&Mounted::Made(made)))
            .or_else(|| self.mounts.get(&Mounted::Named(router)));
        // One that is mounted at several places is reached by the way that asks least.
        let (Some([mount]), Some(depth)) = (mounts.map(Vec::as_slice), depth.checked_sub(1)) else {
            return;
        };
        before.functions.splice(0..0, mount.functions.clone());
        before.path = joined(&mount.path, &before.path).into();
        let path = joined(&mount.path, path);
        self.gather(modules, (mount.on, mount.place), &path, before, depth);
    }
}

/// `/agents` and `/:id`: `/agents/:id`
pub(super) fn joined(prefix: &str, path: &str) -> String {
    let parts = [prefix, path].map(|part| part.trim_matches('/'));
    let mut whole = String::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        whole.push('/');
        whole.push_str(part);
    }
    whole
}

/// The constant that holds a router.
fn router(modules: &Modules, at: ExpressionRef) -> Option<BindingRef> {
    match scan::symbol(modules, at) {
        Symbol::Variable(variable) => Some(variable),
        _ => None,
    }
}

/// The function around the place where a router is made.
fn made_by(modules: &Modules, router: BindingRef) -> Option<FunctionRef> {
    let BindingKind::Variable {
        init: Some(init), ..
    } = &modules.facts(router.module).binding(router.id).kind
    else {
        return None;
    };
    let module = router.module;
    let around = modules.get(module).context.function(init.value)?;
    Some(In { module, id: around })
}

/// The router that `use` is handed: a constant, or what a function makes.
fn mounted(modules: &Modules, at: ExpressionRef) -> Option<Mounted> {
    let facts = modules.facts(at.module);
    let id = facts.unwrap_casts(at.id);
    let here = |id: ExpressionId| In {
        module: at.module,
        id,
    };
    if let Expression::Call { callee, .. } = facts.expression(id) {
        let made = super::procedures::function(modules, here(*callee))?;
        return makes_router(modules, made).then_some(Mounted::Made(made));
    }
    let symbol = scan::symbol(modules, here(id));
    // `export default router`
    let of = match &symbol {
        Symbol::Expression(value) => scan::symbol(modules, *value),
        _ => symbol,
    };
    let Symbol::Variable(variable) = of else {
        return None;
    };
    let init = scan::initial(modules, &Symbol::Variable(variable))?;
    super::router::makes(modules, init).then_some(Mounted::Named(variable))
}

/// Whether a router is made inside a function.
fn makes_router(modules: &Modules, function: FunctionRef) -> bool {
    let module: ModuleId = function.module;
    let span = modules.facts(module).function(function.id).span;
    scan::inside(modules, module, span)
        .any(|(id, _)| super::router::makes(modules, In { module, id }))
}
