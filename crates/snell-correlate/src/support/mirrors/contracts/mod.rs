//! Which types of the code mirror which models, and how that is known.
//!
//! A class, an interface, an alias, a zod schema or an inline type is bound to a model by what the
//! code does with its values, by what it says of its types, and last by its name. What several
//! models could mean is bound to none.

mod asserted;
mod documents;
mod flow;
pub(crate) mod members;
mod names;
pub(crate) mod shape;

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{BindingKind, Class, ClassId, TypeExpression, TypeId};
use snell_project::{
    module::{BindingRef, ClassRef, In, ModuleId, Symbol, TypeRef},
    schema::{FieldRef, ModelRef},
};
use snell_source::Location;

pub use documents::{Contract, ContractProperty, contracts};

use crate::rule::Context;

/// A declaration that may mirror a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mirror {
    /// A class: a DTO, an input of GraphQL, an entity.
    Class(ClassRef),
    /// An interface.
    Interface(In<u32>),
    /// A type alias.
    Alias(In<u32>),
    /// A variable that holds a zod schema.
    Zod(BindingRef),
    /// An object type without a name: `@Body() body: { ... }`.
    Inline(TypeRef),
}

impl Mirror {
    /// What it is called; empty when it has no name.
    pub(crate) fn name(self, context: &Context<'_>) -> SmolStr {
        let facts = |module| context.project.modules.facts(module);
        match self {
            Mirror::Class(class) => {
                let name = &facts(class.module).class(class.id).name;
                name.as_ref()
                    .map(|name| name.text.clone())
                    .unwrap_or_default()
            }
            Mirror::Interface(one) => facts(one.module).interfaces[one.id as usize]
                .name
                .text
                .clone(),
            Mirror::Alias(one) => facts(one.module).type_aliases[one.id as usize]
                .name
                .text
                .clone(),
            Mirror::Zod(one) => facts(one.module).binding(one.id).name.clone(),
            Mirror::Inline(_) => SmolStr::default(),
        }
    }

    /// Where it is declared.
    pub(crate) fn place(self, context: &Context<'_>) -> Location {
        let modules = &context.project.modules;
        let (module, span) = match self {
            Mirror::Class(class) => {
                let declared = modules.facts(class.module).class(class.id);
                let name = declared.name.as_ref();
                (class.module, name.map_or(declared.span, |name| name.span))
            }
            Mirror::Interface(one) => {
                let declared = &modules.facts(one.module).interfaces[one.id as usize];
                (one.module, declared.name.span)
            }
            Mirror::Alias(one) => {
                let declared = &modules.facts(one.module).type_aliases[one.id as usize];
                (one.module, declared.name.span)
            }
            Mirror::Zod(one) => (one.module, modules.facts(one.module).binding(one.id).span),
            Mirror::Inline(one) => (
                one.module,
                modules.facts(one.module).types[one.id.index()].span,
            ),
        };
        modules.at(module, span)
    }
}

/// How a binding is known, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Evidence {
    /// Its values are written to the model.
    Written,
    /// Rows of the model are given back as it, as they are.
    Returned,
    /// An object made of the model's fields is given back as it.
    Mapped,
    /// It is said to be made of the generated type: `extends`, `implements`, `satisfies`, a payload.
    Asserted,
    /// It has the model's name and most of its fields.
    Named,
}

impl Evidence {
    /// The word in facts.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Evidence::Written => "written",
            Evidence::Returned => "returned",
            Evidence::Mapped => "mapped",
            Evidence::Asserted => "asserted",
            Evidence::Named => "named",
        }
    }
}

/// A mirror and what it mirrors.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    /// The declaration.
    pub mirror: Mirror,
    /// What it is called; empty when it has no name.
    pub name: SmolStr,
    /// Where it is declared.
    pub at: Location,
    /// The model.
    pub model: ModelRef,
    /// How that is known.
    pub evidence: Evidence,
    /// What shows it: the write, the query, the mention, the model's own name.
    pub because: Location,
}

/// All bindings, in the order of places.
#[derive(Debug, Default)]
pub(crate) struct Contracts {
    bindings: Vec<Binding>,
    converted: FxHashSet<FieldRef>,
    mapped: FxHashSet<Mirror>,
}

impl Contracts {
    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter()
    }

    /// Whether some function gives a field back converted: `total: Number(row.total)`.
    pub(crate) fn is_converted(&self, field: FieldRef) -> bool {
        self.converted.contains(&field)
    }

    /// Whether some function makes the mirror of what it read.
    pub(crate) fn is_mapped(&self, mirror: Mirror) -> bool {
        self.mapped.contains(&mirror)
    }
}

/// The bindings of the whole project, found when the first rule asks.
pub(crate) fn bindings(context: &Context<'_>) -> Arc<Contracts> {
    context.shared.get_or_init(|| find(context))
}

/// What shows that a mirror is of a model.
struct Shown {
    mirror: Mirror,
    model: ModelRef,
    evidence: Evidence,
    because: Location,
}

