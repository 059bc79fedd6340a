//! What a parameter, or a property read from one, is declared as.

use snell_extract::facts::{
    Argument, Decorator, Element, Expression, ExpressionId, MemberKind, ModuleFacts, Parameter,
    Pattern, Property, TypeExpression, TypeId, TypeMember,
};
use snell_flow::{Opaque, Root, Step};
use snell_project::{
    endpoint::{Endpoint, Given},
    module::{ClassRef, FunctionRef, In, ModuleId, Symbol},
    types::{Type, Types},
};
use snell_source::Span;

use crate::support::zod;
use crate::{functions, rule::Context};

/// A parameter or property with what is said of its values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared<'a> {
    /// The module that says it.
    pub module: ModuleId,
    /// The type.
    pub ty: Said,
    /// `?`, or a default.
    pub optional: bool,
    /// The decorators: of a parameter, of a property of a class.
    pub decorators: &'a [Decorator],
    /// The parameter, or the property's name, in the module.
    pub at: Span,
}

/// How a type is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// By nothing.
    Nothing,
    /// By an annotation.
    Type(TypeId),
    /// By a zod schema.
    Zod(ExpressionId),
}

/// Names inside names are followed this deep.
const DEPTH: u32 = 12;

/// A parameter.
pub(crate) fn parameter<'a>(
    context: &Context<'a>,
    function: FunctionRef,
    index: u32,
) -> Option<Declared<'a>> {
    let parameter: &'a Parameter = functions::declared(context.project, function)?
        .parameters
        .get(index as usize)?;
    Some(Declared {
        module: function.module,
        ty: parameter.ty.map_or(Said::Nothing, Said::Type),
        optional: parameter.optional || matches!(parameter.pattern, Pattern::Default { .. }),
        decorators: &parameter.decorators,
        at: parameter.span,
    })
}

/// What a followed value is declared as, when it is a parameter, what a client
/// sent to `endpoint`, or a property of either.
pub(crate) fn value<'a>(
    context: &Context<'a>,
    endpoint: Option<&Endpoint>,
    value: &Opaque,
) -> Option<Declared<'a>> {
    let mut found = match &value.root {
        Root::Parameter(function, index) => parameter(context, *function, *index)?,
        Root::ClientInput(decorator, key) if decorator != "Headers" => {
            let endpoint = endpoint?;
            let given = Given::Client(decorator.clone(), key.clone());
            let index = endpoint.parameters.iter().position(|one| *one == given)?;
            parameter(context, endpoint.handler, u32::try_from(index).ok()?)?
        }
        _ => return None,
    };
    for step in &value.path {
        match step {
            Step::Property(name) => found = property(context, &found, name)?,
            Step::Converted | Step::Without(_) => {}
            Step::Each(_) | Step::At(_) => found = element(context, &found)?,
        }
    }
    Some(found)
}

/// A property of what is declared.
pub(crate) fn property<'a>(
    context: &Context<'a>,
    of: &Declared<'a>,
    name: &str,
) -> Option<Declared<'a>> {
    let reader = Reader { context };
    match of.ty {
        Said::Nothing => None,
        Said::Type(ty) => reader.of_type(of.module, ty, name, DEPTH),
        Said::Zod(schema) => reader.of_zod(of.module, schema, name, DEPTH),
    }
}

/// An element of what is declared, when it is a list of something.
pub(crate) fn element<'a>(context: &Context<'a>, of: &Declared<'a>) -> Option<Declared<'a>> {
    let Said::Type(ty) = of.ty else { return None };
    let (module, ty) = element_type(context, of.module, ty, DEPTH)?;
    Some(Declared {
        module,
        ty: Said::Type(ty),
        optional: false,
        decorators: &[],
        at: of.at,
    })
}

