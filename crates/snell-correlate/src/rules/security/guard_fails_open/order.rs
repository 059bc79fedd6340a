//! Guards of a whole application that look at who asks before anything has said who that is: they
//! run before those of controllers and methods.

use snell_extract::facts::{
    Block, Expression, ExpressionId, FunctionBody, LogicalOperator, MemberKind, ModuleFacts,
    Statement, UnaryOperator,
};
use snell_project::{
    endpoint::{ApplicationGuard, Endpoint},
    module::{ClassRef, In, Symbol},
};
use snell_source::{Confidence, Diagnostic, Span};

use super::{OTHER, RULE};
use crate::{functions, rule::Context};

/// Words in what refuses.
const REFUSES: [&str; 4] = ["throw ", "return false", "forbidden", "unauthorized"];

/// Ways by which something else says who asks before all guards.
const BEFORE: [&str; 4] = ["passport.session", "addHook(", ".user = ", "['user'] = "];

pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let endpoints = &context.project.endpoints;
    if endpoints.middleware_signs_in() {
        return Vec::new();
    }
    endpoints
        .guards()
        .iter()
        .filter(|guard| functions::is_application(context.project, guard.at.module))
        .filter_map(|guard| finding(context, guard))
        .collect()
}

fn finding(context: &Context<'_>, guard: &ApplicationGuard) -> Option<Diagnostic> {
    let class = guard.class.filter(|_| !guard.signs_in)?;
    let modules = &context.project.modules;
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    let name = declared.name.as_ref()?.text.as_str();
    let lower = name.to_ascii_lowercase();
    let text = context.text(modules.at(class.module, declared.span));
    let plain = text.to_ascii_lowercase();
    if OTHER.iter().any(|word| lower.contains(word))
        || declared.extends.is_some()
        || !REFUSES.iter().any(|word| plain.contains(word))
        || others_sign_in(context, guard, class)
    {
        return None;
    }
    let later = later(context, guard)?;
    let MemberKind::Method(method) = declared.member("canActivate")?.kind else {
        return None;
    };
    let FunctionBody::Block(block) = &facts.function(method).body else {
        return None;
    };
    let (test, who) = opening(context, class, block)?;
    let who = crate::functions::short(context.text(modules.at(class.module, facts.span(who))));
    Some(
        Diagnostic::at(
            &RULE.metadata,
            modules.at(class.module, test),
            format!(
                "`{name}` lets everybody through: it runs before anything has set `{who}`"
            ),
        )
        .label("always holds here: nobody is known yet")
        .related(
            modules.location(guard.at),
            "stands before the whole application",
        )
        .related(later.at, "only guards of controllers and methods say who asks, and they run after it")
        .confidence(Confidence::Likely)
        .help("put the guard that signs in before the application as well, ahead of this one, or this one behind it at each controller")
        .subject(format!("class:{name} order")),
    )
}

/// Whether something says who asks before a guard: another guard of the application, or what is no
/// guard.
fn others_sign_in(context: &Context<'_>, guard: &ApplicationGuard, class: ClassRef) -> bool {
    let project = context.project;
    let covers = |other: &ApplicationGuard| {
        other.folder.is_empty() || guard.folder.starts_with(other.folder.as_str())
    };
    // One that is not of the workspace may sign in, unless it only throttles.
    let may = |other: &ApplicationGuard| {
        let text = context.text(project.modules.location(other.at));
        let lower = text.to_ascii_lowercase();
        match other.class {
            Some(class) => other.signs_in || sets_user(context, class),
            None => !OTHER.iter().any(|word| lower.contains(word)),
        }
    };
    let mut guards = project.endpoints.guards().iter();
    guards.any(|other| other.class != Some(class) && covers(other) && may(other))
        || project.modules.iter().any(|(module, owner)| {
            let stands =
                owner.facts.classes.iter().any(|one| {
                    one.member("canActivate").is_some() || one.member("validate").is_some()
                });
            !stands
                && functions::is_application(project, module)
                && BEFORE.iter().any(|word| {
                    let file = &context.sources.file(owner.file).text;
                    file.contains(word) && file.contains("req")
                })
        })
}

