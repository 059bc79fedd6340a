//! What the properties of a mirror are called, and what each is declared as.

use smol_str::SmolStr;
use snell_extract::facts::{
    Element, Expression, ExpressionId, MemberKind, Pattern, Property, TypeExpression, TypeId,
};
use snell_project::{
    module::{ClassRef, In, ModuleId, Symbol},
    types::{Type, Types},
};
use snell_source::Span;

use super::Mirror;
use crate::{
    rule::Context,
    support::{
        declared::{self, Declared, Said},
        zod,
    },
};

/// Names inside names are followed this deep.
const DEPTH: u32 = 12;

/// The names of all properties; none when some of them are not known.
pub(crate) fn names(context: &Context<'_>, mirror: Mirror) -> Option<Vec<SmolStr>> {
    let reader = Reader { context };
    let mut names = match mirror {
        Mirror::Class(class) => reader.of_class(class, DEPTH)?,
        Mirror::Interface(one) => reader.of_interface(one, DEPTH)?,
        Mirror::Alias(one) => {
            let facts = context.project.modules.facts(one.module);
            reader.of_type(one.module, facts.type_aliases[one.id as usize].ty, DEPTH)?
        }
        Mirror::Zod(one) => {
            let value = declared::initializer(context, Symbol::Variable(one))?;
            reader.of_zod(value.module, value.id, DEPTH)?
        }
        Mirror::Inline(one) => reader.of_type(one.module, one.id, DEPTH)?,
    };
    names.sort();
    names.dedup();
    Some(names)
}

/// A property of a mirror.
pub(crate) fn property<'a>(
    context: &Context<'a>,
    mirror: Mirror,
    name: &str,
) -> Option<Declared<'a>> {
    let of_type = |module, ty| declared::property(context, &said(module, Said::Type(ty)), name);
    let modules = &context.project.modules;
    match mirror {
        Mirror::Class(class) => declared::class_property(context, class, name),
        Mirror::Interface(one) => {
            let interface = &modules.facts(one.module).interfaces[one.id as usize];
            declared::member(one.module, &interface.members, name).or_else(|| {
                let mut bases = interface.extends.iter();
                bases.find_map(|base| of_type(one.module, *base))
            })
        }
        Mirror::Alias(one) => {
            let alias = &modules.facts(one.module).type_aliases[one.id as usize];
            of_type(one.module, alias.ty)
        }
        Mirror::Zod(one) => {
            let value = declared::initializer(context, Symbol::Variable(one))?;
            let schema = said(value.module, Said::Zod(value.id));
            declared::property(context, &schema, name)
        }
        Mirror::Inline(one) => of_type(one.module, one.id),
    }
}

fn said<'a>(module: ModuleId, ty: Said) -> Declared<'a> {
    Declared {
        module,
        ty,
        optional: false,
        decorators: &[],
        at: Span::empty(0),
    }
}

struct Reader<'c, 'a> {
    context: &'c Context<'a>,
}

