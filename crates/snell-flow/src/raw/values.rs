//! What is known of a value's type: enough to tell fragments, numbers and
//! closed sets of words from any text.

use snell_extract::facts::{
    BinaryOperator, BindingKind, Element, Expression, FunctionBody, Pattern, PatternStep,
    TypeExpression, UnaryOperator,
};
use snell_project::{
    Project,
    module::{ExpressionRef, FunctionRef, In, Symbol, TypeRef},
    types::{Type, Types},
};

use crate::value::{Root, Value};

/// Answers questions about expressions' types.
#[derive(Debug)]
pub struct Values<'p> {
    pub(super) project: &'p Project,
    types: Types<'p>,
}

/// How a type's values look inside of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// Numbers, booleans, dates: nothing that could end a literal.
    Number,
    /// One of some words, as far as the compiler can see.
    Words,
    /// Any text.
    Text,
    /// A list of numbers.
    Numbers,
    /// A list of words from a closed set.
    WordList,
    /// A list of any texts.
    List,
    /// A fragment of SQL.
    Fragment,
}

impl Nature {
    /// Of a list with such elements.
    pub(super) fn listed(self) -> Option<Nature> {
        match self {
            Nature::Number => Some(Nature::Numbers),
            Nature::Words => Some(Nature::WordList),
            Nature::Text => Some(Nature::List),
            _ => None,
        }
    }

    /// Of a list's elements.
    fn element(self) -> Option<Nature> {
        match self {
            Nature::Numbers => Some(Nature::Number),
            Nature::WordList => Some(Nature::Words),
            Nature::List => Some(Nature::Text),
            _ => None,
        }
    }
}

/// Names and aliases that are followed for one answer.
const DEPTH: u32 = 12;

impl<'p> Values<'p> {
    /// Over the modules of a project.
    #[must_use]
    pub fn new(project: &'p Project) -> Self {
        Values {
            project,
            types: Types::new(&project.modules),
        }
    }

    /// Whether a value is surely a fragment.
    pub(super) fn is_fragment(&self, value: &Value, at: ExpressionRef) -> bool {
        matches!(value, Value::Unknown | Value::Opaque(_))
            && self.nature(at) == Some(Nature::Fragment)
    }

    /// Whether a value is surely none.
    pub(super) fn is_value(&self, value: &Value, at: ExpressionRef) -> bool {
        match value {
            Value::Unknown => self.is_no_fragment(at),
            Value::Opaque(opaque) => match &opaque.root {
                Root::Parameter(..) | Root::Result(_) | Root::Outer(_) | Root::Field(..) => {
                    self.is_no_fragment(at)
                }
                _ => true,
            },
            Value::OneOf(choices) => choices.iter().all(|c| self.is_value(&c.value, at)),
            _ => true,
        }
    }

    fn is_no_fragment(&self, at: ExpressionRef) -> bool {
        self.nature(at).is_some_and(|n| n != Nature::Fragment)
            || self.types.of(at) == Type::Primitive
    }

    /// Whether a list is surely one of plain values: `ids: string[]`.
    pub(super) fn is_list_of_values(&self, at: ExpressionRef) -> bool {
        matches!(
            self.nature(at),
            Some(Nature::List | Nature::Numbers | Nature::WordList)
        )
    }

    /// What an expression's values look like; `None` when nothing tells.
    #[must_use]
    pub fn nature(&self, at: ExpressionRef) -> Option<Nature> {
        self.of(at, DEPTH)
    }

    fn of(&self, at: ExpressionRef, depth: u32) -> Option<Nature> {
        let depth = depth.checked_sub(1)?;
        let facts = self.project.modules.facts(at.module);
        let inside = |id| beside(at, id);
        match facts.expression(at.id) {
            Expression::Number(_) | Expression::BigInt(_) | Expression::Boolean(_) => {
                Some(Nature::Number)
            }
            Expression::String(_) => Some(Nature::Words),
            // Put together of numbers and known words it is one more known word.
            Expression::Template { values, .. } => values
                .iter()
                .map(|id| self.of(inside(*id), depth))
                .try_fold(Nature::Words, |all, one| Some(all.max(one?))),
            Expression::Array(elements) => self.elements(at, elements, depth),
            Expression::Cast {
                value, ty: None, ..
            }
            | Expression::Await(value) => self.of(inside(*value), depth),
            Expression::Cast {
                value,
                ty: Some(ty),
                ..
            } => self
                .annotated(beside(at, *ty), depth)
                .or_else(|| self.of(inside(*value), depth)),
            Expression::Unary { operator, .. } => match operator {
                UnaryOperator::Minus | UnaryOperator::Plus | UnaryOperator::Not => {
                    Some(Nature::Number)
                }
                _ => None,
            },
            Expression::Binary {
                operator: BinaryOperator::Add,
                left,
                right,
            } => self
                .wider(inside(*left), inside(*right), depth)
                .map(|nature| match nature {
                    Nature::Number => nature,
                    _ => Nature::Text,
                }),
            Expression::Binary { .. } => Some(Nature::Number),
            Expression::Conditional {
                then, otherwise, ..
            } => self.wider(inside(*then), inside(*otherwise), depth),
            Expression::Logical { left, right, .. } => {
                self.wider(inside(*left), inside(*right), depth)
            }
            Expression::Update { .. } => Some(Nature::Number),
            Expression::Call { callee, .. } => self.called(inside(*callee), at, depth),
            Expression::New { callee, .. } => match facts.expression(*callee) {
                Expression::Identifier {
                    name,
                    binding: None,
                } if name == "Date" => Some(Nature::Number),
                _ => None,
            },
            Expression::Member { property, .. } if property.text == "length" => {
                Some(Nature::Number)
            }
            Expression::Identifier { .. } => self.named(at, depth).or_else(|| self.typed(at)),
            Expression::Member {
                object, property, ..
            } => self.member(inside(*object), &property.text, depth),
            _ => self.typed(at),
        }
    }

