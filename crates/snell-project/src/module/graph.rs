//! The modules of a run: who imports whom, and what a name means.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    BindingId, BindingKind, ClassId, Export, Expression, ExpressionId, ExpressionKind, FunctionId,
    ImportedName, Initializer, ModuleFacts, PatternStep, TypeId,
};
use snell_source::{FileId, Location, Span};

use super::{Context, Links, Parsed, Resolver};
use crate::types::{Memo, Types};

/// A module of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(u32);

impl ModuleId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Something of a module, named from outside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct In<T> {
    /// The module.
    pub module: ModuleId,
    /// The thing's number there.
    pub id: T,
}

/// A class of some module.
pub type ClassRef = In<ClassId>;
/// A function of some module.
pub type FunctionRef = In<FunctionId>;
/// An expression of some module.
pub type ExpressionRef = In<ExpressionId>;
/// A type of some module.
pub type TypeRef = In<TypeId>;
/// A binding of some module.
pub type BindingRef = In<BindingId>;

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Symbol {
    /// A class.
    Class(ClassRef),
    /// A function declaration.
    Function(FunctionRef),
    /// The enum at this position of its module's enums.
    Enum(In<u32>),
    /// The interface at this position of its module's interfaces.
    Interface(In<u32>),
    /// The alias at this position of its module's type aliases.
    TypeAlias(In<u32>),
    /// A variable, parameter or caught value.
    Variable(BindingRef),
    /// `export default expression`
    Expression(ExpressionRef),
    /// All exports of a module (`import * as x`).
    Namespace(ModuleId),
    /// A name of a package outside the workspace, or of a module that is not
    /// there (a generated client): the specifier, and the exported name
    /// (`default`, `*`).
    External {
        /// The module specifier as written; a relative one as a path from the root.
        specifier: SmolStr,
        /// The exported name.
        name: SmolStr,
    },
    /// Nothing that could be found.
    Unresolved,
}

/// Where an import leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Module(ModuleId),
    External,
}

/// One module with its links.
#[derive(Debug)]
pub struct Module {
    /// The file.
    pub file: FileId,
    /// Its path, relative to the root.
    pub path: SmolStr,
    /// What it says.
    pub facts: Arc<ModuleFacts>,
    /// What surrounds its expressions.
    pub context: Context,
    /// The modules of the workspace that are imported while the program runs.
    later: FxHashMap<ExpressionId, ModuleId>,
    imports: Vec<Target>,
    /// For each export in order, the module that it takes its name from.
    sources: Vec<Option<Target>>,
    values: FxHashMap<SmolStr, BindingId>,
    types: FxHashMap<SmolStr, Symbol>,
}

/// All modules, in the order of their paths.
#[derive(Debug, Default)]
pub struct Modules {
    modules: Vec<Module>,
    memo: Memo,
}

/// Re-exports longer than this are cycles.
const MAX_REEXPORTS: u32 = 32;

impl Modules {
    /// Links modules: `parsed` holds path, file and facts of each, `resolver`
    /// knows all files of the workspace.
    #[must_use]
    pub fn link(parsed: Vec<Parsed>, resolver: &Resolver) -> Self {
        Modules::link_with(parsed, resolver, |parsed, link| {
            parsed.iter().map(link).collect()
        })
    }

    /// The same, where `all` says how they are linked, each on its own: on several threads, perhaps.
    /// It returns what `link` makes of each, in their order.
    #[must_use]
    pub fn link_with(
        parsed: Vec<Parsed>,
        resolver: &Resolver,
        all: impl FnOnce(&[Parsed], &(dyn Fn(&Parsed) -> Links + Sync)) -> Vec<Links>,
    ) -> Self {
        let by_path: FxHashMap<&str, ModuleId> = parsed
            .iter()
            .zip(0u32..)
            .map(|((path, _, _), n)| (path.as_str(), ModuleId(n)))
            .collect();
        let links = all(&parsed, &|parsed| Links::of(parsed, &by_path, resolver));
        drop(by_path);
        let modules: Vec<Module> = parsed
            .into_iter()
            .zip(links)
            .map(|((path, file, facts), links)| Module {
                later: links.later,
                values: links.values,
                types: links.types,
                context: links.context,
                file,
                path,
                facts,
                imports: links.imports,
                sources: links.sources,
            })
            .collect();
        Modules {
            memo: Memo::new(modules.len()),
            modules,
        }
    }

    /// What was inferred of their expressions so far.
    pub(crate) fn memo(&self) -> &Memo {
        &self.memo
    }

