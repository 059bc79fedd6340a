//! Metadata that a guard reads by way of a function: `this.rolesOf(ROLES, context)`, a method of its own or of a base,
//! and `required(this.reflector, ROLES, context)`.

use smol_str::SmolStr;
use snell_extract::facts::{
    Argument, BindingKind, Expression, ExpressionId, FunctionBody, MemberKind, Statement,
    StatementNode,
};

use super::{
    guard::label,
    procedures,
    reads::{key_of, speaks_of_reflector},
    scan,
};
use crate::{
    module::{ClassRef, ExpressionRef, FunctionRef, In, Modules},
    types::Types,
};

/// The keys that a function reads which a guard calls, where they are not written in the guard or its bases.
pub(super) fn keys(
    modules: &Modules,
    class: ClassRef,
    callee: ExpressionId,
    arguments: &[Argument],
) -> Vec<SmolStr> {
    let Some(function) = called(modules, class, callee, arguments) else {
        return Vec::new();
    };
    let own = is_of_this(modules, class, callee);
    let span = modules.facts(function.module).function(function.id).span;
    let read = scan::inside(modules, function.module, span)
        .filter_map(|(_, node)| key_of(modules, function.module, &node.kind));
    read.filter_map(|key| match parameter(modules, key) {
        Some((of, index)) if of == function => handed(modules, class, arguments, index),
        // What stands in a class is read where that is looked through.
        _ if own => None,
        _ => Some(name(modules, key)),
    })
    .collect()
}

/// The key that a function reads and gives back, when that is all it does.
pub(super) fn given_back(
    modules: &Modules,
    class: ClassRef,
    callee: ExpressionId,
    arguments: &[Argument],
) -> Option<SmolStr> {
    let function = called(modules, class, callee, arguments)?;
    let facts = modules.facts(function.module);
    let value = match &facts.function(function.id).body {
        FunctionBody::Expression(value) => *value,
        FunctionBody::Block(block) => match block.as_slice() {
            [
                StatementNode {
                    kind: Statement::Return(Some(value)),
                    ..
                },
            ] => *value,
            _ => return None,
        },
        FunctionBody::None => return None,
    };
    let value = facts.expression(facts.unwrap_casts(value));
    let key = key_of(modules, function.module, value)?;
    match parameter(modules, key) {
        Some((of, index)) if of == function => handed(modules, class, arguments, index),
        _ => Some(name(modules, key)),
    }
}

/// Whether a key is what a method of a class is handed: those who call it say which one it is.
pub(super) fn is_handed(modules: &Modules, class: ClassRef, key: ExpressionRef) -> bool {
    let members = &modules.facts(class.module).class(class.id).members;
    parameter(modules, key).is_some_and(|(of, _)| {
        let mut members = members.iter();
        of.module == class.module
            && members.any(|member| matches!(member.kind, MemberKind::Method(id) if id == of.id))
    })
}

/// The text of a key, or what it is called.
pub(super) fn name(modules: &Modules, key: ExpressionRef) -> SmolStr {
    scan::text(modules, key, 8).unwrap_or_else(|| label(modules, key))
}

fn is_of_this(modules: &Modules, class: ClassRef, callee: ExpressionId) -> bool {
    let facts = modules.facts(class.module);
    matches!(facts.expression(callee), Expression::Member { object, .. }
        if matches!(facts.expression(*object), Expression::This))
}

/// The function that a guard calls: its own method, that of a base, or one that is handed what reads metadata.
fn called(
    modules: &Modules,
    class: ClassRef,
    callee: ExpressionId,
    arguments: &[Argument],
) -> Option<FunctionRef> {
    let facts = modules.facts(class.module);
    match facts.expression(callee) {
        Expression::Member { property, .. } if is_of_this(modules, class, callee) => {
            let method = |class: ClassRef| {
                let member = modules.facts(class.module).class(class.id);
                match member.member(&property.text)?.kind {
                    MemberKind::Method(id) => Some(In {
                        module: class.module,
                        id,
                    }),
                    _ => None,
                }
            };
            method(class).or_else(|| {
                facts.class(class.id).extends?;
                let ancestry = Types::new(modules).ancestry(class);
                ancestry.into_iter().find_map(method)
            })
        }
        Expression::Identifier { .. } => {
            let at = In {
                module: class.module,
                id: callee,
            };
            let mut given = arguments.iter();
            if !given.any(|one| speaks_of_reflector(modules, class.module, one.value)) {
                return None;
            }
            procedures::function(modules, at)
        }
        _ => None,
    }
}

/// The function, and the position, of the parameter that an expression is.
fn parameter(modules: &Modules, at: ExpressionRef) -> Option<(FunctionRef, usize)> {
    let facts = modules.facts(at.module);
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return None;
    };
    match &facts.binding(*binding).kind {
        BindingKind::Parameter {
            function,
            index,
            path,
        } if path.is_empty() => {
            let of = In {
                module: at.module,
                id: *function,
            };
            Some((of, *index as usize))
        }
        _ => None,
    }
}

fn handed(
    modules: &Modules,
    class: ClassRef,
    arguments: &[Argument],
    index: usize,
) -> Option<SmolStr> {
    let argument = arguments.get(index)?;
    let at = In {
        module: class.module,
        id: argument.value,
    };
    Some(name(modules, at))
}
