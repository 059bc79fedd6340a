//! What links one module to others, found of each on its own.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{BindingId, Export, ExpressionId, ModuleFacts};
use snell_source::FileId;

use super::{
    Context, In, ModuleId, Resolved, Resolver, Symbol,
    graph::{Target, later_imports},
};

/// A module before it is linked: its path, its file, and what it says.
pub type Parsed = (SmolStr, FileId, Arc<ModuleFacts>);

/// What linking finds of one module.
#[derive(Debug)]
pub struct Links {
    pub(super) imports: Vec<Target>,
    pub(super) sources: Vec<Option<Target>>,
    pub(super) later: FxHashMap<ExpressionId, ModuleId>,
    pub(super) values: FxHashMap<SmolStr, BindingId>,
    pub(super) types: FxHashMap<SmolStr, Symbol>,
    pub(super) context: Context,
}

impl Links {
    pub(super) fn of(
        (path, _, facts): &Parsed,
        by_path: &FxHashMap<&str, ModuleId>,
        resolver: &Resolver,
    ) -> Links {
        let target = |specifier: &str| match resolver.resolve(path, specifier) {
            Resolved::File(path) => by_path
                .get(path.as_str())
                .map_or(Target::External, |id| Target::Module(*id)),
            Resolved::Package | Resolved::Missing => Target::External,
        };
        let later = later_imports(facts).filter_map(|(at, specifier)| match target(specifier) {
            Target::Module(module) => Some((at, module)),
            Target::External => None,
        });
        let imports = facts.imports.iter();
        let sources = facts.exports.iter().map(|export| match export {
            Export::From { source, .. } | Export::All { source } => Some(target(&source.text)),
            Export::Local { .. } | Export::DefaultExpression { .. } => None,
        });
        let own = by_path.get(path.as_str()).copied();
        Links {
            later: later.collect(),
            imports: imports.map(|import| target(&import.source.text)).collect(),
            sources: sources.collect(),
            values: module_values(facts),
            types: own.map_or_else(FxHashMap::default, |own| module_types(facts, own)),
            context: Context::of(facts),
        }
    }
}

fn module_values(facts: &ModuleFacts) -> FxHashMap<SmolStr, BindingId> {
    let mut values = FxHashMap::default();
    for (binding, n) in facts.bindings.iter().zip(0u32..) {
        if binding.function.is_none() {
            values.entry(binding.name.clone()).or_insert(BindingId(n));
        }
    }
    values
}

fn module_types(facts: &ModuleFacts, module: ModuleId) -> FxHashMap<SmolStr, Symbol> {
    let interfaces = facts.interfaces.iter().zip(0u32..).map(|(interface, id)| {
        (
            interface.name.text.clone(),
            Symbol::Interface(In { module, id }),
        )
    });
    let aliases = facts.type_aliases.iter().zip(0u32..).map(|(alias, id)| {
        (
            alias.name.text.clone(),
            Symbol::TypeAlias(In { module, id }),
        )
    });
    let mut types = FxHashMap::default();
    for (name, symbol) in interfaces.chain(aliases) {
        types.entry(name).or_insert(symbol);
    }
    types
}
