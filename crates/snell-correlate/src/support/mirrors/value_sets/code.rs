//! The lists of values that the code has: enums, unions, constant arrays and objects, zod enums.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, CastKind, Element, Export, Expression, ExpressionId, ExpressionKind, ImportedName,
    ModuleFacts, Property, TypeExpression, TypeId, TypeMember,
};
use snell_project::module::{In, Module, ModuleId, Symbol};
use snell_source::{Location, Span};

use super::{authority::has_two_words, guards};
use crate::rule::Context;

/// How the code writes a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `enum Kind { A = 'a' }`
    Enum,
    /// `type Kind = 'a' | 'b'`
    Union,
    /// `['a', 'b'] as const`, `{ A: 'a' } as const`
    Constant,
    /// `z.enum(['a', 'b'])`
    Zod,
    /// A union that stands at a property.
    Property,
    /// `isKind(value)`, which takes each of them.
    Guard,
}

/// A list of the code.
#[derive(Debug)]
pub(crate) struct Copied {
    /// What it is called; of a union at a property, the property.
    pub(crate) name: SmolStr,
    /// The interface or type whose property it is; the function that asks for the values.
    pub(crate) owner: Option<SmolStr>,
    /// How it is written.
    pub(crate) form: Form,
    /// The module.
    pub(crate) module: ModuleId,
    /// Its name in the module.
    pub(crate) at: Location,
    /// The values, and where each is written.
    pub(crate) values: Vec<(SmolStr, Location)>,
    /// Whether other modules can import it.
    pub(crate) exported: bool,
    /// Whether some module imports it, or its own one names it.
    pub(crate) used: bool,
}

/// All of them that stand in code of the application, in the order of modules.
pub(super) fn all(context: &Context<'_>) -> Vec<Copied> {
    let imported = imported(context);
    let mut found = Vec::new();
    for (id, module) in context.project.modules.iter() {
        if !is_written_by_hand(context, id, module) {
            continue;
        }
        let mut reader = Reader {
            context,
            id,
            facts: &module.facts,
            imported: &imported,
            found: &mut found,
        };
        reader.enums();
        reader.aliases();
        reader.interfaces();
        reader.constants();
        reader.guards();
    }
    found
}

/// Whether a module is of the application, and no tool has written it.
fn is_written_by_hand(context: &Context<'_>, id: ModuleId, module: &Module) -> bool {
    const HEAD: usize = 400;
    let path = camino::Utf8Path::new(module.path.as_str());
    let file = context.project.workspace.file(path);
    let generated = file.is_some_and(|file| file.generated)
        || module
            .path
            .split('/')
            .any(|part| part.contains("generated"))
        || module.facts.comments.first().is_some_and(|first| {
            (first.start as usize) < HEAD && {
                let text = context.text(context.project.modules.at(id, *first));
                let text = text.to_ascii_lowercase();
                text.contains("generated") || text.contains("eslint-disable */")
            }
        });
    context.project.path_facts(id).is_production() && !generated
}

/// What modules import: enums, aliases and variables by module, kind and number.
type Imported = FxHashSet<(ModuleId, u8, u32)>;

fn key(symbol: &Symbol) -> Option<(ModuleId, u8, u32)> {
    match symbol {
        Symbol::Enum(found) => Some((found.module, 0, found.id)),
        Symbol::TypeAlias(found) => Some((found.module, 1, found.id)),
        Symbol::Variable(found) => Some((found.module, 2, found.id.0)),
        _ => None,
    }
}

fn imported(context: &Context<'_>) -> Imported {
    let modules = &context.project.modules;
    let mut found = Imported::default();
    for (id, module) in modules.iter() {
        for import in &module.facts.imports {
            let Some(local) = import.local else { continue };
            match modules.binding(id, local) {
                // Whoever has a module whole may use anything of it.
                Symbol::Namespace(target) => {
                    let exports = &modules.facts(target).exports;
                    let names = exports.iter().filter_map(|export| match export {
                        Export::Local { exported, .. } | Export::From { exported, .. } => {
                            Some(exported)
                        }
                        _ => None,
                    });
                    found.extend(names.filter_map(|name| key(&modules.export(target, name))));
                }
                symbol => found.extend(key(&symbol)),
            }
            // A type and a value may share their name.
            if let ImportedName::Named(_) = import.imported {
                let name = &module.facts.binding(local).name;
                found.extend(key(&modules.type_name(id, name)));
            }
        }
    }
    found
}