    fn typed(&self, at: ExpressionRef) -> Option<Nature> {
        match self.types.of(at) {
            Type::External(specifier, name) if name == "Sql" && specifier.contains("prisma") => {
                Some(Nature::Fragment)
            }
            _ => None,
        }
    }

    fn elements(&self, at: ExpressionRef, elements: &[Element], depth: u32) -> Option<Nature> {
        let each = elements.iter().map(|element| match element {
            Element::Value(id) => self.of(beside(at, *id), depth),
            Element::Spread(id) => self.of(beside(at, *id), depth)?.element(),
            Element::Hole => None,
        });
        each.reduce(|a, b| Some(a?.max(b?)))??.listed()
    }

    /// An element that a list's method hands to its callback.
    fn handed(&self, function: FunctionRef, index: u32, depth: u32) -> Option<Nature> {
        let module = self.project.modules.get(function.module);
        let own = module.context.function_expression(function.id)?;
        let Expression::Call { callee, .. } = module.facts.expression(module.context.parent(own)?)
        else {
            return None;
        };
        let Expression::Member {
            object, property, ..
        } = module.facts.expression(*callee)
        else {
            return None;
        };
        match (property.text.as_str(), index) {
            ("map" | "filter" | "flatMap" | "forEach" | "find" | "some", 0) => {
                self.of(beside(function, *object), depth)?.element()
            }
            ("map" | "filter" | "flatMap" | "forEach", 1) => Some(Nature::Number),
            _ => None,
        }
    }

    fn wider(&self, a: ExpressionRef, b: ExpressionRef, depth: u32) -> Option<Nature> {
        Some(self.of(a, depth)?.max(self.of(b, depth)?))
    }