impl Reader<'_, '_> {
    fn of_type(&self, module: ModuleId, ty: TypeId, depth: u32) -> Option<Vec<SmolStr>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.context.project.modules.facts(module);
        match facts.type_expression(ty) {
            TypeExpression::Object(members) => members
                .iter()
                .map(|member| Some(member.name.text.clone()).filter(|name| !name.is_empty()))
                .collect(),
            TypeExpression::Readonly(inner) => self.of_type(module, *inner, depth),
            TypeExpression::Intersection(parts) => {
                let parts = parts.iter().map(|part| self.of_type(module, *part, depth));
                Some(parts.collect::<Option<Vec<_>>>()?.concat())
            }
            TypeExpression::Named { name, arguments } => {
                self.of_named(module, name, arguments, depth)
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
    ) -> Option<Vec<SmolStr>> {
        let modules = &self.context.project.modules;
        match (name, arguments) {
            ("Partial" | "Required" | "Readonly" | "NonNullable", [inner]) => {
                self.of_type(module, *inner, depth)
            }
            ("Pick", [_, keys]) => self.keys(module, *keys),
            ("Omit", [inner, keys]) => {
                let without = self.keys(module, *keys)?;
                let mut names = self.of_type(module, *inner, depth)?;
                names.retain(|name| !without.contains(name));
                Some(names)
            }
            ("z.infer" | "z.input" | "z.output", [schema]) => {
                let facts = modules.facts(module);
                let TypeExpression::Typeof(schema) = facts.type_expression(*schema) else {
                    return None;
                };
                let value = declared::initializer(self.context, modules.local(module, schema))?;
                self.of_zod(value.module, value.id, depth)
            }
            (_, []) => match modules.type_name(module, name) {
                Symbol::Class(class) => self.of_class(class, depth),
                Symbol::Interface(one) => self.of_interface(one, depth),
                Symbol::TypeAlias(one) => {
                    let ty = modules.facts(one.module).type_aliases[one.id as usize].ty;
                    self.of_type(one.module, ty, depth)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `'a' | 'b'`
    fn keys(&self, module: ModuleId, ty: TypeId) -> Option<Vec<SmolStr>> {
        let facts = self.context.project.modules.facts(module);
        match facts.type_expression(ty) {
            TypeExpression::StringLiteral(text) => Some(vec![text.clone()]),
            TypeExpression::Union(members) => {
                let parts = members.iter().map(|member| self.keys(module, *member));
                Some(parts.collect::<Option<Vec<_>>>()?.concat())
            }
            _ => None,
        }
    }

    fn of_interface(&self, one: In<u32>, depth: u32) -> Option<Vec<SmolStr>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.context.project.modules.facts(one.module);
        let interface = &facts.interfaces[one.id as usize];
        let mut names: Vec<SmolStr> = interface
            .members
            .iter()
            .map(|member| Some(member.name.text.clone()).filter(|name| !name.is_empty()))
            .collect::<Option<_>>()?;
        for base in &interface.extends {
            names.extend(self.of_type(one.module, *base, depth)?);
        }
        Some(names)
    }

    fn of_class(&self, class: ClassRef, depth: u32) -> Option<Vec<SmolStr>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.context.project.modules.facts(class.module);
        let declared = facts.class(class.id);
        let fields = declared
            .members
            .iter()
            .filter(|member| matches!(member.kind, MemberKind::Field { .. }) && !member.is_static);
        let mut names: Vec<SmolStr> = fields
            .filter_map(|member| member.key.name().map(|name| name.text.clone()))
            .collect();
        // `constructor(public name: string)`
        let constructors = declared
            .members
            .iter()
            .filter_map(|member| match member.kind {
                MemberKind::Constructor(function) => Some(facts.function(function)),
                _ => None,
            });
        let parameters = constructors.flat_map(|function| &function.parameters);
        names.extend(parameters.filter_map(|parameter| {
            let Pattern::Binding(id) = parameter.pattern else {
                return None;
            };
            parameter.property.as_ref()?;
            Some(facts.binding(id).name.clone())
        }));
        if let Some(base) = declared.extends {
            names.extend(self.of_base(class.module, base, depth)?);
        }
        Some(names)
    }

    /// A base class, or a mapped type: `PickType(Dto, ['name'])`.
    fn of_base(&self, module: ModuleId, base: ExpressionId, depth: u32) -> Option<Vec<SmolStr>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.context.project.modules.facts(module);
        let base = facts.unwrap_casts(base);
        let Expression::Call {
            callee, arguments, ..
        } = facts.expression(base)
        else {
            return match Types::new(&self.context.project.modules).of(In { module, id: base }) {
                Type::Constructor(class) => self.of_class(class, depth),
                _ => None,
            };
        };
        let Expression::Identifier { name, .. } = facts.expression(*callee) else {
            return None;
        };
        let first = arguments.first()?.value;
        let keys = || self.listed(module, arguments.get(1)?.value);
        match name.as_str() {
            "createZodDto" => self.of_zod(module, first, depth),
            "PartialType" => self.of_base(module, first, depth),
            "PickType" => keys(),
            "OmitType" => {
                let without = keys()?;
                let mut names = self.of_base(module, first, depth)?;
                names.retain(|name| !without.contains(name));
                Some(names)
            }
            "IntersectionType" => {
                let parts = arguments
                    .iter()
                    .map(|one| self.of_base(module, one.value, depth));
                Some(parts.collect::<Option<Vec<_>>>()?.concat())
            }
            _ => None,
        }
    }

    /// `['a', 'b'] as const`
    fn listed(&self, module: ModuleId, list: ExpressionId) -> Option<Vec<SmolStr>> {
        let facts = self.context.project.modules.facts(module);
        let Expression::Array(elements) = facts.expression(facts.unwrap_casts(list)) else {
            return None;
        };
        let names = elements.iter().map(|element| match element {
            Element::Value(value) => match facts.expression(*value) {
                Expression::String(text) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        });
        names.collect()
    }

    fn of_zod(&self, module: ModuleId, schema: ExpressionId, depth: u32) -> Option<Vec<SmolStr>> {
        let depth = depth.checked_sub(1)?;
        let link = zod::link(self.context, module, schema)?;
        let before = || self.of_zod(link.module, link.object, depth);
        match link.method {
            "object" | "strictObject" => self.shape(link.module, link.argument()?),
            "extend" | "merge" | "safeExtend" | "and" => {
                let mut names = before()?;
                let argument = link.argument()?;
                let more = self.shape(link.module, argument);
                names.extend(more.or_else(|| self.of_zod(link.module, argument, depth))?);
                Some(names)
            }
            "pick" => self.shape(link.module, link.argument()?),
            "omit" => {
                let without = self.shape(link.module, link.argument()?)?;
                let mut names = before()?;
                names.retain(|name| !without.contains(name));
                Some(names)
            }
            "strict" | "partial" | "required" | "refine" | "superRefine" | "describe"
            | "optional" | "nullable" | "nullish" | "openapi" | "meta" | "brand" => before(),
            _ => None,
        }
    }

    fn shape(&self, module: ModuleId, shape: ExpressionId) -> Option<Vec<SmolStr>> {
        let facts = self.context.project.modules.facts(module);
        let Expression::Object(properties) = facts.expression(facts.unwrap_casts(shape)) else {
            return None;
        };
        let names = properties.iter().map(|property| match property {
            Property::Value { key, .. } => key.name().map(|name| name.text.clone()),
            _ => None,
        });
        names.collect()
    }
}
