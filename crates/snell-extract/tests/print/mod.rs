//! Facts in a compact notation, for tests: close to the source, with what is
//! worth seeing made visible (`a#import` is a name that an import declares).

#![allow(unreachable_pub, reason = "a module of a test")]
#![allow(clippy::too_many_lines, reason = "one arm for each form")]

use snell_extract::ModuleFacts;
use snell_extract::facts::{
    AssignOperator, BindingKind, Block, CastKind, Element, Expression, ExpressionId, FunctionBody,
    FunctionId, Pattern, PatternStep, Property, PropertyKey, Statement, TypeExpression, TypeId,
};

/// What declares a name.
pub fn binding(facts: &ModuleFacts, name: &str) -> String {
    let kinds: Vec<_> = facts
        .bindings
        .iter()
        .filter(|binding| binding.name == name)
        .map(|binding| {
            let again = if binding.reassigned { "!" } else { "" };
            format!("{}{again}", kind(facts, &binding.kind))
        })
        .collect();
    kinds.join(", ")
}

fn kind(facts: &ModuleFacts, kind: &BindingKind) -> String {
    match kind {
        BindingKind::Import(at) => format!("import {}", facts.imports[*at as usize].source.text),
        BindingKind::Variable { kind, init, .. } => {
            let init = init.as_ref().map_or(String::new(), |init| {
                let default = init
                    .default
                    .map_or(String::new(), |id| format!(" ?? {}", expression(facts, id)));
                let value = expression(facts, init.value);
                format!(" = {value}{}{default}", steps(&init.path))
            });
            format!("{kind:?}{init}").replacen(
                &format!("{kind:?}"),
                &format!("{kind:?}").to_lowercase(),
                1,
            )
        }
        BindingKind::Parameter {
            function,
            index,
            path,
        } => format!("parameter {}/{index}{}", function.0, steps(path)),
        BindingKind::Function(_) => "function".to_owned(),
        BindingKind::Class(_) => "class".to_owned(),
        BindingKind::Enum(_) => "enum".to_owned(),
        BindingKind::Catch => "catch".to_owned(),
        BindingKind::Namespace => "namespace".to_owned(),
    }
}

fn steps(path: &[PatternStep]) -> String {
    path.iter()
        .map(|step| match step {
            PatternStep::Property(name) => format!(".{name}"),
            PatternStep::Element(at) => format!("[{at}]"),
            PatternStep::Rest => "...".to_owned(),
            PatternStep::Computed => "[?]".to_owned(),
        })
        .collect()
}

fn list(facts: &ModuleFacts, ids: &[ExpressionId]) -> String {
    let parts: Vec<_> = ids.iter().map(|id| expression(facts, *id)).collect();
    parts.join(", ")
}

fn types(facts: &ModuleFacts, ids: &[TypeId]) -> String {
    if ids.is_empty() {
        return String::new();
    }
    let parts: Vec<_> = ids.iter().map(|id| ty(facts, *id)).collect();
    format!("<{}>", parts.join(", "))
}

fn key(facts: &ModuleFacts, key: &PropertyKey) -> String {
    match key {
        PropertyKey::Static(name) => name.text.to_string(),
        PropertyKey::Computed(id) => format!("[{}]", expression(facts, *id)),
    }
}