fn element_type(
    context: &Context<'_>,
    module: ModuleId,
    ty: TypeId,
    depth: u32,
) -> Option<(ModuleId, TypeId)> {
    let depth = depth.checked_sub(1)?;
    let facts = context.project.modules.facts(module);
    match facts.type_expression(ty) {
        TypeExpression::Array(inner) => Some((module, *inner)),
        TypeExpression::Readonly(inner) => element_type(context, module, *inner, depth),
        // `string[] | undefined`
        TypeExpression::Union(members) => {
            let is_there = |member: &&TypeId| {
                let member = facts.type_expression(**member);
                !matches!(member, TypeExpression::Null | TypeExpression::Undefined)
            };
            let mut lists = members.iter().filter(is_there);
            match (lists.next(), lists.next()) {
                (Some(only), None) => element_type(context, module, *only, depth),
                _ => None,
            }
        }
        TypeExpression::Named { name, arguments } => match (name.as_str(), arguments.as_slice()) {
            ("Array" | "ReadonlyArray", [inner]) => Some((module, *inner)),
            ("Readonly" | "NonNullable", [inner]) => element_type(context, module, *inner, depth),
            (_, []) => match context.project.modules.type_name(module, name) {
                Symbol::TypeAlias(alias) => {
                    let facts = context.project.modules.facts(alias.module);
                    let inner = facts.type_aliases[alias.id as usize].ty;
                    element_type(context, alias.module, inner, depth)
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// A property of a class, its bases and mapped types followed.
pub(crate) fn class_property<'a>(
    context: &Context<'a>,
    class: ClassRef,
    name: &str,
) -> Option<Declared<'a>> {
    Reader { context }.of_class(class, name, DEPTH)
}

/// A property among the members of an interface or object type.
pub(crate) fn member<'a>(
    module: ModuleId,
    members: &'a [TypeMember],
    name: &str,
) -> Option<Declared<'a>> {
    let member = members.iter().find(|member| member.name.text == name)?;
    Some(Declared {
        module,
        ty: member.ty.map_or(Said::Nothing, Said::Type),
        optional: member.optional,
        decorators: &[],
        at: member.name.span,
    })
}

/// Whether the value may be `null` or `undefined`, as far as its declaration says.
pub(crate) fn may_be_absent(context: &Context<'_>, declared: &Declared<'_>) -> bool {
    let Said::Type(ty) = declared.ty else {
        return declared.optional;
    };
    declared.optional || includes_null(context, declared.module, ty, DEPTH)
}

fn includes_null(context: &Context<'_>, module: ModuleId, ty: TypeId, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match context.project.modules.facts(module).type_expression(ty) {
        TypeExpression::Null | TypeExpression::Undefined => true,
        TypeExpression::Union(members) => members
            .iter()
            .any(|member| includes_null(context, module, *member, depth)),
        TypeExpression::Named { name, arguments } if arguments.is_empty() => {
            match context.project.modules.type_name(module, name) {
                Symbol::TypeAlias(alias) => {
                    let facts = context.project.modules.facts(alias.module);
                    let inner = facts.type_aliases[alias.id as usize].ty;
                    includes_null(context, alias.module, inner, depth)
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether a mapped type takes a key over: `PickType(Dto, ['name'])`, `OmitType(Dto, ['id'] as const)`.
fn takes_key(facts: &ModuleFacts, called: &str, arguments: &[Argument], name: &str) -> bool {
    let picks = called == "PickType";
    let Some(list) = arguments.get(1).filter(|_| picks || called == "OmitType") else {
        return true;
    };
    let Expression::Array(elements) = facts.expression(facts.unwrap_casts(list.value)) else {
        return true;
    };
    let listed = elements.iter().any(|element| {
        matches!(element, Element::Value(value)
            if matches!(facts.expression(*value), Expression::String(text) if text == name))
    });
    listed == picks
}

struct Reader<'c, 'a> {
    context: &'c Context<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn facts(&self, module: ModuleId) -> &'a ModuleFacts {
        self.context.project.modules.facts(module)
    }

    fn of_type(
        &self,
        module: ModuleId,
        ty: TypeId,
        name: &str,
        depth: u32,
    ) -> Option<Declared<'a>> {
        let depth = depth.checked_sub(1)?;
        match self.facts(module).type_expression(ty) {
            TypeExpression::Named {
                name: outer,
                arguments,
            } => self.of_named(module, outer, arguments, name, depth),
            TypeExpression::Object(members) => member(module, members, name),
            TypeExpression::Intersection(parts) => parts
                .iter()
                .find_map(|part| self.of_type(module, *part, name, depth)),
            TypeExpression::Readonly(inner) => self.of_type(module, *inner, name, depth),
            // `Dto | undefined`
            TypeExpression::Union(members) => {
                let mut objects = members.iter().filter(|member| {
                    !matches!(
                        self.facts(module).type_expression(**member),
                        TypeExpression::Null | TypeExpression::Undefined
                    )
                });
                match (objects.next(), objects.next()) {
                    (Some(only), None) => self.of_type(module, *only, name, depth),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn of_named(
        &self,
        module: ModuleId,
        outer: &str,
        arguments: &[TypeId],
        name: &str,
        depth: u32,
    ) -> Option<Declared<'a>> {
        let inner = |position: usize| {
            let argument = arguments.get(position)?;
            self.of_type(module, *argument, name, depth)
        };
        match outer {
            "Partial" => {
                return inner(0).map(|found| Declared {
                    optional: true,
                    ..found
                });
            }
            "Required" | "Readonly" | "Omit" | "Pick" | "NonNullable" | "Awaited" => {
                return inner(0);
            }
            "z.infer" | "z.input" | "z.output" | "infer" | "Infer" => {
                return self.inferred(module, *arguments.first()?, name, depth);
            }
            _ => {}
        }
        match self.context.project.modules.type_name(module, outer) {
            Symbol::Class(class) => self.of_class(class, name, depth),
            Symbol::Interface(interface) => {
                let declared = &self.facts(interface.module).interfaces[interface.id as usize];
                member(interface.module, &declared.members, name).or_else(|| {
                    declared
                        .extends
                        .iter()
                        .find_map(|base| self.of_type(interface.module, *base, name, depth))
                })
            }
            Symbol::TypeAlias(alias) => {
                let ty = self.facts(alias.module).type_aliases[alias.id as usize].ty;
                self.of_type(alias.module, ty, name, depth)
            }
            _ => None,
        }
    }

    /// `z.infer<typeof schema>`
    fn inferred(
        &self,
        module: ModuleId,
        argument: TypeId,
        name: &str,
        depth: u32,
    ) -> Option<Declared<'a>> {
        let TypeExpression::Typeof(schema) = self.facts(module).type_expression(argument) else {
            return None;
        };
        let schema = initializer(
            self.context,
            self.context.project.modules.local(module, schema),
        )?;
        self.of_zod(schema.module, schema.id, name, depth)
    }

    fn of_class(&self, class: ClassRef, name: &str, depth: u32) -> Option<Declared<'a>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.facts(class.module);
        let declared = facts.class(class.id);
        if let Some(member) = declared.member(name) {
            let MemberKind::Field { ty, optional, .. } = member.kind else {
                return None;
            };
            return Some(Declared {
                module: class.module,
                ty: ty.map_or(Said::Nothing, Said::Type),
                optional,
                decorators: &member.decorators,
                at: member.key.name().map_or(member.span, |name| name.span),
            });
        }
        self.of_base(class.module, declared.extends?, name, depth)
    }

    /// A base class, or the classes that a mapped type is made of: `PartialType(CreateDto)`.
    fn of_base(
        &self,
        module: ModuleId,
        base: ExpressionId,
        name: &str,
        depth: u32,
    ) -> Option<Declared<'a>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.facts(module);
        if let Expression::Call {
            callee, arguments, ..
        } = facts.expression(base)
        {
            let called = match facts.expression(*callee) {
                Expression::Identifier { name, .. } => name.as_str(),
                _ => return None,
            };
            if called == "createZodDto" {
                let schema = arguments.first()?.value;
                return self.of_zod(module, schema, name, depth);
            }
            if !takes_key(facts, called, arguments, name) {
                return None;
            }
            let all_optional = called == "PartialType";
            return arguments.iter().find_map(|argument| {
                let found = self.of_base(module, argument.value, name, depth)?;
                Some(Declared {
                    optional: found.optional || all_optional,
                    ..found
                })
            });
        }
        match Types::new(&self.context.project.modules).of(In { module, id: base }) {
            Type::Constructor(class) => self.of_class(class, name, depth),
            _ => None,
        }
    }

    /// `z.object({ name: ... })`, and what is called on it.
    fn of_zod(
        &self,
        module: ModuleId,
        schema: ExpressionId,
        name: &str,
        depth: u32,
    ) -> Option<Declared<'a>> {
        let depth = depth.checked_sub(1)?;
        let link = zod::link(self.context, module, schema)?;
        let before = || self.of_zod(link.module, link.object, name, depth);
        let argument = link.argument();
        match link.method {
            "object" | "strictObject" | "looseObject" => {
                self.of_shape(link.module, argument?, name)
            }
            "extend" | "merge" | "safeExtend" => {
                let argument = argument?;
                self.of_shape(link.module, argument, name)
                    .or_else(|| self.of_zod(link.module, argument, name, depth))
                    .or_else(before)
            }
            "and" => before().or_else(|| self.of_zod(link.module, argument?, name, depth)),
            "partial" => Some(Declared {
                optional: true,
                ..before()?
            }),
            "strict" | "passthrough" | "pick" | "omit" | "required" | "refine" | "superRefine"
            | "optional" | "nullable" | "nullish" | "describe" | "default" | "openapi" | "meta"
            | "brand" => before(),
            _ => None,
        }
    }

    fn of_shape(&self, module: ModuleId, shape: ExpressionId, name: &str) -> Option<Declared<'a>> {
        let facts = self.facts(module);
        let Expression::Object(properties) = facts.expression(shape) else {
            return None;
        };
        properties.iter().find_map(|property| match property {
            Property::Value { key, value, .. } => {
                let key = key.name().filter(|key| key.text == name)?;
                Some(Declared {
                    module,
                    ty: Said::Zod(*value),
                    optional: false,
                    decorators: &[],
                    at: key.span,
                })
            }
            _ => None,
        })
    }
}

/// The value that a name of a module was given where it is declared.
pub(crate) fn initializer(context: &Context<'_>, symbol: Symbol) -> Option<In<ExpressionId>> {
    match symbol {
        Symbol::Expression(value) => Some(value),
        Symbol::Variable(variable) => {
            let facts = context.project.modules.facts(variable.module);
            let binding = facts.binding(variable.id);
            let snell_extract::facts::BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
            else {
                return None;
            };
            (init.path.is_empty() && !binding.reassigned).then_some(In {
                module: variable.module,
                id: init.value,
            })
        }
        _ => None,
    }
}
