//! Roles of those whom an application serves: who has one has rows of their own, and runs nothing.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, Expression, ExpressionId, ExpressionKind, LogicalOperator, ModuleFacts,
};

use super::{Endpoint, Given, guard::is_of_administrators, ranks::Ranks};
use crate::module::Modules;

/// Words for those whom a business serves, or who offer something by it.
const SERVED: [&str; 20] = [
    "user",
    "customer",
    "client",
    "buyer",
    "seller",
    "vendor",
    "merchant",
    "supplier",
    "provider",
    "student",
    "pupil",
    "parent",
    "patient",
    "guest",
    "member",
    "candidate",
    "applicant",
    "freelancer",
    "renter",
    "subscriber",
];

/// Words for those who work for the house, whomever they are there for.
const EMPLOYED: [&str; 14] = [
    "manager",
    "service",
    "success",
    "relations",
    "affairs",
    "care",
    "lead",
    "head",
    "director",
    "agent",
    "coordinator",
    "supervisor",
    "representative",
    "executive",
];

/// So many places keep a role to what is its own before that says what the role is.
const PLACES: usize = 2;

/// Says of endpoints that a role is enough for them that ordinary users have: who gets there may see what is theirs.
pub(super) fn mark(modules: &Modules, ranks: &Ranks, endpoints: &mut [Endpoint]) {
    let ordinary = find(modules, ranks, endpoints);
    if ordinary.is_empty() {
        return;
    }
    for endpoint in endpoints {
        let access = &mut endpoint.access;
        let of_roles = |name: &SmolStr| name.to_ascii_lowercase().contains("role");
        let named = |role: &SmolStr| ordinary.contains(&role.to_ascii_lowercase());
        if access.restricted.iter().all(of_roles) && access.roles.iter().any(named) {
            access.ordinary = true;
            access.exempt = false;
        }
    }
}

/// Those of the roles that endpoints ask for, in lower case.
fn find(modules: &Modules, ranks: &Ranks, endpoints: &[Endpoint]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut all: BTreeSet<&SmolStr> = BTreeSet::new();
    for endpoint in endpoints {
        let roles = &endpoint.access.roles;
        all.extend(roles);
        // Where no administrator comes, who asks does something of their own.
        let of_their_own = endpoint.parameters.contains(&Given::Identity)
            && !roles.iter().any(|role| is_of_administrators(role));
        let served = roles.iter().filter(|role| is_served(role));
        let served = served.filter(|role| of_their_own || ranks.are_of_people(role));
        found.extend(served.map(|role| role.to_ascii_lowercase()));
    }
    if !all.is_empty() {
        let mut kept: BTreeMap<String, usize> = BTreeMap::new();
        for (_, module) in modules.iter() {
            for role in kept_to_their_own(&module.facts) {
                *kept.entry(role.to_ascii_lowercase()).or_default() += 1;
            }
        }
        kept.retain(|role, places| {
            *places >= PLACES
                && !is_of_administrators(role)
                && all.iter().any(|one| one.eq_ignore_ascii_case(role))
        });
        found.extend(kept.into_keys());
    }
    found.retain(|role| !ranks.are_of_group(role));
    found
}

/// Whether a role is called after those whom a business serves: `customer`, `provider_owner`.
fn is_served(role: &str) -> bool {
    let lower = role.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let one_of = |word: &str, all: &[&str]| {
        let plain = word.strip_suffix('s').unwrap_or(word);
        all.contains(&plain) || all.contains(&word)
    };
    !is_of_administrators(role)
        && !words.iter().any(|word| one_of(word, &EMPLOYED))
        && words.iter().any(|word| one_of(word, &SERVED))
}

/// The roles of which code asks in one breath whose a row is: `user.role === 'tutor' && course.tutorId === user.id`.
fn kept_to_their_own(facts: &ModuleFacts) -> Vec<SmolStr> {
    let both = facts.all([ExpressionKind::Logical]);
    both.filter_map(|(_, node)| {
        let Expression::Logical {
            operator: LogicalOperator::And,
            left,
            right,
        } = &node.kind
        else {
            return None;
        };
        let (role, person) = role_of(facts, *left)?;
        is_compared(facts, *right, person).then_some(role)
    })
    .collect()
}

/// The sides of a comparison.
fn sides(facts: &ModuleFacts, id: ExpressionId) -> Option<(BinaryOperator, [ExpressionId; 2])> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Binary {
            operator,
            left,
            right,
        } => Some((*operator, [*left, *right])),
        _ => None,
    }
}

/// What a member is of, by name, and its own name.
fn member(facts: &ModuleFacts, id: ExpressionId) -> Option<(ExpressionId, &SmolStr)> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Member {
            object, property, ..
        } => Some((*object, &property.text)),
        _ => None,
    }
}

fn name(facts: &ModuleFacts, id: ExpressionId) -> Option<&SmolStr> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => Some(name),
        _ => None,
    }
}

/// The role that somebody has, and who: `user.role === Role.TUTOR`.
fn role_of(facts: &ModuleFacts, id: ExpressionId) -> Option<(SmolStr, &SmolStr)> {
    let (BinaryOperator::Equal, [a, b]) = sides(facts, id)? else {
        return None;
    };
    let person = |id: ExpressionId| {
        let (object, property) = member(facts, id)?;
        let role = property.to_ascii_lowercase().ends_with("role");
        name(facts, object).filter(|_| role)
    };
    let role = |id: ExpressionId| match facts.expression(facts.unwrap_casts(id)) {
        Expression::String(text) => Some(text.clone()),
        Expression::Member { property, .. } => Some(property.text.clone()),
        _ => None,
    };
    person(a)
        .and_then(|who| Some((role(b)?, who)))
        .or_else(|| person(b).and_then(|who| Some((role(a)?, who))))
}

/// Whether a column of a row is compared with the key of somebody.
fn is_compared(facts: &ModuleFacts, id: ExpressionId, person: &SmolStr) -> bool {
    let Some((BinaryOperator::Equal | BinaryOperator::NotEqual, [a, b])) = sides(facts, id) else {
        return false;
    };
    let is_key = |id: ExpressionId| {
        member(facts, id).is_some_and(|(object, property)| {
            let lower = property.to_ascii_lowercase();
            name(facts, object) == Some(person) && (lower.ends_with("id") || lower == "sub")
        })
    };
    let is_column = |id: ExpressionId| {
        member(facts, id).is_some_and(|(object, property)| {
            let lower = property.to_ascii_lowercase();
            name(facts, object) != Some(person) && lower.ends_with("id") && lower != "id"
        })
    };
    is_key(a) && is_column(b) || is_key(b) && is_column(a)
}

#[cfg(test)]
mod tests {
    use super::is_served;

    #[test]
    fn who_is_served_runs_nothing() {
        for role in ["customer", "STUDENT", "Sellers", "provider_owner"] {
            assert!(is_served(role), "{role}");
        }
        for role in [
            "admin",
            "customer_service",
            "client-manager",
            "user_admin",
            "editor",
        ] {
            assert!(!is_served(role), "{role}");
        }
    }
}