/// An expression with every operation in brackets of its own.
pub fn expression(facts: &ModuleFacts, id: ExpressionId) -> String {
    let show = |id: &ExpressionId| expression(facts, *id);
    match facts.expression(id) {
        Expression::Identifier { name, binding } => match binding {
            Some(binding) => format!("{name}#{}", binding.0),
            None => name.to_string(),
        },
        Expression::String(text) => format!("{text:?}"),
        Expression::Number(text) => text.to_string(),
        Expression::BigInt(text) => format!("{text}n"),
        Expression::Boolean(value) => value.to_string(),
        Expression::Regex(text) => text.to_string(),
        Expression::This | Expression::Super | Expression::Null | Expression::Undefined => {
            format!("{:?}", facts.expression(id)).to_lowercase()
        }
        Expression::Template { chunks, values } => {
            let chunks: Vec<_> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
            format!("template({chunks:?}; {})", list(facts, values))
        }
        Expression::TaggedTemplate {
            tag,
            type_arguments,
            template,
        } => {
            let chunks = template.chunks.iter();
            let chunks: Vec<_> = chunks.map(|chunk| chunk.text.as_str()).collect();
            let types = types(facts, type_arguments);
            let values = list(facts, &template.values);
            format!("{}{types}`{chunks:?}; {values}`", show(tag))
        }
        Expression::Array(elements) => {
            let parts: Vec<_> = elements
                .iter()
                .map(|element| match element {
                    Element::Value(id) => show(id),
                    Element::Spread(id) => format!("...{}", show(id)),
                    Element::Hole => "-".to_owned(),
                })
                .collect();
            format!("[{}]", parts.join(", "))
        }
        Expression::Object(properties) => {
            let parts: Vec<_> = properties.iter().map(|p| property(facts, p)).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Expression::Function(id) => function(facts, *id),
        Expression::Class(id) => format!("class {}", id.0),
        Expression::Member {
            object,
            property,
            optional,
        } => {
            let dot = if *optional { "?." } else { "." };
            format!("{}{dot}{}", show(object), property.text)
        }
        Expression::Index { object, index, .. } => format!("{}[{}]", show(object), show(index)),
        _ => operation(facts, id),
    }
}

fn operation(facts: &ModuleFacts, id: ExpressionId) -> String {
    let show = |id: &ExpressionId| expression(facts, *id);
    match facts.expression(id) {
        Expression::Call {
            callee,
            type_arguments,
            arguments,
            optional,
        } => {
            let arguments: Vec<_> = arguments
                .iter()
                .map(|a| format!("{}{}", if a.spread { "..." } else { "" }, show(&a.value)))
                .collect();
            let dot = if *optional { "?." } else { "" };
            let types = types(facts, type_arguments);
            format!("{}{dot}{types}({})", show(callee), arguments.join(", "))
        }
        Expression::New {
            callee,
            type_arguments,
            arguments,
        } => {
            let arguments: Vec<_> = arguments.iter().map(|a| show(&a.value)).collect();
            let types = types(facts, type_arguments);
            format!("new {}{types}({})", show(callee), arguments.join(", "))
        }
        Expression::DynamicImport(source) => format!("import({})", show(source)),
        Expression::Unary { operator, operand } => format!("({operator:?} {})", show(operand)),
        Expression::Update { target, increment } => {
            format!("(update {increment} {})", show(target))
        }
        Expression::Binary {
            operator,
            left,
            right,
        } => format!("({} {operator:?} {})", show(left), show(right)),
        Expression::Logical {
            operator,
            left,
            right,
        } => format!("({} {operator:?} {})", show(left), show(right)),
        Expression::Conditional {
            test,
            then,
            otherwise,
        } => format!("({} ? {} : {})", show(test), show(then), show(otherwise)),
        Expression::Assign {
            operator,
            target,
            value,
        } => {
            let operator = match operator {
                AssignOperator::Assign => "=".to_owned(),
                other => format!("{other:?}"),
            };
            format!("({} {operator} {})", pattern(facts, target), show(value))
        }
        Expression::Await(value) => format!("(await {})", show(value)),
        Expression::Yield(value) => {
            format!("(yield {})", value.as_ref().map_or(String::new(), show))
        }
        Expression::Cast {
            value,
            ty: to,
            kind,
        } => {
            let to = to.map_or(String::new(), |to| format!(" {}", ty(facts, to)));
            match kind {
                CastKind::NonNull => format!("{}!", show(value)),
                kind => format!("({} {kind:?}{to})", show(value)),
            }
        }
        Expression::Sequence(parts) => format!("({})", list(facts, parts)),
        Expression::Jsx(element) => {
            let attributes: String = element
                .attributes
                .iter()
                .map(|(name, value)| {
                    format!(" {name}={}", value.as_ref().map_or(String::new(), show))
                })
                .collect();
            let inside = list(facts, &element.children);
            format!("<{}{attributes}>[{inside}]", element.tag)
        }
        Expression::Unknown(parts) => format!("unknown({})", list(facts, parts)),
        other => format!("{other:?}"),
    }
}

fn property(facts: &ModuleFacts, property: &Property) -> String {
    match property {
        Property::Value {
            key: name, value, ..
        } => format!("{}: {}", key(facts, name), expression(facts, *value)),
        Property::Spread { value, .. } => format!("...{}", expression(facts, *value)),
        Property::Method {
            key: name,
            function: id,
            ..
        } => format!("{}() {}", key(facts, name), function(facts, *id)),
    }
}

/// A pattern; `@0` is a declared name.
pub fn pattern(facts: &ModuleFacts, target: &Pattern) -> String {
    match target {
        Pattern::Binding(id) => format!("{}@{}", facts.binding(*id).name, id.0),
        Pattern::Object { properties, rest } => {
            let mut parts: Vec<_> = properties
                .iter()
                .map(|p| format!("{}: {}", key(facts, &p.key), pattern(facts, &p.value)))
                .collect();
            parts.extend(
                rest.iter()
                    .map(|rest| format!("...{}", pattern(facts, rest))),
            );
            format!("{{{}}}", parts.join(", "))
        }
        Pattern::Array { elements, rest } => {
            let mut parts: Vec<_> = elements
                .iter()
                .map(|e| e.as_ref().map_or("-".to_owned(), |e| pattern(facts, e)))
                .collect();
            parts.extend(
                rest.iter()
                    .map(|rest| format!("...{}", pattern(facts, rest))),
            );
            format!("[{}]", parts.join(", "))
        }
        Pattern::Default { target, value } => {
            format!("{} = {}", pattern(facts, target), expression(facts, *value))
        }
        Pattern::Expression(id) => expression(facts, *id),
        Pattern::Unknown => "?".to_owned(),
    }
}

/// A function: its parameters and what it does.
pub fn function(facts: &ModuleFacts, id: FunctionId) -> String {
    let function = facts.function(id);
    let parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|p| {
            let rest = if p.rest { "..." } else { "" };
            let to =
                p.ty.map_or(String::new(), |to| format!(": {}", ty(facts, to)));
            format!("{rest}{}{to}", pattern(facts, &p.pattern))
        })
        .collect();
    let body = match &function.body {
        FunctionBody::None => "none".to_owned(),
        FunctionBody::Expression(id) => expression(facts, *id),
        FunctionBody::Block(body) => block(facts, body),
    };
    let is_async = if function.is_async { "async " } else { "" };
    format!("{is_async}fn({}) => {body}", parameters.join(", "))
}

