//! Functions of every kind, and their parameters.

use tree_sitter::Node;

use super::pattern::Role;
use super::{Child, Lowering, has, in_field, listed, named, of_kind, position};
use crate::facts::{
    Accessibility, BindingKind, ClassId, Decorator, Expression, ExpressionId, Function,
    FunctionBody, FunctionId, FunctionKind, Name, Parameter, Pattern, PropertyKey,
};
use crate::grammar::{Field, Kind};

/// What is known of a function before it is read.
pub(super) struct Form {
    pub(super) kind: FunctionKind,
    pub(super) name: Option<Name>,
    pub(super) class: Option<ClassId>,
}

impl Form {
    /// A method of an object literal.
    pub(super) fn of_object() -> Form {
        Form {
            kind: FunctionKind::Method,
            name: None,
            class: None,
        }
    }

    /// A method of a class.
    pub(super) fn of_class(class: ClassId) -> Form {
        Form {
            class: Some(class),
            ..Form::of_object()
        }
    }
}

/// Whose parameters are read.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    /// A function, in whose scope they are declared.
    Function(FunctionId),
    /// A function type: they are only names.
    Type,
}

impl<'t> Lowering<'t, '_> {
    /// `function f() { }`: declares the name and reads the function.
    pub(super) fn function_declaration(&mut self, node: Node<'t>) -> FunctionId {
        let children = self.children(node);
        let name = in_field(&children, Field::Name).map(|name| self.name(name.node));
        let form = Form {
            kind: FunctionKind::Declaration,
            name: name.clone(),
            class: None,
        };
        let id = self.function(node, &children, form);
        if let Some(name) = name {
            self.declare(name.text, name.span, BindingKind::Function(id));
        }
        id
    }

    /// An arrow function or function expression.
    pub(super) fn function_value(&mut self, node: Node<'t>, kind: FunctionKind) -> ExpressionId {
        let children = self.children(node);
        let name = in_field(&children, Field::Name).map(|name| self.name(name.node));
        let id = self.in_scope(|this| {
            let form = Form {
                kind,
                name: name.clone(),
                class: this.class,
            };
            let id = this.function(node, &children, form);
            if let Some(name) = name {
                this.declare(name.text, name.span, BindingKind::Function(id));
            }
            id
        });
        self.add(self.span(node), Expression::Function(id))
    }

    /// A method or accessor of a class or object, with its key.
    pub(super) fn method(
        &mut self,
        node: Node<'t>,
        children: &[Child<'t>],
        form: Form,
    ) -> (PropertyKey, FunctionId) {
        let key = match in_field(children, Field::Name) {
            Some(key) => self.property_key(key.node),
            None => PropertyKey::Static(self.name(node)),
        };
        let name = key.name().cloned();
        let is_constructor =
            form.class.is_some() && name.as_ref().is_some_and(|name| name.text == "constructor");
        let kind = if is_constructor {
            FunctionKind::Constructor
        } else if has(children, Kind::GetToken) {
            FunctionKind::Getter
        } else if has(children, Kind::SetToken) {
            FunctionKind::Setter
        } else {
            form.kind
        };
        let form = Form { kind, name, ..form };
        (key, self.function(node, children, form))
    }

    /// Reads a function whose name is settled.
    pub(super) fn function(
        &mut self,
        node: Node<'t>,
        children: &[Child<'t>],
        form: Form,
    ) -> FunctionId {
        let id = FunctionId(position(self.facts.functions.len()));
        self.facts.functions.push(Function {
            name: form.name,
            span: self.span(node),
            kind: form.kind,
            is_async: has(children, Kind::AsyncToken),
            is_generator: has(children, Kind::StarToken),
            parameters: Vec::new(),
            result: None,
            type_parameters: Vec::new(),
            body: FunctionBody::None,
            class: form.class,
            parent: self.function,
        });
        let around = self.function.replace(id);
        let class = self.class.take();
        let ambient = std::mem::take(&mut self.ambient);
        self.in_function_scope(|this| this.signature_and_body(id, children));
        self.function = around;
        self.class = class;
        self.ambient = ambient;
        id
    }

    fn signature_and_body(&mut self, id: FunctionId, children: &[Child<'t>]) {
        let type_parameters = in_field(children, Field::TypeParameters)
            .map_or_else(Vec::new, |list| self.type_parameters(list.node));
        let parameters = if let Some(list) = in_field(children, Field::Parameters) {
            self.parameters(list.node, Owner::Function(id))
        } else if let Some(name) = in_field(children, Field::Parameter) {
            vec![self.bare_parameter(id, name.node)]
        } else {
            Vec::new()
        };
        let result = in_field(children, Field::ReturnType).map(|ty| self.annotation(ty.node));
        let body = match in_field(children, Field::Body) {
            None => FunctionBody::None,
            Some(body) if body.kind == Kind::StatementBlock => {
                FunctionBody::Block(self.in_function_scope(|this| {
                    let mut block = Vec::new();
                    this.statements(body.node, &mut block);
                    block
                }))
            }
            Some(body) => FunctionBody::Expression(self.expression(body.node)),
        };
        let function = &mut self.facts.functions[id.index()];
        function.type_parameters = type_parameters;
        function.parameters = parameters;
        function.result = result;
        function.body = body;
    }

    /// `x => ...`
    fn bare_parameter(&mut self, function: FunctionId, node: Node<'t>) -> Parameter {
        let pattern = self.pattern(node, Role::Parameter { function, index: 0 });
        Parameter {
            pattern,
            ty: None,
            optional: false,
            rest: false,
            decorators: Vec::new(),
            property: None,
            span: self.span(node),
        }
    }

    /// The parameters of a function or function type, `this` left out.
    pub(super) fn parameters(&mut self, node: Node<'t>, owner: Owner) -> Vec<Parameter> {
        let children = self.children(node);
        let mut parameters = Vec::with_capacity(listed(&children));
        for child in named(&children) {
            let role = match owner {
                Owner::Type => Role::Mention,
                Owner::Function(function) => Role::Parameter {
                    function,
                    index: position(parameters.len()),
                },
            };
            parameters.extend(self.parameter(child, role));
        }
        parameters
    }

    fn parameter(&mut self, parameter: Child<'t>, role: Role) -> Option<Parameter> {
        if !matches!(
            parameter.kind,
            Kind::RequiredParameter | Kind::OptionalParameter
        ) {
            return None;
        }
        let children = self.children(parameter.node);
        let decorators = self.decorators(&children);
        let target = in_field(&children, Field::Pattern)?;
        if target.kind == Kind::This {
            return None;
        }
        let mut pattern = self.pattern(target.node, role);
        let ty = in_field(&children, Field::Type).map(|ty| self.annotation(ty.node));
        if let Some(value) = in_field(&children, Field::Value) {
            pattern = Pattern::Default {
                target: Box::new(pattern),
                value: self.expression(value.node),
            };
        }
        let whole = self.span(parameter.node);
        let start = children
            .iter()
            .find(|child| child.field != Field::Decorator)
            .map_or(whole, |child| self.span(child.node));
        Some(Parameter {
            pattern,
            ty,
            optional: parameter.kind == Kind::OptionalParameter,
            rest: target.kind == Kind::RestPattern,
            decorators,
            property: self.parameter_property(&children),
            span: start.cover(snell_source::Span::empty(whole.end)),
        })
    }

    /// What makes a constructor's parameter a field.
    fn parameter_property(&self, children: &[Child<'t>]) -> Option<Accessibility> {
        let modifier = self.accessibility(children);
        let readonly = has(children, Kind::ReadonlyToken) || has(children, Kind::OverrideModifier);
        modifier.or_else(|| readonly.then_some(Accessibility::Public))
    }

    /// The word before a member or parameter.
    pub(super) fn accessibility(&self, children: &[Child<'t>]) -> Option<Accessibility> {
        let modifier = of_kind(children, Kind::AccessibilityModifier)?;
        Some(match self.text(modifier.node) {
            "private" => Accessibility::Private,
            "protected" => Accessibility::Protected,
            _ => Accessibility::Public,
        })
    }

    /// The decorators among children.
    pub(super) fn decorators(&mut self, children: &[Child<'t>]) -> Vec<Decorator> {
        children
            .iter()
            .filter(|child| child.kind == Kind::Decorator)
            .map(|child| self.decorator(child.node))
            .collect()
    }

    /// `@Name(arguments)`
    pub(super) fn decorator(&mut self, node: Node<'t>) -> Decorator {
        let expression = self.inner(node);
        let name = match self.facts.expression(expression) {
            Expression::Call { callee, .. } => self.dotted(*callee),
            _ => self.dotted(expression),
        };
        Decorator {
            name: name.unwrap_or_default().into(),
            expression,
            span: self.span(node),
        }
    }

    /// `a.b.c` as text, when an expression is that.
    fn dotted(&self, mut id: ExpressionId) -> Option<String> {
        let mut parts = Vec::new();
        loop {
            match self.facts.expression(id) {
                Expression::Identifier { name, .. } => {
                    parts.push(name.as_str());
                    parts.reverse();
                    return Some(parts.join("."));
                }
                Expression::Member {
                    object, property, ..
                } => {
                    parts.push(property.text.as_str());
                    id = *object;
                }
                _ => return None,
            }
        }
    }

    /// Gives a function that is assigned to a name that name, unless it has one.
    pub(super) fn name_function(&mut self, value: ExpressionId, name: Option<&Name>) {
        let value = self.facts.unwrap_casts(value);
        if let Expression::Function(id) = *self.facts.expression(value) {
            let function = &mut self.facts.functions[id.index()];
            if function.name.is_none() {
                function.name = name.cloned();
            }
        }
    }
}
