//! JavaScript types, as far as declarations tell them: what a parameter is sent
//! as, what a row is believed to hold.

use snell_extract::facts::{Expression, TypeExpression, TypeId, TypeMember};
use snell_prisma::{Field, FieldType, ScalarType};
use snell_project::{
    Project,
    module::{ExpressionRef, In, ModuleId, Symbol, TypeRef},
    schema::SchemaId,
    types::Types,
};

use crate::value::{Literal, Value};

/// A type: one of some kinds, or anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JsType {
    /// The kinds; none when nothing is known.
    pub kinds: Vec<JsKind>,
    /// Whether it may be something else too, or nothing is known.
    pub open: bool,
    /// Whether `null` is one of its values.
    pub null: bool,
    /// Whether `undefined` is one of its values.
    pub undefined: bool,
}

/// A kind of value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsKind {
    /// `string`, enums and unions of strings.
    Text,
    /// `number`
    Number,
    /// `bigint`
    BigInt,
    /// `boolean`
    Boolean,
    /// `Date`
    Date,
    /// `Prisma.Decimal`
    Decimal,
    /// `Buffer`, `Uint8Array`
    Bytes,
    /// A list.
    List(Box<JsType>),
    /// An object.
    Object,
}

impl JsType {
    /// Nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        JsType {
            open: true,
            ..JsType::default()
        }
    }

    /// One kind.
    #[must_use]
    pub fn of(kind: JsKind) -> Self {
        JsType {
            kinds: vec![kind],
            ..JsType::default()
        }
    }

    /// The kind, when it is one, `null` and `undefined` aside.
    #[must_use]
    pub fn only(&self) -> Option<&JsKind> {
        match self.kinds.as_slice() {
            [only] if !self.open => Some(only),
            _ => None,
        }
    }

    pub(super) fn join(mut self, other: JsType) -> JsType {
        for kind in other.kinds {
            if !self.kinds.contains(&kind) {
                self.kinds.push(kind);
            }
        }
        self.open |= other.open;
        self.null |= other.null;
        self.undefined |= other.undefined;
        self
    }
}

/// Answers what types are.
#[derive(Debug, Clone, Copy)]
pub struct JsTypes<'p> {
    pub(super) project: &'p Project,
    pub(super) schema: SchemaId,
    pub(super) types: Types<'p>,
}

/// Names, aliases and members that are followed for one answer.
const DEPTH: u32 = 12;

impl<'p> JsTypes<'p> {
    /// Over a project; names of models and enums are those of one schema.
    #[must_use]
    pub fn new(project: &'p Project, schema: SchemaId) -> Self {
        JsTypes {
            project,
            schema,
            types: Types::new(&project.modules),
        }
    }

    /// What a type as written is.
    #[must_use]
    pub fn annotated(&self, ty: TypeRef) -> JsType {
        self.annotation(ty.module, ty.id, DEPTH)
    }

    /// What a value is: by itself where it is known, else by the expression that gives it.
    #[must_use]
    pub fn value(&self, value: &Value, at: Option<ExpressionRef>) -> JsType {
        match value {
            Value::Null => JsType {
                null: true,
                ..JsType::default()
            },
            Value::Undefined => JsType {
                undefined: true,
                ..JsType::default()
            },
            Value::Literal(Literal::String(_)) | Value::Text(_) => JsType::of(JsKind::Text),
            Value::Literal(Literal::Number(_)) => JsType::of(JsKind::Number),
            Value::Literal(Literal::BigInt(_)) => JsType::of(JsKind::BigInt),
            Value::Literal(Literal::Boolean(_)) => JsType::of(JsKind::Boolean),
            Value::OneOf(choices) => choices
                .iter()
                .map(|choice| self.value(&choice.value, at))
                .reduce(JsType::join)
                .unwrap_or_else(JsType::unknown),
            _ => at.map_or_else(JsType::unknown, |at| self.expression(at, DEPTH)),
        }
    }

    pub(super) fn annotation(&self, module: ModuleId, id: TypeId, depth: u32) -> JsType {
        let Some(depth) = depth.checked_sub(1) else {
            return JsType::unknown();
        };
        let inside = |id| self.annotation(module, id, depth);
        match self.project.modules.facts(module).type_expression(id) {
            TypeExpression::StringLiteral(_) | TypeExpression::Template(_) => {
                JsType::of(JsKind::Text)
            }
            TypeExpression::NumberLiteral(_) => JsType::of(JsKind::Number),
            TypeExpression::BooleanLiteral(_) => JsType::of(JsKind::Boolean),
            TypeExpression::Null => JsType {
                null: true,
                ..JsType::default()
            },
            TypeExpression::Undefined => JsType {
                undefined: true,
                ..JsType::default()
            },
            TypeExpression::Union(members) => members
                .iter()
                .map(|member| inside(*member))
                .reduce(JsType::join)
                .unwrap_or_else(JsType::unknown),
            TypeExpression::Array(element) => JsType::of(JsKind::List(Box::new(inside(*element)))),
            TypeExpression::Readonly(inner) => inside(*inner),
            TypeExpression::Object(_) => JsType::of(JsKind::Object),
            TypeExpression::Named { name, arguments } => self.named(module, name, arguments, depth),
            TypeExpression::IndexedAccess { object, index } => self
                .indexed(module, *object, *index, depth)
                .unwrap_or_else(JsType::unknown),
            _ => JsType::unknown(),
        }
    }

