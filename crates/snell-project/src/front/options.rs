//! What the options of a request say: its method and its body.

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Expression, ExpressionKind, Pattern, Property, TypeExpression,
};

use super::{
    fold::Folder,
    path::{Given, Piece},
};
use crate::module::{ExpressionRef, In, Modules, TypeRef};

/// A method, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Method {
    Known(SmolStr),
    /// In the options that a parameter of the wrapper holds.
    In(Given),
    Unknown,
}

/// Something that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    Nothing,
    Value(ExpressionRef),
    Given(Given),
}

/// Objects inside objects are followed this deep.
const DEPTH: u32 = 6;

/// The method and the body that options say; without options it is `GET`.
pub(super) fn read(folder: Folder<'_>, options: Option<ExpressionRef>) -> (Method, Sent) {
    let Some(options) = options else {
        return (Method::Known("GET".into()), Sent::Nothing);
    };
    let method = match look(folder, options, "method", DEPTH) {
        Look::Value(at) => match folder.fold(at).as_slice() {
            [Piece::Text(text)] => Method::Known(text.to_ascii_uppercase().into()),
            [Piece::Given(given)] => Method::In(given.clone()),
            _ => Method::Unknown,
        },
        Look::Given(given) => Method::In(given),
        Look::Nothing => Method::Known("GET".into()),
        Look::Unknown => Method::Unknown,
    };
    let body = match look(folder, options, "body", DEPTH) {
        Look::Value(at) => sent(folder, at),
        Look::Given(given) => Sent::Given(given),
        Look::Nothing => match look(folder, options, "data", DEPTH) {
            Look::Value(at) => sent(folder, at),
            _ => Sent::Nothing,
        },
        Look::Unknown => Sent::Nothing,
    };
    (method, body)
}

/// `JSON.stringify(value)`, `data ? JSON.stringify(data) : undefined`: the value.
pub(super) fn sent(folder: Folder<'_>, at: ExpressionRef) -> Sent {
    let facts = folder.modules.facts(at.module);
    let here = |id| In {
        module: at.module,
        id,
    };
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Call {
            callee, arguments, ..
        } if matches!(facts.expression(*callee), Expression::Member { property, .. } if property.text == "stringify") => {
            arguments
                .first()
                .map_or(Sent::Nothing, |first| sent(folder, here(first.value)))
        }
        Expression::Conditional { then, .. } => sent(folder, here(*then)),
        _ => match folder.given(at) {
            Some(given) => Sent::Given(given),
            None => Sent::Value(at),
        },
    }
}

/// The annotation of a parameter that is sent as it is.
pub(super) fn parameter(modules: &Modules, given: &Given) -> Option<TypeRef> {
    let module = given.function.module;
    let function = modules.facts(module).function(given.function.id);
    let parameter = function.parameters.get(given.index as usize)?;
    let mut id = parameter.ty?;
    // `({ id, data }: { id: number; data: Update }) => ...`
    for name in &given.path {
        let TypeExpression::Object(members) = modules.facts(module).type_expression(id) else {
            return None;
        };
        id = members
            .iter()
            .find(|member| member.name.text == *name)?
            .ty?;
    }
    Some(In { module, id })
}

/// The annotation of a variable that is sent as it is.
pub(super) fn declared(modules: &Modules, value: ExpressionRef) -> Option<TypeRef> {
    let module = value.module;
    let facts = modules.facts(module);
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(facts.unwrap_casts(value.id))
    else {
        return None;
    };
    match &facts.binding(*binding).kind {
        BindingKind::Variable { ty: Some(id), .. } => Some(In { module, id: *id }),
        _ => None,
    }
}

enum Look {
    Value(ExpressionRef),
    Given(Given),
    Nothing,
    Unknown,
}