    /// The modules from which one can come, import by import, to one of these.
    /// What is imported as a type alone counts where a class may be handed it.
    #[must_use]
    pub fn reaching(&self, ends: impl IntoIterator<Item = ModuleId>) -> FxHashSet<ModuleId> {
        let mut importers: FxHashMap<ModuleId, Vec<ModuleId>> = FxHashMap::default();
        for (id, module) in self.iter() {
            let injects = !module.facts.classes.is_empty();
            let imports = module.facts.imports.iter().zip(&module.imports);
            let used = imports.filter(|(import, _)| injects || !import.type_only);
            let imported = used.map(|(_, target)| *target);
            for target in imported.chain(module.sources.iter().copied().flatten()) {
                if let Target::Module(to) = target {
                    importers.entry(to).or_default().push(id);
                }
            }
        }
        for (declared, class) in Types::new(self).behind() {
            importers.entry(class).or_default().push(declared);
        }
        let mut reaching: FxHashSet<ModuleId> = ends.into_iter().collect();
        let mut waiting: Vec<ModuleId> = reaching.iter().copied().collect();
        while let Some(module) = waiting.pop() {
            for importer in importers.get(&module).into_iter().flatten() {
                if reaching.insert(*importer) {
                    waiting.push(*importer);
                }
            }
        }
        reaching
    }

    /// The modules of the workspace that one imports or re-exports from, in the order of its text;
    /// those that it imports while it runs come last.
    pub fn imported(&self, id: ModuleId) -> impl Iterator<Item = ModuleId> {
        let module = self.get(id);
        let links = module.imports.iter().copied();
        let links = links.chain(module.sources.iter().copied().flatten());
        let at_once = links.filter_map(|target| match target {
            Target::Module(to) => Some(to),
            Target::External => None,
        });
        let mut later: Vec<ModuleId> = module.later.values().copied().collect();
        later.sort_unstable();
        at_once.chain(later)
    }

    /// The module of this number.
    #[must_use]
    pub fn get(&self, id: ModuleId) -> &Module {
        &self.modules[id.index()]
    }

    /// The facts of a module.
    #[must_use]
    pub fn facts(&self, id: ModuleId) -> &ModuleFacts {
        &self.get(id).facts
    }

    /// All modules with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (ModuleId, &Module)> {
        self.modules
            .iter()
            .zip(0u32..)
            .map(|(module, n)| (ModuleId(n), module))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// A place in a module.
    #[must_use]
    pub fn at(&self, module: ModuleId, span: Span) -> Location {
        Location::new(self.get(module).file, span)
    }

    /// Where an expression stands.
    #[must_use]
    pub fn location(&self, expression: ExpressionRef) -> Location {
        self.at(
            expression.module,
            self.facts(expression.module).span(expression.id),
        )
    }

    /// What a binding means: imports followed to what they name.
    #[must_use]
    pub fn binding(&self, module: ModuleId, id: BindingId) -> Symbol {
        let binding = self.facts(module).binding(id);
        match &binding.kind {
            BindingKind::Import(index) => self.import(module, *index),
            BindingKind::Class(id) => Symbol::Class(In { module, id: *id }),
            BindingKind::Function(id) => Symbol::Function(In { module, id: *id }),
            BindingKind::Enum(id) => Symbol::Enum(In { module, id: *id }),
            BindingKind::Variable {
                init: Some(init), ..
            } if !binding.reassigned => self
                .of_later_import(module, init)
                .unwrap_or(Symbol::Variable(In { module, id })),
            BindingKind::Variable { .. } | BindingKind::Parameter { .. } | BindingKind::Catch => {
                Symbol::Variable(In { module, id })
            }
            BindingKind::Namespace => Symbol::Unresolved,
        }
    }

    /// `const { create } = await import('./service')`
    fn of_later_import(&self, module: ModuleId, init: &Initializer) -> Option<Symbol> {
        let owner = self.get(module);
        if owner.later.is_empty() {
            return None;
        }
        let value = match owner.facts.expression(init.value) {
            Expression::Await(inner) => *inner,
            _ => init.value,
        };
        let target = *owner.later.get(&value)?;
        match init.path.as_slice() {
            [] => Some(Symbol::Namespace(target)),
            [PatternStep::Property(name)] => Some(self.export(target, name)),
            _ => None,
        }
    }

