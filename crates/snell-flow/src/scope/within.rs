//! Roles that people have within one group of them: that somebody has one is what an endpoint asks for already, and says
//! nothing of whose the rows are that are reached.

use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;
use snell_project::Project;

use super::{Origin, Trust, Walk, origins, told::is_role_of_who_asks};
use crate::{
    fact::Fact,
    facts::Facts,
    value::{Literal, Value},
};

/// Leaves out of what an endpoint asks what holds for everybody who comes there: to have one of these roles.
pub(super) fn leave_out(project: &Project, walk: &mut Walk<'_>, roles: &[SmolStr]) {
    if roles.is_empty() {
        return;
    }
    let known = |facts: &mut Facts, trust: &mut Arc<OnceLock<Trust>>| {
        if let Some(left) = beyond(project, facts, roles) {
            *facts = left;
            *trust = Arc::default();
        }
    };
    for reached in &mut walk.queries {
        known(&mut reached.facts, &mut reached.trust);
    }
    for escape in &mut walk.escapes {
        known(&mut escape.facts, &mut escape.trust);
    }
}

/// What is left of facts without those that hold for everybody with one of the roles; `None` when all of them say more.
fn beyond(project: &Project, facts: &Facts, roles: &[SmolStr]) -> Option<Facts> {
    let mut all = facts.iter();
    if !all.any(|fact| holds_for(project, fact, roles)) {
        return None;
    }
    let left = facts.iter().filter(|fact| !holds_for(project, fact, roles));
    Some(left.cloned().collect::<Vec<Fact>>().into())
}

/// Whether a fact holds for everybody who has one of the roles.
fn holds_for(project: &Project, fact: &Fact, roles: &[SmolStr]) -> bool {
    let asked = |value: &Value| is_role_of_who_asks(project, value);
    let named = |value: &Value| names(value, roles);
    match fact {
        Fact::Equal(a, b) | Fact::Member(a, b) => asked(a) && named(b) || asked(b) && named(a),
        Fact::OneOf(groups) => groups.iter().any(|group| {
            let mut facts = group.iter();
            facts.all(|fact| holds_for(project, fact, roles))
        }),
        Fact::Truthy(_) | Fact::Falsy(_) | Fact::Differ(..) => false,
    }
}

/// Whether a value is one of the roles, or a list in which one stands.
fn names(value: &Value, roles: &[SmolStr]) -> bool {
    match value {
        Value::Literal(Literal::String(text)) => {
            roles.iter().any(|role| role.eq_ignore_ascii_case(text))
        }
        Value::Array(list) => list.elements.iter().any(|element| names(element, roles)),
        _ => false,
    }
}

/// Whether what holds is that who asks is in no group: a key of who asks is not there.
#[must_use]
pub fn is_in_no_group(facts: &Facts) -> bool {
    facts.iter().any(|fact| match fact {
        Fact::Falsy(value) => is_key_of_group(value),
        Fact::Equal(value, none) => *none == Value::Null && is_key_of_group(value),
        _ => false,
    })
}

/// Whether a value is a key of who asks that is not their own: `user.schoolId`.
fn is_key_of_group(value: &Value) -> bool {
    let (mut key, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Identity(path) => {
            let named = path.last().map(|last| last.to_ascii_lowercase());
            let of_group = named.is_some_and(|name| {
                let plain = name.replace('_', "");
                plain.ends_with("id") && !["id", "userid", "uid"].contains(&plain.as_str())
            });
            key |= of_group;
            other |= !of_group;
        }
        Origin::Constant => {}
        _ => other = true,
    });
    key && !other
}
