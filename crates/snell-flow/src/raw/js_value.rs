//! JavaScript types of expressions.

use snell_extract::facts::{
    BinaryOperator, BindingKind, Element, Expression, ExpressionId, Pattern, PatternStep, TypeId,
    UnaryOperator,
};
use snell_project::{
    module::{ExpressionRef, In, ModuleId, Symbol},
    types::Type,
};

use super::js::{JsKind, JsType, JsTypes};

impl JsTypes<'_> {
    pub(super) fn expression(&self, at: ExpressionRef, depth: u32) -> JsType {
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
            } => Self::binary(*operator, &inside(*left), &inside(*right)),
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

    fn binary(operator: BinaryOperator, left: &JsType, right: &JsType) -> JsType {
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
