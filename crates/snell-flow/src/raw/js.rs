//! JavaScript types, as far as declarations and expressions tell them: what a
//! parameter is sent as, what a row is believed to hold.

use snell_extract::facts::{
    BinaryOperator, BindingKind, Element, Expression, ExpressionId, Pattern, PatternStep,
    TypeExpression, TypeId, TypeMember, UnaryOperator,
};
use snell_prisma::{Field, FieldType, ScalarType};
use snell_project::{
    Project,
    module::{ExpressionRef, In, ModuleId, Symbol, TypeRef},
    schema::SchemaId,
    types::{Type, Types},
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

    fn join(mut self, other: JsType) -> JsType {
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
    types: Types<'p>,
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

    fn annotation(&self, module: ModuleId, id: TypeId, depth: u32) -> JsType {
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

    fn expression(&self, at: ExpressionRef, depth: u32) -> JsType {
        let Some(depth) = depth.checked_sub(1) else {
            return JsType::unknown();
        };
        let facts = self.project.modules.facts(at.module);
        let inside = |id: ExpressionId| self.expression(In { id, ..at }, depth);
        match facts.expression(at.id) {
            Expression::String(_) | Expression::Template { .. } => JsType::of(JsKind::Text),
            Expression::Number(_) | Expression::Update { .. } => JsType::of(JsKind::Number),
            Expression::BigInt(_) => JsType::of(JsKind::BigInt),
            Expression::Boolean(_) => JsType::of(JsKind::Boolean),
            Expression::Null => JsType {
                null: true,
                ..JsType::default()
            },
            Expression::Undefined => JsType {
                undefined: true,
                ..JsType::default()
            },
            Expression::Array(elements) => self.elements(at, elements, depth),
            Expression::Object(_) => JsType::of(JsKind::Object),
            Expression::Await(value) => inside(*value),
            Expression::Cast { value, ty, .. } => match ty {
                Some(ty) => self.annotation(at.module, *ty, depth),
                None => inside(*value),
            },
            Expression::Unary { operator, .. } => match operator {
                UnaryOperator::Not => JsType::of(JsKind::Boolean),
                UnaryOperator::Plus => JsType::of(JsKind::Number),
                UnaryOperator::Typeof => JsType::of(JsKind::Text),
                _ => JsType::unknown(),
            },
            Expression::Binary {
                operator,
                left,
                right,
            } => self.binary(*operator, inside(*left), inside(*right)),
            Expression::Conditional {
                then, otherwise, ..
            } => inside(*then).join(inside(*otherwise)),
            Expression::Logical { left, right, .. } => {
                let mut left = inside(*left);
                left.null = false;
                left.undefined = false;
                left.join(inside(*right))
            }
            Expression::New { callee, .. } => match facts.expression(*callee) {
                Expression::Identifier { name, .. } if name == "Date" => JsType::of(JsKind::Date),
                _ => JsType::unknown(),
            },
            Expression::Call { callee, .. } => self.called(In { id: *callee, ..at }, depth),
            Expression::Member { property, .. } if property.text == "length" => {
                JsType::of(JsKind::Number)
            }
            Expression::Member {
                object, property, ..
            } => self.member(In { id: *object, ..at }, &property.text, depth),
            Expression::Identifier { .. } => self.variable(at, depth),
            _ => JsType::unknown(),
        }
    }

    fn elements(&self, at: ExpressionRef, elements: &[Element], depth: u32) -> JsType {
        let each = elements.iter().map(|element| match element {
            Element::Value(id) => self.expression(In { id: *id, ..at }, depth),
            Element::Spread(_) | Element::Hole => JsType::unknown(),
        });
        let element = each.reduce(JsType::join).unwrap_or_else(JsType::unknown);
        JsType::of(JsKind::List(Box::new(element)))
    }

    fn binary(&self, operator: BinaryOperator, left: JsType, right: JsType) -> JsType {
        match operator {
            BinaryOperator::Add => match (left.only(), right.only()) {
                (Some(JsKind::Text), _) | (_, Some(JsKind::Text)) => JsType::of(JsKind::Text),
                (Some(JsKind::Number), Some(JsKind::Number)) => JsType::of(JsKind::Number),
                _ => JsType::unknown(),
            },
            BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder
            | BinaryOperator::Power => match (left.only(), right.only()) {
                (Some(JsKind::BigInt), _) | (_, Some(JsKind::BigInt)) => JsType::of(JsKind::BigInt),
                (Some(_), _) | (_, Some(_)) => JsType::of(JsKind::Number),
                _ => JsType::unknown(),
            },
            BinaryOperator::Bitwise => JsType::unknown(),
            _ => JsType::of(JsKind::Boolean),
        }
    }

    fn called(&self, callee: ExpressionRef, depth: u32) -> JsType {
        let facts = self.project.modules.facts(callee.module);
        let global = |id: ExpressionId| match facts.expression(id) {
            Expression::Identifier {
                name,
                binding: None,
            } => Some(name.as_str()),
            _ => None,
        };
        match facts.expression(callee.id) {
            Expression::Identifier {
                binding: None,
                name,
            } => match name.as_str() {
                "String" => return JsType::of(JsKind::Text),
                "Number" | "parseInt" | "parseFloat" => return JsType::of(JsKind::Number),
                "BigInt" => return JsType::of(JsKind::BigInt),
                "Boolean" => return JsType::of(JsKind::Boolean),
                _ => {}
            },
            Expression::Member {
                object, property, ..
            } => match (global(*object), property.text.as_str()) {
                (Some("JSON"), "stringify")
                | (
                    _,
                    "toISOString" | "toFixed" | "toLowerCase" | "toUpperCase" | "trim" | "join",
                ) => {
                    return JsType::of(JsKind::Text);
                }
                (Some("Math"), _)
                | (Some("Date"), "now")
                | (Some("Number"), "parseInt" | "parseFloat")
                | (_, "getTime") => return JsType::of(JsKind::Number),
                (_, "filter" | "slice" | "concat" | "reverse" | "sort") => {
                    return self.expression(
                        In {
                            id: *object,
                            ..callee
                        },
                        depth,
                    );
                }
                _ => {}
            },
            _ => {}
        }
        let Some(function) = self.types.callee(callee) else {
            return JsType::unknown();
        };
        let declared = self
            .project
            .modules
            .facts(function.module)
            .function(function.id);
        match declared.result {
            Some(result) => self.annotation(function.module, result, depth),
            None => JsType::unknown(),
        }
    }

    fn member(&self, object: ExpressionRef, name: &str, depth: u32) -> JsType {
        let declared = match self.types.of(object) {
            Type::Declared(ty) => self.shape(ty, depth),
            Type::Interface(found) => self.interface_shape(found, depth),
            _ => None,
        };
        let member = declared.and_then(|shape| {
            let mut members = shape.members.into_iter();
            members.find(|member| member.name == name)
        });
        member.map_or_else(JsType::unknown, |member| member.ty)
    }

    fn variable(&self, at: ExpressionRef, depth: u32) -> JsType {
        let modules = &self.project.modules;
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = modules.facts(at.module).expression(at.id)
        else {
            return JsType::unknown();
        };
        let Symbol::Variable(variable) = modules.binding(at.module, *binding) else {
            return JsType::unknown();
        };
        let facts = modules.facts(variable.module);
        let declared = facts.binding(variable.id);
        match &declared.kind {
            BindingKind::Variable {
                ty: Some(ty), init, ..
            } => {
                let path = init.as_ref().map_or(&[][..], |init| init.path.as_slice());
                self.part(variable.module, *ty, path, depth)
            }
            BindingKind::Variable {
                init: Some(init), ..
            } if !declared.reassigned => {
                let value = In {
                    module: variable.module,
                    id: init.value,
                };
                match init.path.as_slice() {
                    [] => self.expression(value, depth),
                    [PatternStep::Property(name)] => self.member(value, name, depth),
                    _ => JsType::unknown(),
                }
            }
            BindingKind::Parameter {
                function,
                index,
                path,
            } => {
                let parameter = facts.function(*function).parameters.get(*index as usize);
                match parameter.map(|parameter| (parameter.ty, &parameter.pattern)) {
                    Some((Some(ty), _)) => self.part(variable.module, ty, path, depth),
                    Some((None, Pattern::Default { value, .. })) if path.is_empty() => {
                        let value = In {
                            module: variable.module,
                            id: *value,
                        };
                        self.expression(value, depth)
                    }
                    _ => JsType::unknown(),
                }
            }
            _ => JsType::unknown(),
        }
    }

    fn part(&self, module: ModuleId, ty: TypeId, path: &[PatternStep], depth: u32) -> JsType {
        match path {
            [] => self.annotation(module, ty, depth),
            [PatternStep::Property(name)] => {
                let shape = self.shape(In { module, id: ty }, depth);
                let member = shape.and_then(|shape| {
                    let mut members = shape.members.into_iter();
                    members.find(|member| member.name == *name)
                });
                member.map_or_else(JsType::unknown, |member| member.ty)
            }
            _ => JsType::unknown(),
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
