//! What an expression in a call's arguments is declared as, where it is a parameter, a variable with
//! an annotation, or a property of one.
//!
//! A cast to a type of the language (`as string`) says it as well as a declaration does: the compiler
//! holds it against the field. Any other cast ends the way.

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingId, BindingKind, CastKind, Expression, ModuleFacts, PatternStep, TypeExpression, TypeId,
};
use snell_project::module::{ExpressionRef, In, ModuleId, Symbol};
use snell_source::Location;

use super::kind::Kind;
use crate::{
    functions,
    rule::Context,
    support::{
        contracts::{
            Mirror, members,
            shape::{self, Plain},
        },
        declared::{self, Declared, Said},
    },
};

/// Names inside names are followed this deep.
const DEPTH: u32 = 12;

/// A declaration, and what of it has been taken out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Typed<'a> {
    /// What is declared.
    pub(super) declared: Declared<'a>,
    /// Whether it is what `...rest` left: some of its properties are not there.
    pub(super) rest: bool,
}

/// What an expression is declared as.
pub(super) fn of<'a>(context: &Context<'a>, at: ExpressionRef) -> Option<Typed<'a>> {
    follow(context, at, DEPTH)
}

fn follow<'a>(context: &Context<'a>, at: ExpressionRef, depth: u32) -> Option<Typed<'a>> {
    let depth = depth.checked_sub(1)?;
    let inside = |id| follow(context, In { id, ..at }, depth);
    match context.project.modules.facts(at.module).expression(at.id) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => of_binding(context, at.module, *binding, depth),
        Expression::Member {
            object, property, ..
        } => {
            let object = inside(*object)?;
            Some(Typed {
                declared: declared::property(context, &object.declared, &property.text)?,
                rest: false,
            })
        }
        Expression::Cast {
            value,
            kind: CastKind::NonNull,
            ..
        } => inside(*value),
        Expression::Cast {
            ty: Some(ty),
            kind: CastKind::As,
            ..
        } if is_plain(context, at.module, *ty) => Some(Typed {
            declared: Declared {
                module: at.module,
                ty: Said::Type(*ty),
                optional: false,
                decorators: &[],
                at: context.project.modules.facts(at.module).types[ty.index()].span,
            },
            rest: false,
        }),
        _ => None,
    }
}

/// Whether a type is one of the language, written by its name.
fn is_plain(context: &Context<'_>, module: ModuleId, ty: TypeId) -> bool {
    let facts = context.project.modules.facts(module);
    matches!(facts.type_expression(ty),
        TypeExpression::Named { name, arguments }
            if arguments.is_empty() && matches!(name.as_str(), "string" | "number" | "boolean" | "bigint"))
}

fn of_binding<'a>(
    context: &Context<'a>,
    module: ModuleId,
    id: BindingId,
    depth: u32,
) -> Option<Typed<'a>> {
    let facts: &'a ModuleFacts = context.project.modules.facts(module);
    let binding = facts.binding(id);
    match &binding.kind {
        BindingKind::Parameter {
            function,
            index,
            path,
        } => {
            let function = In {
                module,
                id: *function,
            };
            let parameters = &functions::declared(context.project, function)?.parameters;
            if parameters.get(*index as usize)?.rest {
                return None;
            }
            let whole = Typed {
                declared: declared::parameter(context, function, *index)?,
                rest: false,
            };
            steps(context, whole, path)
        }
        BindingKind::Variable { ty: Some(ty), .. } => {
            let whole = Declared {
                module,
                ty: Said::Type(*ty),
                optional: false,
                decorators: &[],
                at: binding.span,
            };
            let init = match &binding.kind {
                BindingKind::Variable { init, .. } => init.as_ref(),
                _ => None,
            };
            let path = init.map(|init| init.path.as_slice()).unwrap_or_default();
            steps(
                context,
                Typed {
                    declared: whole,
                    rest: false,
                },
                path,
            )
        }
        BindingKind::Variable {
            ty: None,
            init: Some(init),
            ..
        } if !binding.reassigned && init.default.is_none() => {
            let value = In {
                module,
                id: init.value,
            };
            steps(context, follow(context, value, depth)?, &init.path)
        }
        _ => None,
    }
}

