//! The strings that TypeScript lets a value be, when they are few and all named.

use smol_str::SmolStr;
use snell_extract::facts::{
    CastKind, Element, Expression, ExpressionId, ModuleFacts, Property, TypeExpression, TypeId,
};
use snell_project::module::{In, ModuleId, Symbol};
use snell_source::Location;

use crate::rule::Context;
use crate::support::{
    declared::{self, Declared, Said},
    zod,
};

/// A closed set of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClosedSet {
    /// The strings, in the order in which they are written.
    pub values: Vec<SmolStr>,
    /// Where they are listed.
    pub at: Location,
}

/// Names inside names are followed this deep.
const DEPTH: u32 = 8;

/// The set that a declaration names: a validator's before the annotation's.
pub(crate) fn of(context: &Context<'_>, declared: &Declared<'_>) -> Option<ClosedSet> {
    let reader = Reader { context };
    let checked = declared
        .decorators
        .iter()
        .find_map(|decorator| reader.validator(declared.module, decorator.expression));
    checked.or_else(|| match declared.ty {
        Said::Nothing => None,
        Said::Type(ty) => reader.of_type(declared.module, ty, DEPTH),
        Said::Zod(schema) => reader.of_zod(declared.module, schema, DEPTH),
    })
}

struct Reader<'c, 'a> {
    context: &'c Context<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn facts(&self, module: ModuleId) -> &'a ModuleFacts {
        self.context.project.modules.facts(module)
    }

    fn at_expression(&self, module: ModuleId, id: ExpressionId) -> Location {
        self.context.project.modules.location(In { module, id })
    }

    /// `@IsIn([...])`, `@IsEnum(Kind)`; sets of each element say nothing of the whole.
    fn validator(&self, module: ModuleId, decorator: ExpressionId) -> Option<ClosedSet> {
        let facts = self.facts(module);
        let Expression::Call {
            callee, arguments, ..
        } = facts.expression(decorator)
        else {
            return None;
        };
        let Expression::Identifier { name, .. } = facts.expression(*callee) else {
            return None;
        };
        let set = arguments.first()?.value;
        match name.as_str() {
            "IsIn" => self.of_list(module, set, DEPTH),
            "IsEnum" => self.of_enumeration(module, set, DEPTH),
            _ => None,
        }
    }

    fn of_type(&self, module: ModuleId, ty: TypeId, depth: u32) -> Option<ClosedSet> {
        let depth = depth.checked_sub(1)?;
        let facts = self.facts(module);
        let at = self
            .context
            .project
            .modules
            .at(module, facts.types[ty.index()].span);
        match facts.type_expression(ty) {
            TypeExpression::StringLiteral(text) => Some(ClosedSet {
                values: vec![text.clone()],
                at,
            }),
            TypeExpression::Union(members) => {
                let some = members.iter().filter(|member| {
                    !matches!(
                        facts.type_expression(**member),
                        TypeExpression::Null | TypeExpression::Undefined
                    )
                });
                let parts = some
                    .map(|member| self.of_type(module, *member, depth))
                    .collect::<Option<Vec<_>>>()?;
                match parts.as_slice() {
                    [only] => Some(only.clone()),
                    parts => Some(ClosedSet {
                        values: union(parts),
                        at,
                    }),
                }
            }
            TypeExpression::Named { name, arguments } => {
                self.of_named(module, name, arguments, depth)
            }
            // `(typeof KINDS)[number]`, `(typeof Kind)[keyof typeof Kind]`
            TypeExpression::IndexedAccess { object, index } => {
                let symbol = self.value_named(module, *object)?;
                match facts.type_expression(*index) {
                    TypeExpression::Named { name, .. } if name == "number" => {
                        let list = declared::initializer(self.context, symbol)?;
                        self.of_constant_list(list, depth)
                    }
                    TypeExpression::Keyof(_) => self.of_symbol(symbol, depth),
                    _ => None,
                }
            }
            TypeExpression::Keyof(inner) => {
                let symbol = self.value_named(module, *inner)?;
                let object = declared::initializer(self.context, symbol)?;
                self.of_keys(object.module, object.id)
            }
            _ => None,
        }
    }