/// A type.
pub fn ty(facts: &ModuleFacts, id: TypeId) -> String {
    let show = |id: &TypeId| ty(facts, *id);
    let join = |ids: &[TypeId], by: &str| ids.iter().map(show).collect::<Vec<_>>().join(by);
    match facts.type_expression(id) {
        TypeExpression::Named { name, arguments } => format!("{name}{}", types(facts, arguments)),
        TypeExpression::StringLiteral(text) => format!("{text:?}"),
        TypeExpression::Union(parts) => join(parts, " | "),
        TypeExpression::Intersection(parts) => join(parts, " & "),
        TypeExpression::Array(element) => format!("({})[]", show(element)),
        TypeExpression::Tuple(parts) => format!("[{}]", join(parts, ", ")),
        TypeExpression::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|member| {
                    let optional = if member.optional { "?" } else { "" };
                    let to = member.ty.as_ref().map_or(String::new(), show);
                    format!("{}{optional}: {to}", member.name.text)
                })
                .collect();
            format!("{{{}}}", members.join("; "))
        }
        TypeExpression::Function { parameters, result } => {
            let parameters: Vec<_> = parameters
                .iter()
                .map(|p| {
                    let to = p.ty.as_ref().map_or(String::new(), show);
                    format!("{}: {to}", pattern(facts, &p.pattern))
                })
                .collect();
            let result = result.as_ref().map_or(String::new(), show);
            format!("({}) => {result}", parameters.join(", "))
        }
        TypeExpression::IndexedAccess { object, index } => {
            format!("{}[{}]", show(object), show(index))
        }
        TypeExpression::Conditional {
            parts: [c, e, a, b],
        } => {
            format!(
                "{} extends {} ? {} : {}",
                show(c),
                show(e),
                show(a),
                show(b)
            )
        }
        TypeExpression::Keyof(of) => format!("keyof {}", show(of)),
        TypeExpression::Readonly(of) => format!("readonly {}", show(of)),
        TypeExpression::Predicate(to) => {
            format!("is {}", to.as_ref().map_or(String::new(), show))
        }
        TypeExpression::Mapped { constraint, value } => format!(
            "mapped {} to {}",
            constraint.as_ref().map_or(String::new(), show),
            value.as_ref().map_or(String::new(), show)
        ),
        other => format!("{other:?}"),
    }
}