fn find(context: &Context<'_>) -> Contracts {
    let mut shown = Vec::new();
    flow::find(context, &mut shown);
    asserted::find(context, &mut shown);
    let mapped = shown
        .iter()
        .filter(|one| one.evidence == Evidence::Mapped)
        .map(|one| one.mirror)
        .collect();
    let mut known: BTreeMap<(Mirror, ModelRef), Shown> = BTreeMap::new();
    for one in shown {
        let key = (one.mirror, one.model);
        match known.get(&key) {
            Some(other) if other.evidence <= one.evidence => {}
            _ => {
                known.insert(key, one);
            }
        }
    }
    let mut named = Vec::new();
    names::find(context, &mut named);
    let shown: FxHashSet<Mirror> = known.keys().map(|(mirror, _)| *mirror).collect();
    for one in named {
        if !shown.contains(&one.mirror) {
            known.insert((one.mirror, one.model), one);
        }
    }
    let mut bindings: Vec<Binding> = known
        .into_values()
        .map(|one| Binding {
            name: one.mirror.name(context),
            at: one.mirror.place(context),
            mirror: one.mirror,
            model: one.model,
            evidence: one.evidence,
            because: one.because,
        })
        .collect();
    bindings.retain(|one| !is_of_messages(context.sources.file(one.at.file).path.as_str()));
    bindings.sort_by_key(|one| (one.at, one.model));
    Contracts {
        bindings,
        converted: flow::converted(context),
        mapped,
    }
}

/// Whether a module's types are looked at.
fn is_judged(context: &Context<'_>, module: ModuleId) -> bool {
    let facts = context.project.path_facts(module);
    !(facts.test || facts.sample || facts.vendored || facts.story || facts.seed)
}

/// Whether a file holds types of Protocol Buffers (`chat.pb.ts`, `chat_pb.ts`): who sends such a message
/// converts times and numbers as its definition says.
fn is_of_messages(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = name.trim_end_matches(".ts").trim_end_matches(".d");
    name.ends_with(".pb") || name.ends_with("_pb")
}

/// Whether a class says that it is such a message: `class Chat implements ChatMessage`.
fn is_message(context: &Context<'_>, module: ModuleId, class: &Class) -> bool {
    let facts = context.project.modules.facts(module);
    class.implements.iter().any(|ty| {
        let TypeExpression::Named { name, .. } = facts.type_expression(*ty) else {
            return false;
        };
        facts.bindings.iter().any(|binding| {
            binding.name == *name
                && matches!(binding.kind, BindingKind::Import(import)
                    if is_of_messages(&facts.imports[import as usize].source.text))
        })
    })
}

/// The declaration behind a type: lists, promises and what may be missing are looked through.
pub(crate) fn mirror_of_type(
    context: &Context<'_>,
    module: ModuleId,
    ty: TypeId,
    depth: u32,
) -> Option<Mirror> {
    let depth = depth.checked_sub(1)?;
    let modules = &context.project.modules;
    let facts = modules.facts(module);
    match facts.type_expression(ty) {
        TypeExpression::Array(inner) | TypeExpression::Readonly(inner) => {
            mirror_of_type(context, module, *inner, depth)
        }
        TypeExpression::Union(members) => {
            let mut some = members.iter().filter(|member| {
                !matches!(
                    facts.type_expression(**member),
                    TypeExpression::Null | TypeExpression::Undefined
                )
            });
            match (some.next(), some.next()) {
                (Some(only), None) => mirror_of_type(context, module, *only, depth),
                _ => None,
            }
        }
        TypeExpression::Object(_) => Some(Mirror::Inline(In { module, id: ty })),
        TypeExpression::Named { name, arguments } => match (name.as_str(), arguments.as_slice()) {
            (
                "Promise" | "Array" | "ReadonlyArray" | "Partial" | "Required" | "Readonly"
                | "NonNullable" | "Awaited" | "Omit" | "Pick",
                [inner, ..],
            ) => mirror_of_type(context, module, *inner, depth),
            ("z.infer" | "z.input" | "z.output", [schema]) => {
                let TypeExpression::Typeof(schema) = facts.type_expression(*schema) else {
                    return None;
                };
                match modules.local(module, schema) {
                    Symbol::Variable(variable) => Some(Mirror::Zod(variable)),
                    _ => None,
                }
            }
            (_, []) => match modules.type_name(module, name) {
                Symbol::Class(class) => Some(Mirror::Class(class)),
                Symbol::Interface(interface) => Some(Mirror::Interface(interface)),
                Symbol::TypeAlias(alias) => {
                    let inner = modules.facts(alias.module).type_aliases[alias.id as usize].ty;
                    match mirror_of_type(context, alias.module, inner, depth) {
                        Some(Mirror::Zod(schema)) => Some(Mirror::Zod(schema)),
                        _ => Some(Mirror::Alias(alias)),
                    }
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Every declaration with a name that is looked at, with that name.
fn declarations(context: &Context<'_>, each: &mut dyn FnMut(Mirror, &str)) {
    for (module, declared) in context.project.modules.iter() {
        if !is_judged(context, module) {
            continue;
        }
        let facts = &declared.facts;
        for (class, n) in facts.classes.iter().zip(0u32..) {
            if let Some(name) = &class.name
                && !is_message(context, module, class)
            {
                let id = ClassId(n);
                each(Mirror::Class(In { module, id }), &name.text);
            }
        }
        for (interface, id) in facts.interfaces.iter().zip(0u32..) {
            each(Mirror::Interface(In { module, id }), &interface.name.text);
        }
        for (alias, id) in facts.type_aliases.iter().zip(0u32..) {
            each(Mirror::Alias(In { module, id }), &alias.name.text);
        }
        for (binding, n) in facts.bindings.iter().zip(0u32..) {
            let is_value = matches!(&binding.kind,
                BindingKind::Variable { init: Some(init), .. } if init.path.is_empty());
            if is_value && binding.function.is_none() {
                let id = snell_extract::facts::BindingId(n);
                each(Mirror::Zod(In { module, id }), &binding.name);
            }
        }
    }
}
