//! What kind of value a property says that it holds.

use snell_extract::facts::{Expression, TypeExpression, TypeId};
use snell_project::module::{ModuleId, Symbol};

use crate::{
    rule::Context,
    support::{
        accepts::{self, Kind},
        declared::{Declared, Said},
    },
};

/// The kinds of values that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    /// A string.
    Text,
    /// A number.
    Number,
    /// A `bigint`.
    BigInt,
    /// `true` or `false`.
    Boolean,
    /// A `Date`.
    Date,
    /// An object.
    Object,
}

impl Plain {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Plain::Text => "a string",
            Plain::Number => "a number",
            Plain::BigInt => "a bigint",
            Plain::Boolean => "a boolean",
            Plain::Date => "a `Date`",
            Plain::Object => "an object",
        }
    }
}

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Its kinds, those of elements when it is a list; at least one.
    pub kinds: Vec<Plain>,
    /// A list of them.
    pub list: bool,
}

/// Types inside types are followed this deep.
const DEPTH: u32 = 8;

/// What a property holds; none when some of it is not known.
pub(crate) fn of(context: &Context<'_>, declared: &Declared<'_>) -> Option<Shape> {
    match declared.ty {
        Said::Type(ty) => of_type(context, declared.module, ty, DEPTH),
        Said::Zod(_) => {
            let accepts = accepts::of(context, declared);
            if accepts.converted {
                return None;
            }
            let kind = match accepts.kind?.0 {
                Kind::Text | Kind::Uuid => Plain::Text,
                Kind::Integer | Kind::Number => Plain::Number,
                Kind::Boolean => Plain::Boolean,
                Kind::Date => Plain::Date,
            };
            Some(one(kind))
        }
        Said::Nothing => None,
    }
}

fn one(kind: Plain) -> Shape {
    Shape {
        kinds: vec![kind],
        list: false,
    }
}

fn of_type(context: &Context<'_>, module: ModuleId, ty: TypeId, depth: u32) -> Option<Shape> {
    let depth = depth.checked_sub(1)?;
    let facts = context.project.modules.facts(module);
    match facts.type_expression(ty) {
        TypeExpression::StringLiteral(_) | TypeExpression::Template(_) => Some(one(Plain::Text)),
        TypeExpression::NumberLiteral(_) => Some(one(Plain::Number)),
        TypeExpression::BooleanLiteral(_) => Some(one(Plain::Boolean)),
        TypeExpression::Object(_) => Some(one(Plain::Object)),
        TypeExpression::Readonly(inner) => of_type(context, module, *inner, depth),
        TypeExpression::Array(inner) => list(of_type(context, module, *inner, depth)?),
        TypeExpression::Union(members) => {
            let parts = members
                .iter()
                .filter(|member| {
                    !matches!(
                        facts.type_expression(**member),
                        TypeExpression::Null | TypeExpression::Undefined
                    )
                })
                .map(|member| of_type(context, module, *member, depth))
                .collect::<Option<Vec<Shape>>>()?;
            let list = parts.first()?.list;
            if parts.iter().any(|part| part.list != list) {
                return None;
            }
            let mut kinds: Vec<Plain> = Vec::new();
            for kind in parts.iter().flat_map(|part| &part.kinds) {
                if !kinds.contains(kind) {
                    kinds.push(*kind);
                }
            }
            Some(Shape { kinds, list })
        }
        TypeExpression::Named { name, arguments } => {
            of_named(context, module, name, arguments, depth)
        }
        _ => None,
    }
}

fn list(element: Shape) -> Option<Shape> {
    (!element.list).then_some(Shape {
        list: true,
        ..element
    })
}

fn of_named(
    context: &Context<'_>,
    module: ModuleId,
    name: &str,
    arguments: &[TypeId],
    depth: u32,
) -> Option<Shape> {
    let modules = &context.project.modules;
    match (name, arguments) {
        ("string" | "String", []) => Some(one(Plain::Text)),
        ("number" | "Number", []) => Some(one(Plain::Number)),
        ("boolean" | "Boolean", []) => Some(one(Plain::Boolean)),
        ("bigint" | "BigInt", []) => Some(one(Plain::BigInt)),
        ("Date", []) => Some(one(Plain::Date)),
        ("Record", _) => Some(one(Plain::Object)),
        ("Array" | "ReadonlyArray", [inner]) => list(of_type(context, module, *inner, depth)?),
        ("NonNullable" | "Readonly", [inner]) => of_type(context, module, *inner, depth),
        (_, []) => match modules.type_name(module, name) {
            Symbol::TypeAlias(alias) => {
                let ty = modules.facts(alias.module).type_aliases[alias.id as usize].ty;
                of_type(context, alias.module, ty, depth)
            }
            Symbol::Enum(one_of) => {
                let facts = modules.facts(one_of.module);
                let members = &facts.enums[one_of.id as usize].members;
                let is_text = members.iter().all(|member| {
                    member.value.is_some_and(|value| {
                        matches!(facts.expression(value), Expression::String(_))
                    })
                });
                is_text.then(|| one(Plain::Text))
            }
            Symbol::Class(_) | Symbol::Interface(_) => Some(one(Plain::Object)),
            _ => None,
        },
        _ => None,
    }
}
