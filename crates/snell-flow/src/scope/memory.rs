//! Look-ups in what a service keeps in memory: `this.states.get(id)`.

use snell_extract::facts::{Expression, MemberKind, TypeExpression};
use snell_project::{
    Project,
    module::{ExpressionRef, ModuleId},
};

use crate::value::{Root, Value};

/// The classes of JavaScript that keep values by keys.
const KEPT: [&str; 4] = ["Map", "WeakMap", "Set", "WeakSet"];

/// Whether all that is looked up by is a parameter of the path: the key of a row, and no secret that
/// says who asks.
pub(super) fn is_by_parameter(arguments: &[Value]) -> bool {
    let parameter = |value: &Value| {
        let Value::Opaque(opaque) = value else {
            return false;
        };
        matches!(&opaque.root, Root::ClientInput(part, _) if part == "Param")
    };
    !arguments.is_empty() && arguments.iter().all(parameter)
}

/// Whether a call looks something up in a field that holds a `Map` or a `Set`.
pub(super) fn remembers(project: &Project, at: ExpressionRef) -> bool {
    let owner = project.modules.get(at.module);
    let facts = &owner.facts;
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return false;
    };
    let Expression::Member {
        object, property, ..
    } = facts.expression(*callee)
    else {
        return false;
    };
    let Expression::Member {
        object: this,
        property: field,
        ..
    } = facts.expression(*object)
    else {
        return false;
    };
    let Expression::This = facts.expression(*this) else {
        return false;
    };
    let class = owner.context.this_class(*this);
    let member = class.and_then(|class| facts.class(class).member(&field.text));
    matches!(property.text.as_str(), "get" | "has")
        && member.is_some_and(|member| keeps(project, at.module, &member.kind))
}

fn keeps(project: &Project, module: ModuleId, field: &MemberKind) -> bool {
    let facts = project.modules.facts(module);
    let MemberKind::Field { ty, init, .. } = field else {
        return false;
    };
    let made = init.is_some_and(|init| {
        let Expression::New { callee, .. } = facts.expression(facts.unwrap_casts(init)) else {
            return false;
        };
        matches!(facts.expression(*callee), Expression::Identifier { name, binding: None }
            if KEPT.contains(&name.as_str()))
    });
    let declared = ty.is_some_and(|ty| {
        matches!(facts.type_expression(ty), TypeExpression::Named { name, .. }
            if KEPT.contains(&name.as_str()))
    });
    made || declared
}
