//! What says who calls: guards that do not stand where they are needed, and all else that may.

use snell_extract::facts::{Class, Expression, ExpressionKind, ImportedName, ModuleFacts, Pattern};
use snell_project::module::{ModuleId, Symbol};

use crate::{functions, rule::Context};

/// Words in the names of what signs in.
const SIGNS_IN: [&str; 13] = [
    "auth",
    "session",
    "passport",
    "clerk",
    "keycloak",
    "supertokens",
    "oidc",
    "jwt",
    "login",
    "identity",
    "cognito",
    "firebase",
    "user",
];

/// Whether something else than a guard may say who calls: a middleware, an interceptor, a module or
/// an application's guard that could not be read.
pub(in crate::rules::isolation::unguarded_endpoint) fn somebody_else(
    context: &Context<'_>,
) -> bool {
    let project = context.project;
    let guards = project.endpoints.guards().iter().any(|guard| {
        let text = context.text(project.modules.location(guard.at));
        guard.signs_in || guard.class.is_none() && !text.contains("Throttler")
    });
    guards
        || project.endpoints.middleware_signs_in()
        || project.modules.iter().any(|(module, owner)| {
            functions::is_application(project, module)
                && (sets(context, module, &owner.facts)
                    || uses(context, module, &owner.facts)
                    || imports(context, module, &owner.facts))
        })
}

/// Whether guards leave who calls under this name.
pub(super) fn is_principal(context: &Context<'_>, name: &str) -> bool {
    let principals = context.project.endpoints.principals();
    name == "user" || principals.iter().any(|known| known == name)
}

/// `request.user = ...` outside of guards, and of the strategies that they ask.
fn sets(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> bool {
    facts.all([ExpressionKind::Assign]).any(|(_, node)| {
        let Expression::Assign { target, .. } = &node.kind else {
            return false;
        };
        let Pattern::Expression(target) = **target else {
            return false;
        };
        let text = context.text(context.project.modules.at(module, facts.span(target)));
        let lower = text.to_ascii_lowercase();
        let last = text.rsplit(['.', '[']).next().unwrap_or_default();
        let last = last.trim_matches(['\'', '"', ']', '`']);
        let request = lower.contains("req") || lower.contains("ctx") || lower.contains("context");
        request
            && (is_principal(context, last) || ["auth", "session"].contains(&last))
            && !facts
                .classes
                .iter()
                .any(|class| class.span.contains(node.span) && is_guard(context, module, class))
    })
}

/// `app.use(passport.session())`, `consumer.apply(SessionMiddleware)`
fn uses(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> bool {
    facts.all([ExpressionKind::Call]).any(|(_, node)| {
        let Some(call) = facts.method_call(&node.kind) else {
            return false;
        };
        let hooks = [
            "use",
            "apply",
            "addHook",
            "register",
            "useGlobalInterceptors",
        ];
        // `JwtModule.register({ ... })` makes what signs and verifies, and asks nobody.
        let object = context.text(context.project.modules.at(module, facts.span(call.object)));
        hooks.contains(&call.property.text.as_str())
            && !object.ends_with("Module")
            && call.arguments.iter().any(|argument| {
                let at = context
                    .project
                    .modules
                    .at(module, facts.span(argument.value));
                let lower = context.text(at).to_ascii_lowercase();
                SIGNS_IN.iter().any(|word| lower.contains(word))
            })
    })
}

/// `import { AuthModule } from '@some/package'`: it may bring a guard for the whole application.
fn imports(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> bool {
    facts.imports.iter().any(|import| {
        let (ImportedName::Named(name), Some(local)) = (&import.imported, import.local) else {
            return false;
        };
        let lower = name.to_ascii_lowercase();
        if !lower.ends_with("module") || import.source.text.starts_with("@nestjs/") {
            return false;
        }
        let of_package = matches!(
            context.project.modules.binding(module, local),
            Symbol::External { .. }
        );
        let source = import.source.text.to_ascii_lowercase();
        let signs = |text: &str| SIGNS_IN.iter().any(|word| text.contains(word));
        of_package && (signs(&lower) || signs(&source))
    })
}

/// A guard of the workspace that leaves who calls on the request.
pub(super) fn guard<'a>(context: &Context<'a>) -> Option<(ModuleId, &'a Class)> {
    let modules = &context.project.modules;
    modules.iter().find_map(|(module, owner)| {
        let mut classes = owner.facts.classes.iter();
        let guard = classes.find(|class| {
            let text = context.text(modules.at(module, class.span));
            let lower = text.to_ascii_lowercase();
            let sets = class_sets(context, module, class) || lower.contains("authguard(");
            is_guard(context, module, class) && sets && !lower.contains("passportstrategy(")
        });
        guard
            .filter(|_| functions::is_application(context.project, module))
            .map(|class| (module, class))
    })
}

/// `request.user = ...` inside of a class.
fn class_sets(context: &Context<'_>, module: ModuleId, class: &Class) -> bool {
    let facts = context.project.modules.facts(module);
    facts.all([ExpressionKind::Assign]).any(|(_, node)| match &node.kind {
        Expression::Assign { target, .. } if class.span.contains(node.span) => {
            matches!(**target, Pattern::Expression(target)
                if matches!(facts.expression(target), Expression::Member { property, .. }
                    if is_principal(context, &property.text))
                || context.text(context.project.modules.at(module, facts.span(target))).contains("user"))
        }
        _ => false,
    })
}

/// `implements CanActivate`, `extends AuthGuard('jwt')`, `extends PassportStrategy(Strategy)`
fn is_guard(context: &Context<'_>, module: ModuleId, class: &Class) -> bool {
    let facts = context.project.modules.facts(module);
    let text = context.text(context.project.modules.at(module, class.span));
    let head = text.split('{').next().unwrap_or_default();
    let base = class.extends.map(|id| facts.span(id));
    let base = base.map_or("", |span| {
        context.text(context.project.modules.at(module, span))
    });
    head.contains("CanActivate") || base.contains("Guard") || base.contains("Strategy")
}

/// Whether a decorator of this name is made here, and gives what somebody left on the request
/// rather than finding out by itself.
pub(super) fn takes_from_request(context: &Context<'_>, name: &str) -> bool {
    let modules = &context.project.modules;
    let itself = [
        "verify",
        "decode",
        "headers",
        "cookies",
        "authorization",
        "token",
        "session",
        "await ",
    ];
    modules.iter().any(|(module, owner)| {
        let facts = &owner.facts;
        facts.bindings.iter().any(|binding| {
            if binding.name != name {
                return false;
            }
            let snell_extract::facts::BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
            else {
                return false;
            };
            let text = context.text(modules.at(module, facts.span(init.value)));
            let lower = text.to_ascii_lowercase();
            lower.starts_with("createparamdecorator")
                && reads_principal(context, text)
                && !["||", "??"].iter().any(|or| text.contains(or))
                && !itself.iter().any(|word| lower.contains(word))
        })
    })
}

/// `request.user`, in the text of a decorator.
fn reads_principal(context: &Context<'_>, text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.into_iter().any(|word| is_principal(context, word))
        && ["getRequest", "getContext", "getArgByIndex"]
            .iter()
            .any(|get| text.contains(get))
}