    fn import(&self, module: ModuleId, index: u32) -> Symbol {
        let owner = self.get(module);
        let Some(import) = owner.facts.imports.get(index as usize) else {
            return Symbol::Unresolved;
        };
        let name: SmolStr = match &import.imported {
            ImportedName::Named(name) => name.clone(),
            ImportedName::Default => "default".into(),
            ImportedName::Namespace => "*".into(),
            ImportedName::Effect => return Symbol::Unresolved,
        };
        match owner.imports[index as usize] {
            Target::Module(target) if name == "*" => Symbol::Namespace(target),
            Target::Module(target) => self.export(target, &name),
            Target::External => Symbol::External {
                specifier: from_root(&owner.path, &import.source.text),
                name,
            },
        }
    }

    /// What a module exports under a name; re-exports are followed.
    #[must_use]
    pub fn export(&self, module: ModuleId, name: &str) -> Symbol {
        self.export_within(module, name, MAX_REEXPORTS)
    }

    fn export_within(&self, module: ModuleId, name: &str, budget: u32) -> Symbol {
        let Some(budget) = budget.checked_sub(1) else {
            return Symbol::Unresolved;
        };
        let owner = self.get(module);
        let mut stars = Vec::new();
        for (export, source) in owner.facts.exports.iter().zip(&owner.sources) {
            match export {
                Export::Local {
                    exported, local, ..
                } if exported == name => return self.local(module, local),
                Export::DefaultExpression { value } if name == "default" => {
                    return Symbol::Expression(In { module, id: *value });
                }
                Export::From {
                    imported,
                    exported,
                    source: specifier,
                } if exported == name => {
                    return match source {
                        Some(Target::Module(target)) if imported == "*" => {
                            Symbol::Namespace(*target)
                        }
                        Some(Target::Module(target)) => {
                            self.export_within(*target, imported, budget)
                        }
                        _ => Symbol::External {
                            specifier: from_root(&owner.path, &specifier.text),
                            name: imported.clone(),
                        },
                    };
                }
                Export::All { source: specifier } => stars.push((*source, &specifier.text)),
                _ => {}
            }
        }
        let mut external = None;
        for (source, specifier) in stars {
            match source {
                Some(Target::Module(target)) => match self.export_within(target, name, budget) {
                    Symbol::Unresolved => {}
                    Symbol::External { .. } if external.is_some() => {}
                    found @ Symbol::External { .. } => external = Some(found),
                    found => return found,
                },
                _ if name != "default" => {
                    external.get_or_insert(Symbol::External {
                        specifier: from_root(&owner.path, specifier),
                        name: name.into(),
                    });
                }
                _ => {}
            }
        }
        external.unwrap_or(Symbol::Unresolved)
    }

    /// What a name means at the level of the module.
    #[must_use]
    pub fn local(&self, module: ModuleId, name: &str) -> Symbol {
        let owner = self.get(module);
        match owner.values.get(name) {
            Some(id) => self.binding(module, *id),
            None => owner.types.get(name).cloned().unwrap_or(Symbol::Unresolved),
        }
    }

    /// What the name of a type means; dots lead through namespaces.
    #[must_use]
    pub fn type_name(&self, module: ModuleId, name: &str) -> Symbol {
        let (first, rest) = name
            .split_once('.')
            .map_or((name, None), |(first, rest)| (first, Some(rest)));
        let owner = self.get(module);
        let symbol = match owner.types.get(first) {
            Some(symbol) => symbol.clone(),
            None => owner
                .values
                .get(first)
                .map_or(Symbol::Unresolved, |id| self.binding(module, *id)),
        };
        match (symbol, rest) {
            (symbol, None) => symbol,
            (Symbol::Namespace(target), Some(rest)) => self.export(target, rest),
            (Symbol::External { specifier, name }, Some(rest)) => {
                let name = if name == "*" {
                    rest.into()
                } else {
                    format!("{name}.{rest}").into()
                };
                Symbol::External { specifier, name }
            }
            _ => Symbol::Unresolved,
        }
    }
}

/// The imports that a module makes while it runs: `await import('./service')`.
pub fn later_imports(facts: &ModuleFacts) -> impl Iterator<Item = (ExpressionId, &SmolStr)> {
    let expressions = facts.all([ExpressionKind::DynamicImport]);
    expressions.filter_map(|(id, node)| {
        let Expression::DynamicImport(specifier) = &node.kind else {
            return None;
        };
        match facts.expression(*specifier) {
            Expression::String(specifier) => Some((id, specifier)),
            _ => None,
        }
    })
}

/// A relative specifier of the module at `path`, as a path from the root.
fn from_root(path: &str, specifier: &SmolStr) -> SmolStr {
    if !specifier.starts_with('.') {
        return specifier.clone();
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/").into()
}