    /// A name: by its annotation, else by its first value when it is never another.
    fn named(&self, at: ExpressionRef, depth: u32) -> Option<Nature> {
        let facts = self.project.modules.facts(at.module);
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = facts.expression(at.id)
        else {
            return None;
        };
        let variable = match self.project.modules.binding(at.module, *binding) {
            Symbol::Variable(variable) => variable,
            _ => return None,
        };
        let facts = self.project.modules.facts(variable.module);
        let declared = facts.binding(variable.id);
        let within = |id| beside(variable, id);
        match &declared.kind {
            BindingKind::Variable { ty, init, .. } => {
                let path = init.as_ref().map_or(&[][..], |init| &init.path);
                if let Some(ty) = ty {
                    return self.part(within(*ty), path, depth);
                }
                let init = init.as_ref()?;
                match path {
                    [] if !declared.reassigned || !self.is_text(variable, init.value) => {
                        self.of(beside(variable, init.value), depth)
                    }
                    [PatternStep::Property(name)] => {
                        self.member(beside(variable, init.value), name, depth)
                    }
                    _ => None,
                }
            }
            BindingKind::Parameter {
                function,
                index,
                path,
            } => {
                let parameter = facts.function(*function).parameters.get(*index as usize)?;
                match (parameter.ty, &parameter.pattern) {
                    (Some(ty), _) => self.part(within(ty), path, depth),
                    (None, Pattern::Default { value, .. }) if path.is_empty() => {
                        self.of(beside(variable, *value), depth)
                    }
                    (None, Pattern::Binding(_)) if path.is_empty() => {
                        self.handed(beside(variable, *function), *index, depth)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a variable's first value is text, to which anything may be appended.
    fn is_text(
        &self,
        variable: snell_project::module::BindingRef,
        init: snell_extract::facts::ExpressionId,
    ) -> bool {
        let facts = self.project.modules.facts(variable.module);
        matches!(
            facts.expression(facts.unwrap_casts(init)),
            Expression::String(_) | Expression::Template { .. }
        )
    }

    /// A member of a declared type, down a path.
    fn part(&self, ty: TypeRef, path: &[PatternStep], depth: u32) -> Option<Nature> {
        match path {
            [] => self.annotated(ty, depth),
            [PatternStep::Property(name), rest @ ..] => {
                let member = self.member_type(ty, name, depth)?;
                self.part(member, rest, depth.checked_sub(1)?)
            }
            _ => None,
        }
    }

    fn member(&self, object: ExpressionRef, name: &str, depth: u32) -> Option<Nature> {
        match self.types.of(object) {
            Type::Declared(ty) => {
                let member = self.member_type(ty, name, depth)?;
                self.annotated(member, depth)
            }
            Type::Interface(interface) => {
                let facts = self.project.modules.facts(interface.module);
                let declared = &facts.interfaces[interface.id as usize];
                let member = declared.members.iter().find(|m| m.name.text == name)?;
                self.annotated(beside(interface, member.ty?), depth)
            }
            Type::Instance(class) => {
                let facts = self.project.modules.facts(class.module);
                let member = facts.class(class.id).member(name)?;
                match member.kind {
                    snell_extract::facts::MemberKind::Field { ty: Some(ty), .. } => {
                        self.annotated(beside(class, ty), depth)
                    }
                    snell_extract::facts::MemberKind::Field {
                        init: Some(init), ..
                    } => self.of(beside(class, init), depth),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn member_type(&self, ty: TypeRef, name: &str, depth: u32) -> Option<TypeRef> {
        let depth = depth.checked_sub(1)?;
        let facts = self.project.modules.facts(ty.module);
        match facts.type_expression(ty.id) {
            TypeExpression::Object(members) => Some(beside(
                ty,
                members.iter().find(|member| member.name.text == name)?.ty?,
            )),
            TypeExpression::Intersection(all) => all
                .iter()
                .find_map(|id| self.member_type(beside(ty, *id), name, depth)),
            TypeExpression::Named {
                name: alias,
                arguments,
            } => match self.project.modules.type_name(ty.module, alias) {
                Symbol::TypeAlias(alias) => {
                    let facts = self.project.modules.facts(alias.module);
                    let id = facts.type_aliases[alias.id as usize].ty;
                    self.member_type(beside(alias, id), name, depth)
                }
                Symbol::Interface(interface) => {
                    let facts = self.project.modules.facts(interface.module);
                    let members = &facts.interfaces[interface.id as usize].members;
                    Some(beside(
                        interface,
                        members.iter().find(|member| member.name.text == name)?.ty?,
                    ))
                }
                Symbol::Class(class) => {
                    let facts = self.project.modules.facts(class.module);
                    match facts.class(class.id).member(name)?.kind {
                        snell_extract::facts::MemberKind::Field { ty: Some(id), .. } => {
                            Some(beside(class, id))
                        }
                        _ => None,
                    }
                }
                _ if matches!(alias.as_str(), "Readonly" | "Partial" | "Required") => {
                    self.member_type(beside(ty, *arguments.first()?), name, depth)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What a call gives: conversions, methods of text, annotated functions.
    fn called(&self, callee: ExpressionRef, call: ExpressionRef, depth: u32) -> Option<Nature> {
        let facts = self.project.modules.facts(callee.module);
        match facts.expression(callee.id) {
            Expression::Identifier {
                name,
                binding: None,
            } => match name.as_str() {
                "Number" | "parseInt" | "parseFloat" | "BigInt" | "Boolean" => {
                    return Some(Nature::Number);
                }
                _ => {}
            },
            Expression::Member {
                object, property, ..
            } => match property.text.as_str() {
                "toISOString" | "toFixed" | "getTime" | "valueOf" | "now" | "indexOf" => {
                    return Some(Nature::Number);
                }
                "trim" | "toLowerCase" | "toUpperCase" | "toString" | "padStart" => {
                    return self.of(beside(callee, *object), depth);
                }
                "stringify" => return Some(Nature::Text),
                "filter" | "slice" | "sort" | "concat" | "reverse" => {
                    return self.of(beside(callee, *object), depth);
                }
                "map" => return self.mapped(call, depth),
                "join" => {
                    return self.of(beside(callee, *object), depth)?.element();
                }
                _ if matches!(
                    facts.expression(*object),
                    Expression::Identifier { name, binding: None } if name == "Math"
                ) =>
                {
                    return Some(Nature::Number);
                }
                _ => {}
            },
            _ => {}
        }
        if let Some(function) = self.types.callee(callee) {
            let declared = self
                .project
                .modules
                .facts(function.module)
                .function(function.id);
            if let Some(result) = declared.result {
                return self.annotated(beside(function, result), depth);
            }
        }
        self.typed(call)
    }

    /// What `list.map(callback)` gives.
    fn mapped(&self, call: ExpressionRef, depth: u32) -> Option<Nature> {
        let facts = self.project.modules.facts(call.module);
        let Expression::Call { arguments, .. } = facts.expression(call.id) else {
            return None;
        };
        let callback = arguments.first()?.value;
        let Expression::Function(function) = facts.expression(callback) else {
            return None;
        };
        match facts.function(*function).body {
            FunctionBody::Expression(value) => self.of(beside(call, value), depth)?.listed(),
            _ => None,
        }
    }
}

/// Another thing of the same module.
pub(super) fn beside<T, U>(this: In<T>, id: U) -> In<U> {
    In {
        module: this.module,
        id,
    }
}