fn look(folder: Folder<'_>, at: ExpressionRef, name: &str, depth: u32) -> Look {
    let Some(depth) = depth.checked_sub(1) else {
        return Look::Unknown;
    };
    let facts = folder.modules.facts(at.module);
    let here = |id| In {
        module: at.module,
        id,
    };
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Object(properties) => {
            let mut handed = Look::Nothing;
            for property in properties.iter().rev() {
                match property {
                    Property::Value { key, value, .. } => match key.name() {
                        Some(key) if key.text == name => return Look::Value(here(*value)),
                        Some(_) => {}
                        None => return Look::Unknown,
                    },
                    Property::Spread { value, .. } => {
                        match look(folder, here(*value), name, depth) {
                            Look::Nothing => {}
                            found @ Look::Value(_) => return found,
                            found => handed = found,
                        }
                    }
                    Property::Method { .. } => {}
                }
            }
            handed
        }
        Expression::Undefined | Expression::Null => Look::Nothing,
        // `...(token && { headers })`, `...(a ? { b } : {})`
        Expression::Logical { right, .. } => look(folder, here(*right), name, depth),
        Expression::Conditional { then, .. } => look(folder, here(*then), name, depth),
        Expression::Identifier { .. } | Expression::Member { .. } => {
            if let Some(value) = assigned(folder, at, name) {
                return Look::Value(value);
            }
            if let Some(mut given) = folder.given(at) {
                given.path.push(name.into());
                return Look::Given(given);
            }
            match folder.named(at, depth) {
                Some(value) => look(folder, value, name, depth),
                None => Look::Unknown,
            }
        }
        _ => Look::Unknown,
    }
}

/// `options.body = JSON.stringify(data)`, anywhere in the module of the variable.
fn assigned(folder: Folder<'_>, at: ExpressionRef, name: &str) -> Option<ExpressionRef> {
    let facts = folder.modules.facts(at.module);
    let Expression::Identifier {
        binding: Some(variable),
        ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return None;
    };
    let is_it = |target: &Pattern| {
        let Pattern::Expression(target) = target else {
            return false;
        };
        let Expression::Member {
            object, property, ..
        } = facts.expression(*target)
        else {
            return false;
        };
        property.text == name
            && matches!(facts.expression(*object),
                Expression::Identifier { binding: Some(of), .. } if of == variable)
    };
    facts
        .all([ExpressionKind::Assign])
        .find_map(|(_, node)| match &node.kind {
            Expression::Assign { target, value, .. } if is_it(target) => Some(In {
                module: at.module,
                id: *value,
            }),
            _ => None,
        })
}

/// What a call hands over for a parameter, at a way inside it.
pub(super) fn handed(
    folder: Folder<'_>,
    argument: Option<ExpressionRef>,
    path: &[SmolStr],
) -> Handed {
    let Some(at) = argument else {
        return Handed::Nothing;
    };
    let Some((first, rest)) = path.split_first() else {
        return match folder.given(at) {
            Some(given) => Handed::Given(given),
            None => Handed::Value(at),
        };
    };
    match look(folder, at, first, DEPTH) {
        Look::Value(value) => handed(folder, Some(value), rest),
        Look::Given(mut given) => {
            given.path.extend(rest.iter().cloned());
            Handed::Given(given)
        }
        Look::Nothing => Handed::Nothing,
        Look::Unknown => Handed::Unknown,
    }
}

/// What is handed over.
pub(super) enum Handed {
    Value(ExpressionRef),
    Given(Given),
    Nothing,
    Unknown,
}

/// Whether a name is that of a variable without a value that can be read: a
/// hook's result, a parameter of a component.
pub(super) fn is_plain_name(folder: Folder<'_>, at: ExpressionRef) -> bool {
    let facts = folder.modules.facts(at.module);
    match facts.expression(at.id) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => matches!(
            facts.binding(*binding).kind,
            BindingKind::Variable { .. } | BindingKind::Parameter { .. } | BindingKind::Import(_)
        ),
        Expression::Member { .. } => true,
        _ => false,
    }
}
