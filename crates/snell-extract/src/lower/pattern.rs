//! Patterns: what declarations, parameters and assignments take apart.

use smol_str::SmolStr;
use snell_source::Span;
use tree_sitter::Node;

use super::{Child, Lowering, in_field, named};
use crate::facts::{
    BindingId, BindingKind, Expression, ExpressionId, FunctionId, ImportedName, Initializer, Name,
    Pattern, PatternProperty, PatternStep, PropertyKey, TypeId, VariableKind,
};
use crate::grammar::{Field, Kind};

/// What becomes of the names in a pattern.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// They are declared as variables.
    Variable {
        keyword: VariableKind,
        ty: Option<TypeId>,
        init: Option<ExpressionId>,
    },
    /// They are declared as variables, and what they hold is another module's.
    Required {
        keyword: VariableKind,
        init: ExpressionId,
    },
    /// They are declared as parameters.
    Parameter { function: FunctionId, index: u32 },
    /// They are declared by `catch`.
    Catch,
    /// They exist, and are assigned to.
    Assignment,
    /// They are only names: the parameters of a function type.
    Mention,
}

/// A pattern on the way through it.
struct Target {
    role: Role,
    /// The way from the whole to the part.
    path: Vec<PatternStep>,
}

impl<'t> Lowering<'t, '_> {
    /// A pattern of any form.
    pub(super) fn pattern(&mut self, node: Node<'t>, role: Role) -> Pattern {
        let mut target = Target {
            role,
            path: Vec::new(),
        };
        self.part(node, &mut target, None)
    }

    fn part(
        &mut self,
        node: Node<'t>,
        target: &mut Target,
        default: Option<ExpressionId>,
    ) -> Pattern {
        self.nested(node, |this| match this.kind(node) {
            Kind::Identifier | Kind::ShorthandPropertyIdentifierPattern => {
                let name = this.name(node);
                this.leaf(name, target, default)
            }
            // A name where something is declared: `undefined` is no keyword.
            Kind::Undefined if !matches!(target.role, Role::Assignment) => {
                let name = this.name(node);
                this.leaf(name, target, default)
            }
            Kind::ObjectPattern => this.object_pattern(node, target),
            Kind::ArrayPattern => this.array_pattern(node, target),
            Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => {
                this.default_pattern(node, target)
            }
            Kind::RestPattern => {
                let children = this.children(node);
                match named(&children).next() {
                    Some(child) => this.part(child.node, target, None),
                    None => Pattern::Unknown,
                }
            }
            _ if matches!(target.role, Role::Assignment) => this.assigned(node),
            _ => Pattern::Unknown,
        })
        .unwrap_or(Pattern::Unknown)
    }

    /// An assignment's target that is no pattern.
    fn assigned(&mut self, node: Node<'t>) -> Pattern {
        let mut node = node;
        while self.kind(node) == Kind::ParenthesizedExpression {
            let children = self.children(node);
            match named(&children).next() {
                Some(child) => node = child.node,
                None => return Pattern::Unknown,
            }
        }
        let target = self.expression(node);
        self.scopes.write(target);
        Pattern::Expression(target)
    }

    fn leaf(&mut self, name: Name, target: &mut Target, default: Option<ExpressionId>) -> Pattern {
        let mut role = target.role;
        if let Role::Required { keyword, init } = role {
            if let Some(binding) = self.required_leaf(&name, init, &target.path) {
                return Pattern::Binding(binding);
            }
            role = Role::Variable {
                keyword,
                ty: None,
                init: Some(init),
            };
        }
        let Name { text, span } = name;
        let binding = match role {
            Role::Variable { keyword, ty, init } => {
                let init = init.map(|value| Initializer {
                    value,
                    path: target.path.clone(),
                    default,
                });
                let kind = BindingKind::Variable {
                    kind: keyword,
                    ty,
                    init,
                };
                self.declare_variable(text, span, keyword, kind)
            }
            Role::Parameter { function, index } => {
                let path = target.path.clone();
                let kind = BindingKind::Parameter {
                    function,
                    index,
                    path,
                };
                self.declare(text, span, kind)
            }
            Role::Catch => self.declare(text, span, BindingKind::Catch),
            Role::Assignment => {
                let id = self.identifier(text, span);
                self.scopes.write(id);
                return Pattern::Expression(id);
            }
            Role::Mention => {
                let id = self.add(
                    span,
                    Expression::Identifier {
                        name: text,
                        binding: None,
                    },
                );
                return Pattern::Expression(id);
            }
            Role::Required { .. } => return Pattern::Unknown,
        };
        Pattern::Binding(binding)
    }

    /// A name that `require` brings, when it is the module or one of its exports.
    fn required_leaf(
        &mut self,
        name: &Name,
        call: ExpressionId,
        path: &[PatternStep],
    ) -> Option<BindingId> {
        let imported = match path {
            [] => ImportedName::Default,
            [PatternStep::Property(property)] => ImportedName::Named(property.clone()),
            _ => return None,
        };
        self.declare_required(name, call, imported)
    }

    /// `target = value` inside a pattern.
    fn default_pattern(&mut self, node: Node<'t>, target: &mut Target) -> Pattern {
        let children = self.children(node);
        let value = in_field(&children, Field::Right).map(|child| self.expression(child.node));
        let Some(left) = in_field(&children, Field::Left) else {
            return Pattern::Unknown;
        };
        let inner = self.part(left.node, target, value);
        match value {
            Some(value) => Pattern::Default {
                target: Box::new(inner),
                value,
            },
            None => inner,
        }
    }

    fn object_pattern(&mut self, node: Node<'t>, target: &mut Target) -> Pattern {
        let children = self.children(node);
        let mut properties = Vec::new();
        let mut rest = None;
        for child in named(&children) {
            if child.kind == Kind::RestPattern {
                target.path.push(PatternStep::Rest);
                rest = Some(Box::new(self.part(child.node, target, None)));
                target.path.pop();
            } else if let Some(property) = self.pattern_property(child, target) {
                properties.push(property);
            }
        }
        Pattern::Object { properties, rest }
    }

    fn pattern_property(
        &mut self,
        child: Child<'t>,
        target: &mut Target,
    ) -> Option<PatternProperty> {
        let (key, value) = match child.kind {
            Kind::ShorthandPropertyIdentifierPattern => {
                (PropertyKey::Static(self.name(child.node)), child.node)
            }
            Kind::ObjectAssignmentPattern => {
                let left = child.node.child_by_field_name("left")?;
                (PropertyKey::Static(self.name(left)), child.node)
            }
            Kind::PairPattern => {
                let children = self.children(child.node);
                let key = in_field(&children, Field::Key)?;
                let value = in_field(&children, Field::Value)?;
                (self.property_key(key.node), value.node)
            }
            _ => return None,
        };
        let step = match &key {
            PropertyKey::Static(name) => PatternStep::Property(name.text.clone()),
            PropertyKey::Computed(_) => PatternStep::Computed,
        };
        target.path.push(step);
        let value = self.part(value, target, None);
        target.path.pop();
        Some(PatternProperty { key, value })
    }

    fn array_pattern(&mut self, node: Node<'t>, target: &mut Target) -> Pattern {
        let children = self.children(node);
        let mut elements = Vec::new();
        let mut rest = None;
        let mut filled = false;
        for child in &children {
            if !child.node.is_named() {
                if self.text(child.node) == "," && !std::mem::take(&mut filled) {
                    elements.push(None);
                }
                continue;
            }
            filled = true;
            if child.kind == Kind::RestPattern {
                target.path.push(PatternStep::Rest);
                rest = Some(Box::new(self.part(child.node, target, None)));
            } else {
                let index = super::position(elements.len());
                target.path.push(PatternStep::Element(index));
                elements.push(Some(self.part(child.node, target, None)));
            }
            target.path.pop();
        }
        Pattern::Array { elements, rest }
    }

    /// The names that a pattern declares, with their places.
    pub(super) fn declared_names(&self, pattern: &Pattern) -> Vec<(SmolStr, Span)> {
        let mut names = Vec::new();
        let mut open = vec![pattern];
        while let Some(pattern) = open.pop() {
            match pattern {
                Pattern::Binding(id) => {
                    let binding = &self.facts.bindings[id.index()];
                    names.push((binding.name.clone(), binding.span));
                }
                Pattern::Object { properties, rest } => {
                    open.extend(properties.iter().map(|property| &property.value));
                    open.extend(rest.as_deref());
                }
                Pattern::Array { elements, rest } => {
                    open.extend(elements.iter().flatten());
                    open.extend(rest.as_deref());
                }
                Pattern::Default { target, .. } => open.push(target),
                Pattern::Expression(_) | Pattern::Unknown => {}
            }
        }
        names.sort_by_key(|(_, span)| *span);
        names
    }
}
