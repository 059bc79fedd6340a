//! Guards that sign in those who run the application, and nobody else.

use snell_extract::facts::{
    Argument, BinaryOperator, Element, Expression, ExpressionId, UnaryOperator,
};

use super::{guard::is_of_administrators, scan};
use crate::module::{ClassRef, ExpressionRef, In, ModuleId, Modules};

/// Words in the names of what a secret is kept in.
const SECRETS: [&str; 3] = ["SECRET", "KEY", "TOKEN"];

/// Services whose packages call what they hand out an administrator's: with it a server looks up whoever asks.
const SERVICES: [&str; 2] = ["firebase", "supabase"];

/// Whether a guard that is called so lets nobody through but administrators. Its name alone protects nothing: what it
/// does has to say so as well.
pub(super) fn is_of_the_house(modules: &Modules, name: &str, ancestry: &[ClassRef]) -> bool {
    is_of_administrators(name)
        && ancestry.iter().any(|class| {
            let span = modules.facts(class.module).class(class.id).span;
            let here = |id| In {
                module: class.module,
                id,
            };
            let mut inside = scan::inside(modules, class.module, span);
            inside.any(|(id, _)| says_so(modules, here(id)))
        })
}

/// `AuthGuard('admin-jwt')`: a strategy of Passport of their own
/// (<https://docs.nestjs.com/recipes/passport#named-strategies>).
pub(super) fn is_strategy_of_the_house(modules: &Modules, at: ExpressionRef) -> bool {
    let facts = modules.facts(at.module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return false;
    };
    let is_guard = matches!(facts.expression(*callee),
        Expression::Identifier { name, .. } if name == "AuthGuard");
    let [strategy] = &arguments[..] else {
        return false;
    };
    is_guard && names_administrators(modules, at.module, strategy.value)
}

/// Whether an expression of a guard asks for an administrator.
fn says_so(modules: &Modules, at: ExpressionRef) -> bool {
    let facts = modules.facts(at.module);
    let names = |id: ExpressionId| names_administrators(modules, at.module, id);
    match facts.expression(at.id) {
        // `payload.role !== 'ADMIN'`, `user.role === Role.ADMIN`
        Expression::Binary {
            operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
            left,
            right,
        } => names(*left) || names(*right),
        // `!user.isAdmin`
        Expression::Unary {
            operator: UnaryOperator::Not,
            operand,
        } => is_flag(modules, at.module, *operand),
        Expression::Call {
            callee, arguments, ..
        } => asks(modules, at.module, *callee, arguments) || is_strategy_of_the_house(modules, at),
        // `process.env.ADMIN_JWT_SECRET`
        Expression::Member { property, .. } => is_secret(&property.text),
        _ => false,
    }
}

/// `['ADMIN', 'OWNER'].includes(user.role)`, `config.get('ADMIN_JWT_SECRET')`, `prisma.superAdmin.findUnique(...)`
fn asks(modules: &Modules, module: ModuleId, callee: ExpressionId, arguments: &[Argument]) -> bool {
    let facts = modules.facts(module);
    let Expression::Member {
        object, property, ..
    } = facts.expression(callee)
    else {
        return false;
    };
    let mut handed = arguments.iter();
    match property.text.as_str() {
        "includes" | "has" => {
            handed.any(|one| names_administrators(modules, module, one.value))
                || all_name_administrators(modules, module, *object)
        }
        "get" | "getOrThrow" => handed.any(|one| {
            let text = In {
                module,
                id: one.value,
            };
            scan::text(modules, text, 4).is_some_and(|text| is_secret(&text))
        }),
        _ => match facts.expression(facts.unwrap_casts(*object)) {
            Expression::Member { property, .. } => is_source(&property.text),
            _ => false,
        },
    }
}

/// A constant that is called after administrators: `'ADMIN'`, `Role.SUPER_ADMIN`.
fn names_administrators(modules: &Modules, module: ModuleId, id: ExpressionId) -> bool {
    let facts = modules.facts(module);
    let id = facts.unwrap_casts(id);
    match facts.expression(id) {
        Expression::String(text) => is_of_administrators(text),
        Expression::Member {
            object, property, ..
        } => {
            let constant = matches!(facts.expression(*object),
                Expression::Identifier { name, .. } if name.starts_with(char::is_uppercase));
            constant && is_of_administrators(&property.text)
        }
        Expression::Identifier { .. } => scan::text(modules, In { module, id }, 4)
            .is_some_and(|text| is_of_administrators(&text)),
        _ => false,
    }
}

/// A list that is written out, or called, after administrators.
fn all_name_administrators(modules: &Modules, module: ModuleId, list: ExpressionId) -> bool {
    let facts = modules.facts(module);
    match facts.expression(facts.unwrap_casts(list)) {
        Expression::Array(elements) => elements.iter().any(|element| {
            matches!(element, Element::Value(value)
                if names_administrators(modules, module, *value))
        }),
        Expression::Identifier { name, .. } => is_of_administrators(name),
        Expression::Member { property, .. } => is_of_administrators(&property.text),
        _ => false,
    }
}

/// `user.isAdmin`
fn is_flag(modules: &Modules, module: ModuleId, id: ExpressionId) -> bool {
    let facts = modules.facts(module);
    matches!(facts.expression(facts.unwrap_casts(id)),
        Expression::Member { property, .. } if is_of_administrators(&property.text))
}

/// What a secret of theirs is kept in: `ADMIN_JWT_SECRET`.
fn is_secret(name: &str) -> bool {
    let constant = !name.contains(|c: char| c.is_lowercase());
    constant && SECRETS.iter().any(|word| name.contains(word)) && is_of_administrators(name)
}

/// What knows administrators alone: the model `superAdmin` of a client, `this.adminAuth`.
fn is_source(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_of_administrators(name) && !SERVICES.iter().any(|service| lower.contains(service))
}