struct Reader<'c, 'a> {
    context: &'c Context<'a>,
    id: ModuleId,
    facts: &'c ModuleFacts,
    imported: &'c Imported,
    found: &'c mut Vec<Copied>,
}

impl Reader<'_, '_> {
    fn at(&self, span: Span) -> Location {
        self.context.project.modules.at(self.id, span)
    }

    fn named(
        &mut self,
        (name, span): (&SmolStr, Span),
        form: Form,
        values: Vec<(SmolStr, Span)>,
        symbol: Option<&Symbol>,
    ) {
        let least = if form == Form::Enum { 1 } else { 2 };
        if values.len() < least {
            return;
        }
        let exported = self
            .facts
            .exports
            .iter()
            .any(|export| matches!(export, Export::Local { local, .. } if local == name));
        let imported = symbol
            .and_then(key)
            .is_some_and(|key| self.imported.contains(&key));
        let elsewhere = self.context.project.beside.named.contains(name);
        let used = imported || !exported || elsewhere || self.names_itself(name, span);
        let values = values
            .into_iter()
            .map(|(value, span)| (value, self.at(span)))
            .collect();
        self.found.push(Copied {
            name: name.clone(),
            owner: None,
            form,
            module: self.id,
            at: self.at(span),
            values,
            exported,
            used,
        });
    }

    /// Whether the module that declares a name uses it as well.
    fn names_itself(&self, name: &str, declared: Span) -> bool {
        let by_type = self.facts.types.iter().any(|node| match &node.kind {
            TypeExpression::Named { name: own, .. } => own.split('.').next() == Some(name),
            TypeExpression::Typeof(own) => own.split('.').next() == Some(name),
            _ => false,
        });
        by_type
            || self.facts.all([ExpressionKind::Identifier]).any(|(_, node)| {
                node.span != declared
                    && matches!(&node.kind, Expression::Identifier { name: own, .. } if own == name)
            })
    }

    fn enums(&mut self) {
        for (declared, n) in self.facts.enums.iter().zip(0u32..) {
            let values = declared.members.iter().map(|member| {
                let value = member.value?;
                match self.facts.expression(self.facts.unwrap_casts(value)) {
                    Expression::String(text) => Some((text.clone(), member.name.span)),
                    _ => None,
                }
            });
            if let Some(values) = values.collect::<Option<Vec<_>>>() {
                let symbol = Symbol::Enum(In {
                    module: self.id,
                    id: n,
                });
                let name = (&declared.name.text, declared.name.span);
                self.named(name, Form::Enum, values, Some(&symbol));
            }
        }
    }

    fn aliases(&mut self) {
        for (alias, n) in self.facts.type_aliases.iter().zip(0u32..) {
            if let Some(values) = self.union(alias.ty) {
                let symbol = Symbol::TypeAlias(In {
                    module: self.id,
                    id: n,
                });
                let name = (&alias.name.text, alias.name.span);
                self.named(name, Form::Union, values, Some(&symbol));
            } else {
                self.members_of(alias.ty, &alias.name.text);
            }
        }
    }

    /// The properties of an object type, and of those that a union or an intersection is of.
    fn members_of(&mut self, ty: TypeId, owner: &SmolStr) {
        match self.facts.type_expression(ty) {
            TypeExpression::Object(members) => self.members(members, owner),
            TypeExpression::Union(parts) | TypeExpression::Intersection(parts) => {
                for part in parts {
                    self.members_of(*part, owner);
                }
            }
            _ => {}
        }
    }

    fn interfaces(&mut self) {
        for interface in &self.facts.interfaces {
            self.members(&interface.members, &interface.name.text);
        }
    }