/// Statements in braces.
pub fn block(facts: &ModuleFacts, block: &Block) -> String {
    let parts: Vec<_> = block
        .iter()
        .map(|node| statement(facts, &node.kind))
        .collect();
    format!("{{{}}}", parts.join("; "))
}

fn statement(facts: &ModuleFacts, kind: &Statement) -> String {
    let show = |id: &ExpressionId| expression(facts, *id);
    let maybe = |id: &Option<ExpressionId>| id.as_ref().map_or(String::new(), show);
    match kind {
        Statement::Expression(id) => show(id),
        Statement::Variable { kind, declarators } => {
            let parts: Vec<_> = declarators
                .iter()
                .map(|d| format!("{} = {}", pattern(facts, &d.target), maybe(&d.init)))
                .collect();
            format!("{kind:?} {}", parts.join(", "))
        }
        Statement::Return(value) => format!("return {}", maybe(value)),
        Statement::Throw(value) => format!("throw {}", show(value)),
        Statement::If {
            test,
            then,
            otherwise,
        } => {
            let otherwise = otherwise.as_ref().map_or(String::new(), |other| {
                format!(" else {}", block(facts, other))
            });
            format!("if {} {}{otherwise}", show(test), block(facts, then))
        }
        Statement::For {
            init,
            test,
            update,
            body,
        } => format!(
            "for {} {} {} {}",
            block(facts, init),
            maybe(test),
            maybe(update),
            block(facts, body)
        ),
        Statement::ForOf {
            target,
            iterable,
            is_await,
            body,
        } => format!(
            "for{} {} of {} {}",
            if *is_await { " await" } else { "" },
            pattern(facts, target),
            show(iterable),
            block(facts, body)
        ),
        Statement::ForIn {
            target,
            object,
            body,
        } => format!(
            "for {} in {} {}",
            pattern(facts, target),
            show(object),
            block(facts, body)
        ),
        Statement::While { test, body } => format!("while {} {}", show(test), block(facts, body)),
        Statement::DoWhile { body, test } => format!("do {} {}", block(facts, body), show(test)),
        Statement::Switch { subject, cases } => {
            let cases: Vec<_> = cases
                .iter()
                .map(|case| format!("{}: {}", maybe(&case.test), block(facts, &case.body)))
                .collect();
            format!("switch {} {}", show(subject), cases.join(", "))
        }
        Statement::Try {
            block: guarded,
            parameter,
            handler,
            finalizer,
        } => {
            let inner = |b: &Option<Block>| b.as_ref().map_or("-".to_owned(), |b| block(facts, b));
            let caught = parameter
                .as_ref()
                .map_or(String::new(), |p| pattern(facts, p));
            format!(
                "try {} catch {caught} {} finally {}",
                block(facts, guarded),
                inner(handler),
                inner(finalizer)
            )
        }
        Statement::Block(inner) => block(facts, inner),
        Statement::Labeled { label, body } => format!("{label}: {}", block(facts, body)),
        Statement::Break(label) => format!("break {}", label.as_deref().unwrap_or("")),
        Statement::Continue(label) => format!("continue {}", label.as_deref().unwrap_or("")),
        Statement::Function(id) => function(facts, *id),
        Statement::Class(id) => format!("class {}", id.0),
        Statement::Other => "other".to_owned(),
    }
}