    fn of_named(
        &self,
        module: ModuleId,
        name: &str,
        arguments: &[TypeId],
        depth: u32,
    ) -> Option<ClosedSet> {
        let modules = &self.context.project.modules;
        match (name, arguments) {
            ("NonNullable" | "Readonly", [inner]) => self.of_type(module, *inner, depth),
            ("z.infer" | "z.output" | "z.input", [schema]) => {
                let symbol = self.value_named(module, *schema)?;
                let schema = declared::initializer(self.context, symbol)?;
                self.of_zod(schema.module, schema.id, depth)
            }
            (_, []) => match modules.type_name(module, name) {
                Symbol::TypeAlias(alias) => {
                    let declared = &self.facts(alias.module).type_aliases[alias.id as usize];
                    Some(ClosedSet {
                        at: modules.at(alias.module, declared.name.span),
                        ..self.of_type(alias.module, declared.ty, depth)?
                    })
                }
                symbol @ Symbol::Enum(_) => self.of_symbol(symbol, depth),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the name in `typeof name` means.
    fn value_named(&self, module: ModuleId, ty: TypeId) -> Option<Symbol> {
        match self.facts(module).type_expression(ty) {
            TypeExpression::Typeof(name) => Some(self.context.project.modules.local(module, name)),
            _ => None,
        }
    }

    /// An array that TypeScript knows element by element: `[...] as const`.
    fn of_constant_list(&self, list: In<ExpressionId>, depth: u32) -> Option<ClosedSet> {
        match self.facts(list.module).expression(list.id) {
            Expression::Cast {
                kind: CastKind::Const,
                value,
                ..
            } => self.of_list(list.module, *value, depth),
            Expression::Cast {
                kind: CastKind::Satisfies,
                value,
                ..
            } => self.of_constant_list(In { id: *value, ..list }, depth),
            _ => None,
        }
    }

    /// An array of strings, or all values of an enum: `Object.values(Kind)`.
    fn of_list(&self, module: ModuleId, list: ExpressionId, depth: u32) -> Option<ClosedSet> {
        let depth = depth.checked_sub(1)?;
        let facts = self.facts(module);
        match facts.expression(facts.unwrap_casts(list)) {
            Expression::Array(elements) => {
                let parts = elements
                    .iter()
                    .map(|element| match element {
                        Element::Value(value) => self.of_string(module, *value, depth),
                        Element::Spread(value) => Some(self.of_list(module, *value, depth)?.values),
                        Element::Hole => None,
                    })
                    .collect::<Option<Vec<_>>>()?;
                Some(ClosedSet {
                    values: distinct(parts.into_iter().flatten()),
                    at: self.at_expression(module, list),
                })
            }
            Expression::Identifier { binding, .. } => {
                let symbol = self.context.project.modules.binding(module, (*binding)?);
                let value = declared::initializer(self.context, symbol)?;
                self.of_list(value.module, value.id, depth)
            }
            Expression::Call {
                callee, arguments, ..
            } => {
                let Expression::Member {
                    object, property, ..
                } = facts.expression(*callee)
                else {
                    return None;
                };
                let of_object = matches!(facts.expression(*object),
                    Expression::Identifier { name, .. } if name == "Object");
                let argument = arguments.first()?.value;
                match property.text.as_str() {
                    "values" if of_object => self.of_enumeration(module, argument, depth),
                    "keys" if of_object => {
                        let facts = self.facts(module);
                        let value = match facts.expression(argument) {
                            Expression::Identifier { binding, .. } => {
                                let modules = &self.context.project.modules;
                                let symbol = modules.binding(module, (*binding)?);
                                declared::initializer(self.context, symbol)?
                            }
                            _ => In {
                                module,
                                id: argument,
                            },
                        };
                        self.of_keys(value.module, value.id)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A string: a literal, or a member of an enum.
    fn of_string(&self, module: ModuleId, value: ExpressionId, depth: u32) -> Option<Vec<SmolStr>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.facts(module);
        match facts.expression(facts.unwrap_casts(value)) {
            Expression::String(text) => Some(vec![text.clone()]),
            Expression::Identifier { binding, .. } => {
                let symbol = self.context.project.modules.binding(module, (*binding)?);
                let value = declared::initializer(self.context, symbol)?;
                self.of_string(value.module, value.id, depth)
            }
            Expression::Member {
                object, property, ..
            } => {
                let Expression::Identifier { binding, .. } = facts.expression(*object) else {
                    return None;
                };
                let symbol = self.context.project.modules.binding(module, (*binding)?);
                let (names, values) = self.members(symbol)?;
                let position = names.iter().position(|name| *name == property.text)?;
                Some(vec![values.get(position)?.clone()])
            }
            _ => None,
        }
    }

    /// An enum, or an object that stands for one.
    fn of_enumeration(
        &self,
        module: ModuleId,
        value: ExpressionId,
        depth: u32,
    ) -> Option<ClosedSet> {
        let facts = self.facts(module);
        match facts.expression(facts.unwrap_casts(value)) {
            Expression::Identifier { binding, .. } => {
                let symbol = self.context.project.modules.binding(module, (*binding)?);
                self.of_symbol(symbol, depth)
            }
            Expression::Object(_) => {
                let (_, values) = self.object_members(module, value)?;
                Some(ClosedSet {
                    values,
                    at: self.at_expression(module, value),
                })
            }
            _ => None,
        }
    }

    fn of_symbol(&self, symbol: Symbol, depth: u32) -> Option<ClosedSet> {
        depth.checked_sub(1)?;
        let modules = &self.context.project.modules;
        let at = match &symbol {
            Symbol::Enum(found) => {
                let declared = &self.facts(found.module).enums[found.id as usize];
                modules.at(found.module, declared.name.span)
            }
            Symbol::Variable(found) => {
                let binding = self.facts(found.module).binding(found.id);
                modules.at(found.module, binding.span)
            }
            _ => return None,
        };
        let (_, values) = self.members(symbol)?;
        Some(ClosedSet {
            values: distinct(values),
            at,
        })
    }

    /// The names and strings of an enum, or of a constant object.
    fn members(&self, symbol: Symbol) -> Option<(Vec<SmolStr>, Vec<SmolStr>)> {
        if let Symbol::Enum(found) = symbol {
            let facts = self.facts(found.module);
            let members = &facts.enums[found.id as usize].members;
            let names = members.iter().map(|member| member.name.text.clone());
            let values = members.iter().map(|member| {
                match facts.expression(facts.unwrap_casts(member.value?)) {
                    Expression::String(text) => Some(text.clone()),
                    _ => None,
                }
            });
            return Some((names.collect(), values.collect::<Option<_>>()?));
        }
        let object = declared::initializer(self.context, symbol)?;
        self.object_members(object.module, object.id)
    }

    fn object_members(
        &self,
        module: ModuleId,
        object: ExpressionId,
    ) -> Option<(Vec<SmolStr>, Vec<SmolStr>)> {
        let facts = self.facts(module);
        let Expression::Object(properties) = facts.expression(facts.unwrap_casts(object)) else {
            return None;
        };
        let pairs = properties.iter().map(|property| match property {
            Property::Value { key, value, .. } => {
                match facts.expression(facts.unwrap_casts(*value)) {
                    Expression::String(text) => Some((key.name()?.text.clone(), text.clone())),
                    _ => None,
                }
            }
            _ => None,
        });
        pairs
            .collect::<Option<Vec<_>>>()
            .map(|pairs| pairs.into_iter().unzip())
    }

    fn of_keys(&self, module: ModuleId, object: ExpressionId) -> Option<ClosedSet> {
        let facts = self.facts(module);
        let object = facts.unwrap_casts(object);
        let Expression::Object(properties) = facts.expression(object) else {
            return None;
        };
        let keys = properties.iter().map(|property| match property {
            Property::Value { key, .. } | Property::Method { key, .. } => {
                key.name().map(|name| name.text.clone())
            }
            Property::Spread { .. } => None,
        });
        Some(ClosedSet {
            values: distinct(keys.collect::<Option<Vec<_>>>()?),
            at: self.at_expression(module, object),
        })
    }

    /// `z.enum([...])`, `z.nativeEnum(Kind)`, `z.union([z.literal(...)])`, and what is called on them.
    fn of_zod(&self, module: ModuleId, schema: ExpressionId, depth: u32) -> Option<ClosedSet> {
        let depth = depth.checked_sub(1)?;
        let link = zod::link(self.context, module, schema)?;
        match link.method {
            "enum" => {
                let argument = link.argument()?;
                self.of_list(link.module, argument, depth)
                    .or_else(|| self.of_enumeration(link.module, argument, depth))
            }
            "nativeEnum" => self.of_enumeration(link.module, link.argument()?, depth),
            "optional" | "nullable" | "nullish" | "default" | "catch" | "describe" | "openapi"
            | "meta" | "brand" => self.of_zod(link.module, link.object, depth),
            _ => None,
        }
    }
}

fn union(parts: &[ClosedSet]) -> Vec<SmolStr> {
    distinct(parts.iter().flat_map(|part| part.values.iter().cloned()))
}

fn distinct(values: impl IntoIterator<Item = SmolStr>) -> Vec<SmolStr> {
    let mut known: Vec<SmolStr> = Vec::new();
    for value in values {
        if !known.contains(&value) {
            known.push(value);
        }
    }
    known
}