    fn members(&mut self, members: &[TypeMember], owner: &SmolStr) {
        for member in members {
            let Some(values) = member.ty.and_then(|ty| self.union(ty)) else {
                continue;
            };
            if values.len() < 2 {
                continue;
            }
            let values = values
                .into_iter()
                .map(|(value, span)| (value, self.at(span)))
                .collect();
            self.found.push(Copied {
                name: member.name.text.clone(),
                owner: Some(owner.clone()),
                form: Form::Property,
                module: self.id,
                at: self.at(member.name.span),
                values,
                exported: false,
                used: true,
            });
        }
    }

    /// Functions that ask for each value.
    fn guards(&mut self) {
        for guard in guards::all(self.facts) {
            let values = guard.values.into_iter();
            self.found.push(Copied {
                name: guard.of,
                owner: Some(guard.name.text.clone()),
                form: Form::Guard,
                module: self.id,
                at: self.at(guard.name.span),
                values: values.map(|(value, span)| (value, self.at(span))).collect(),
                exported: false,
                used: true,
            });
        }
    }

    /// The strings of a union that has nothing else, absence left out.
    fn union(&self, ty: TypeId) -> Option<Vec<(SmolStr, Span)>> {
        let TypeExpression::Union(members) = self.facts.type_expression(ty) else {
            return None;
        };
        let mut values = Vec::new();
        for member in members {
            match self.facts.type_expression(*member) {
                TypeExpression::StringLiteral(text) => {
                    values.push((text.clone(), self.facts.types[member.index()].span));
                }
                TypeExpression::Null | TypeExpression::Undefined => {}
                _ => return None,
            }
        }
        Some(values)
    }

    /// Constants of the module: `as const`, `z.enum`.
    fn constants(&mut self) {
        for (binding, n) in self.facts.bindings.iter().zip(0u32..) {
            let BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
            else {
                continue;
            };
            if binding.function.is_some() || !init.path.is_empty() {
                continue;
            }
            let read = match self.facts.expression(init.value) {
                Expression::Cast {
                    kind: CastKind::Const,
                    value,
                    ..
                } => self.constant(*value).map(|values| (Form::Constant, values)),
                Expression::Call { .. } => self.zod(init.value).map(|values| (Form::Zod, values)),
                _ => None,
            };
            if let Some((form, values)) = read {
                let symbol = Symbol::Variable(In {
                    module: self.id,
                    id: snell_extract::facts::BindingId(n),
                });
                self.named((&binding.name, binding.span), form, values, Some(&symbol));
            }
        }
    }

    fn constant(&self, value: ExpressionId) -> Option<Vec<(SmolStr, Span)>> {
        match self.facts.expression(value) {
            Expression::Array(elements) => self.strings(elements),
            Expression::Object(properties) => {
                let pairs = properties.iter().map(|property| match property {
                    Property::Value { value, .. } => self.string(*value),
                    _ => None,
                });
                pairs.collect()
            }
            _ => None,
        }
    }

    fn zod(&self, call: ExpressionId) -> Option<Vec<(SmolStr, Span)>> {
        let Expression::Call {
            callee, arguments, ..
        } = self.facts.expression(call)
        else {
            return None;
        };
        let Expression::Member { property, .. } = self.facts.expression(*callee) else {
            return None;
        };
        let argument = arguments.first()?.value;
        match self.facts.expression(argument) {
            Expression::Array(elements) if property.text == "enum" => self.strings(elements),
            _ => None,
        }
    }

    fn strings(&self, elements: &[Element]) -> Option<Vec<(SmolStr, Span)>> {
        let strings = elements.iter().map(|element| match element {
            Element::Value(value) => self.string(*value),
            _ => None,
        });
        strings.collect()
    }

    fn string(&self, value: ExpressionId) -> Option<(SmolStr, Span)> {
        match self.facts.expression(self.facts.unwrap_casts(value)) {
            Expression::String(text) => Some((text.clone(), self.facts.span(value))),
            _ => None,
        }
    }
}

impl Copied {
    /// Whether the name alone tells which set is meant: `workspaceType` does, `status` does not.
    pub(crate) fn says_enough(&self) -> bool {
        has_two_words(&self.name)
    }
}