/// Whether a guard says who asks where somebody is signed in, though it lets everybody through: Passport's sets `user` whatever
/// its `handleRequest` makes of nobody (<https://docs.nestjs.com/recipes/passport#extending-guards>).
fn sets_user(context: &Context<'_>, class: ClassRef) -> bool {
    let modules = &context.project.modules;
    let declared = modules.facts(class.module).class(class.id);
    let text = context.text(modules.at(class.module, declared.span));
    declared.extends.is_some() || BEFORE.iter().any(|word| text.contains(word))
}

/// An endpoint at which somebody is asked to sign in, by what stands at it or its class.
fn later<'a>(context: &'a Context<'_>, guard: &ApplicationGuard) -> Option<&'a Endpoint> {
    let project = context.project;
    let mut all = project.endpoints.iter();
    all.find(|endpoint| {
        let path = project.modules.get(endpoint.module).path.as_str();
        endpoint.access.authenticated
            && endpoint.class.is_some()
            && functions::is_application(project, endpoint.module)
            && (guard.folder.is_empty() || path.starts_with(guard.folder.as_str()))
    })
}

/// The condition under which a guard gives up as nobody is known, and what it looks at.
fn opening(context: &Context<'_>, class: ClassRef, block: &Block) -> Option<(Span, ExpressionId)> {
    let facts = context.project.modules.facts(class.module);
    block.iter().find_map(|statement| {
        let Statement::If { test, then, .. } = &statement.kind else {
            return None;
        };
        let [last] = then.as_slice() else {
            return None;
        };
        let Statement::Return(Some(value)) = &last.kind else {
            return None;
        };
        let passes = *facts.expression(facts.unwrap_casts(*value)) == Expression::Boolean(true);
        let who = nobody(context, class, facts, *test).filter(|_| passes)?;
        Some((facts.span(*test), who))
    })
}

/// What a condition asks for of who asks, where it holds for nobody: `!user`, `!request.user?.id`.
fn nobody(
    context: &Context<'_>,
    class: ClassRef,
    facts: &ModuleFacts,
    test: ExpressionId,
) -> Option<ExpressionId> {
    match facts.expression(facts.unwrap_casts(test)) {
        Expression::Unary {
            operator: UnaryOperator::Not,
            operand,
        } => is_who(context, class, facts, *operand).then_some(*operand),
        Expression::Logical {
            operator: LogicalOperator::Or,
            left,
            ..
        } => nobody(context, class, facts, *left),
        _ => None,
    }
}

fn is_who(context: &Context<'_>, class: ClassRef, facts: &ModuleFacts, id: ExpressionId) -> bool {
    let principal = |name: &str| name == "user" || name == "auth";
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Member {
            object, property, ..
        } => {
            principal(&property.text) && is_request(facts, *object)
                || is_who(context, class, facts, *object)
        }
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => {
            let of = context.project.modules.binding(class.module, *binding);
            let Symbol::Variable(In { module, id }) = of else {
                return false;
            };
            let init = match &facts.binding(id).kind {
                snell_extract::facts::BindingKind::Variable {
                    init: Some(init), ..
                } if module == class.module => init,
                _ => return false,
            };
            match init.path.as_slice() {
                [] => is_who(context, class, facts, init.value),
                [snell_extract::facts::PatternStep::Property(name), ..] => {
                    principal(name) && is_request(facts, init.value)
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// `request`, `req`, `context.switchToHttp().getRequest()`
fn is_request(facts: &ModuleFacts, id: ExpressionId) -> bool {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => {
            let lower = name.to_ascii_lowercase();
            lower == "req" || lower.ends_with("request")
        }
        Expression::Call { callee, .. } => matches!(facts.expression(*callee),
            Expression::Member { property, .. } if property.text == "getRequest"),
        _ => false,
    }
}