/// What destructuring takes.
fn steps<'a>(context: &Context<'a>, from: Typed<'a>, path: &[PatternStep]) -> Option<Typed<'a>> {
    path.iter().try_fold(from, |from, step| match step {
        PatternStep::Property(name) => Some(Typed {
            declared: declared::property(context, &from.declared, name)?,
            rest: false,
        }),
        PatternStep::Rest => Some(Typed { rest: true, ..from }),
        PatternStep::Element(_) | PatternStep::Computed => None,
    })
}

impl<'a> Typed<'a> {
    /// Where it is declared.
    pub(super) fn at(&self, context: &Context<'_>) -> Location {
        let modules = &context.project.modules;
        modules.at(self.declared.module, self.declared.at)
    }

    /// The kinds of its values, of the elements when it is a list, and whether it is one; none when
    /// some of them are not known.
    pub(super) fn kinds(&self, context: &Context<'_>) -> Option<(Vec<Kind>, bool)> {
        let shape = shape::of(context, &self.declared)?;
        let kinds = shape.kinds.iter().map(|plain| match plain {
            Plain::Text => Kind::Text(None),
            Plain::Number => Kind::Number(None),
            Plain::BigInt => Kind::BigInt,
            Plain::Boolean => Kind::Boolean,
            Plain::Date => Kind::Date,
            Plain::Object => Kind::Object,
        });
        Some((kinds.collect(), shape.list))
    }

    /// The names of its properties; none when some of them are not known.
    pub(super) fn names(&self, context: &Context<'_>) -> Option<Vec<SmolStr>> {
        let Said::Type(ty) = self.declared.ty else {
            return None;
        };
        let inline = In {
            module: self.declared.module,
            id: ty,
        };
        members::names(context, Mirror::Inline(inline))
    }

    /// A property.
    pub(super) fn property(&self, context: &Context<'a>, name: &str) -> Option<Typed<'a>> {
        Some(Typed {
            declared: declared::property(context, &self.declared, name)?,
            rest: false,
        })
    }

    /// The strings that it may be, when they are listed: an enum, or a union of literals.
    pub(super) fn texts(&self, context: &Context<'_>) -> Option<Vec<SmolStr>> {
        match self.declared.ty {
            Said::Type(ty) => texts(context, self.declared.module, ty, DEPTH),
            Said::Zod(_) | Said::Nothing => None,
        }
    }
}

fn texts(context: &Context<'_>, module: ModuleId, ty: TypeId, depth: u32) -> Option<Vec<SmolStr>> {
    let depth = depth.checked_sub(1)?;
    let modules = &context.project.modules;
    let facts = modules.facts(module);
    match facts.type_expression(ty) {
        TypeExpression::StringLiteral(text) => Some(vec![text.clone()]),
        TypeExpression::Null | TypeExpression::Undefined => Some(Vec::new()),
        TypeExpression::Readonly(inner) | TypeExpression::Array(inner) => {
            texts(context, module, *inner, depth)
        }
        TypeExpression::Union(parts) => {
            let parts = parts
                .iter()
                .map(|part| texts(context, module, *part, depth));
            Some(parts.collect::<Option<Vec<_>>>()?.concat())
        }
        TypeExpression::Named { name, arguments } if arguments.is_empty() => {
            // `Status.Open` as a type: one member.
            if let Some((outer, member)) = name.rsplit_once('.') {
                let Symbol::Enum(one) = modules.type_name(module, outer) else {
                    return None;
                };
                return member_text(modules.facts(one.module), one.id, Some(member));
            }
            match modules.type_name(module, name) {
                Symbol::Enum(one) => member_text(modules.facts(one.module), one.id, None),
                Symbol::TypeAlias(alias) => {
                    let ty = modules.facts(alias.module).type_aliases[alias.id as usize].ty;
                    texts(context, alias.module, ty, depth)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The strings of an enum's members, or of one; none when one of them is something else.
fn member_text(facts: &ModuleFacts, id: u32, only: Option<&str>) -> Option<Vec<SmolStr>> {
    let members = facts.enums[id as usize].members.iter();
    let members = members.filter(|member| only.is_none_or(|only| member.name.text == only));
    let texts: Option<Vec<SmolStr>> = members
        .map(|member| match facts.expression(member.value?) {
            Expression::String(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    texts.filter(|texts| !texts.is_empty())
}
