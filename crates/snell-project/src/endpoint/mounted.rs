//! Which controllers of NestJS no application mounts: no module that is reached from a start lists them
//! (<https://docs.nestjs.com/modules>).

use rustc_hash::{FxHashMap, FxHashSet};
use snell_extract::facts::{ClassId, Expression, ExpressionKind};

use crate::module::{ClassRef, In, Module, ModuleId, Modules, Symbol};

/// What classes name each other in the decorators of modules, and what names them elsewhere.
#[derive(Default)]
struct Named {
    /// What the decorator of a module lists.
    lists: FxHashMap<ClassRef, Vec<ClassRef>>,
    /// Classes that are named outside of such decorators: where an application starts, in `forRoot()`.
    elsewhere: FxHashSet<ClassRef>,
}

/// The controllers that are left out, where others are mounted. None where nothing is known to be mounted: then
/// it happens in a way that is not seen.
pub(super) fn left_out(
    modules: &Modules,
    is_production: &dyn Fn(&Module) -> bool,
) -> FxHashSet<ClassRef> {
    let units = decorated(modules, "Module");
    let controllers = decorated(modules, "Controller");
    if units.is_empty() || controllers.is_empty() {
        return FxHashSet::default();
    }
    let mut named = Named::default();
    for (module, owner) in modules.iter() {
        if is_production(owner) {
            named.add(modules, module, owner);
        }
    }
    let mut reached: FxHashSet<ClassRef> = FxHashSet::default();
    let mut waiting: Vec<ClassRef> = named.elsewhere.iter().copied().collect();
    while let Some(class) = waiting.pop() {
        if reached.insert(class) {
            waiting.extend(named.lists.get(&class).into_iter().flatten());
        }
    }
    let by_units = units.iter().filter(|unit| reached.contains(unit));
    let mounts = by_units
        .filter_map(|unit| named.lists.get(unit))
        .flatten()
        .any(|class| controllers.contains(class));
    match mounts {
        true => controllers.difference(&reached).copied().collect(),
        false => FxHashSet::default(),
    }
}

/// The classes with this decorator.
fn decorated(modules: &Modules, name: &str) -> FxHashSet<ClassRef> {
    let mut found = FxHashSet::default();
    for (module, owner) in modules.iter() {
        for (class, n) in owner.facts.classes.iter().zip(0u32..) {
            if class.decorators.iter().any(|one| one.name == name) {
                let id = ClassId(n);
                found.insert(In { module, id });
            }
        }
    }
    found
}

impl Named {
    fn add(&mut self, modules: &Modules, module: ModuleId, owner: &Module) {
        let classes = owner.facts.classes.iter().zip(0u32..);
        let units: Vec<_> = classes
            .flat_map(|(class, n)| {
                let id = ClassId(n);
                let own = class.decorators.iter().filter(|one| one.name == "Module");
                own.map(move |one| (one.span, In { module, id }))
            })
            .collect();
        for (_, node) in owner.facts.all([ExpressionKind::Identifier]) {
            let Expression::Identifier {
                name,
                binding: Some(binding),
            } = &node.kind
            else {
                continue;
            };
            // Classes are written so; looking up every name would cost more.
            if !name.starts_with(char::is_uppercase) {
                continue;
            }
            let Symbol::Class(class) = modules.binding(module, *binding) else {
                continue;
            };
            match units.iter().find(|(span, _)| span.contains(node.span)) {
                Some((_, unit)) => self.lists.entry(*unit).or_default().push(class),
                None => drop(self.elsewhere.insert(class)),
            }
        }
    }
}