    fn named(&self, module: ModuleId, name: &str, arguments: &[TypeId], depth: u32) -> JsType {
        let first = || {
            arguments
                .first()
                .map_or_else(JsType::unknown, |ty| self.annotation(module, *ty, depth))
        };
        JsType::of(match name {
            "string" => JsKind::Text,
            "number" => JsKind::Number,
            "bigint" | "BigInt" => JsKind::BigInt,
            "boolean" => JsKind::Boolean,
            "Date" => JsKind::Date,
            "Decimal" | "Prisma.Decimal" => JsKind::Decimal,
            "Buffer" | "Uint8Array" => JsKind::Bytes,
            "Array" | "ReadonlyArray" => JsKind::List(Box::new(first())),
            "Record" => JsKind::Object,
            "Promise" | "Readonly" | "Required" => return first(),
            "NonNullable" => {
                return JsType {
                    null: false,
                    undefined: false,
                    ..first()
                };
            }
            _ => return self.symbol(module, name, depth),
        })
    }

    fn symbol(&self, module: ModuleId, name: &str, depth: u32) -> JsType {
        let modules = &self.project.modules;
        match modules.type_name(module, name) {
            Symbol::TypeAlias(alias) => {
                let declared = &modules.facts(alias.module).type_aliases[alias.id as usize];
                self.annotation(alias.module, declared.ty, depth)
            }
            Symbol::Interface(_) | Symbol::Class(_) => JsType::of(JsKind::Object),
            Symbol::Enum(found) => {
                let facts = modules.facts(found.module);
                let members = &facts.enums[found.id as usize].members;
                let text = members.iter().all(|member| {
                    member
                        .value
                        .is_some_and(|id| matches!(facts.expression(id), Expression::String(_)))
                });
                if text && !members.is_empty() {
                    JsType::of(JsKind::Text)
                } else {
                    JsType::unknown()
                }
            }
            Symbol::External { specifier, name } if is_client(&specifier) => {
                let datamodel = &self.project.schemas.get(self.schema).datamodel;
                let name = name.rsplit('.').next().unwrap_or(&name);
                if datamodel.enumeration(name).is_some() {
                    JsType::of(JsKind::Text)
                } else if datamodel.model(name).is_some() {
                    JsType::of(JsKind::Object)
                } else {
                    JsType::unknown()
                }
            }
            _ => JsType::unknown(),
        }
    }

    /// `Row['name']`
    fn indexed(
        &self,
        module: ModuleId,
        object: TypeId,
        index: TypeId,
        depth: u32,
    ) -> Option<JsType> {
        let facts = self.project.modules.facts(module);
        let TypeExpression::StringLiteral(name) = facts.type_expression(index) else {
            return None;
        };
        let shape = self.shape(In { module, id: object }, depth)?;
        let member = shape.members.iter().find(|member| member.name == *name)?;
        Some(member.ty.clone())
    }

    /// The type of a member as it is declared.
    pub(super) fn member_type(&self, module: ModuleId, member: &TypeMember, depth: u32) -> JsType {
        let mut ty = member
            .ty
            .map_or_else(JsType::unknown, |ty| self.annotation(module, ty, depth));
        ty.undefined |= member.optional;
        ty
    }

    /// What Prisma's client gives for a field.
    pub(super) fn field_type(field: &Field) -> JsType {
        let kind = match &field.ty {
            FieldType::Scalar(scalar) => match scalar {
                ScalarType::String => JsKind::Text,
                ScalarType::Int | ScalarType::Float => JsKind::Number,
                ScalarType::BigInt => JsKind::BigInt,
                ScalarType::Boolean => JsKind::Boolean,
                ScalarType::DateTime => JsKind::Date,
                ScalarType::Decimal => JsKind::Decimal,
                ScalarType::Bytes => JsKind::Bytes,
                ScalarType::Json => return JsType::unknown(),
            },
            FieldType::Enum(_) => JsKind::Text,
            _ => return JsType::unknown(),
        };
        let ty = JsType::of(kind);
        if field.is_list() {
            return JsType::of(JsKind::List(Box::new(ty)));
        }
        JsType {
            null: !field.is_required(),
            ..ty
        }
    }
}

/// Whether a specifier leads to a generated client.
pub(super) fn is_client(specifier: &str) -> bool {
    specifier == "@prisma/client"
        || specifier.contains("generated")
        || specifier.contains("prisma") && !specifier.starts_with('@')
        || specifier.starts_with("@prisma/client/")
}
