//! What runs without a request of a user: schedules, queues, events, what the
//! framework calls at the start, and what stands before endpoints to decide
//! who is let through.

use smol_str::SmolStr;
use snell_extract::facts::{Class, Expression, FunctionId, Member, MemberKind, TypeExpression};

use super::{
    Access, Endpoint, EndpointKind, Given,
    decorator::{Mark, marks},
    scan,
};
use crate::module::{ClassRef, FunctionRef, In, Modules, Symbol};

/// Decorators of methods that run so, whichever package they are of.
const DECORATORS: [(&str, EndpointKind); 22] = [
    ("Cron", EndpointKind::Cron),
    ("Interval", EndpointKind::Cron),
    ("Timeout", EndpointKind::Cron),
    ("OnEvent", EndpointKind::Event),
    ("OnQueueEvent", EndpointKind::Job),
    ("OnWorkerEvent", EndpointKind::Job),
    ("OnQueueActive", EndpointKind::Job),
    ("OnQueueCompleted", EndpointKind::Job),
    ("OnQueueFailed", EndpointKind::Job),
    ("OnGlobalQueueCompleted", EndpointKind::Job),
    ("Process", EndpointKind::Job),
    ("Activity", EndpointKind::Job),
    ("ActivityMethod", EndpointKind::Job),
    ("EventPattern", EndpointKind::Event),
    ("MessagePattern", EndpointKind::Event),
    ("GrpcMethod", EndpointKind::Event),
    ("RabbitSubscribe", EndpointKind::Event),
    ("RabbitRPC", EndpointKind::Event),
    ("SqsMessageHandler", EndpointKind::Job),
    ("KafkaListener", EndpointKind::Event),
    ("SubscribeTo", EndpointKind::Event),
    ("Command", EndpointKind::Job),
];

/// Methods that the framework calls.
const HOOKS: [(&str, EndpointKind); 6] = [
    ("onModuleInit", EndpointKind::Start),
    ("onApplicationBootstrap", EndpointKind::Start),
    ("onModuleDestroy", EndpointKind::Start),
    ("onApplicationShutdown", EndpointKind::Start),
    ("beforeApplicationShutdown", EndpointKind::Start),
    ("canActivate", EndpointKind::Before),
];

/// Bases whose one method runs so.
const BASES: [(&str, &str, EndpointKind); 11] = [
    ("WorkerHost", "process", EndpointKind::Job),
    ("CommandRunner", "run", EndpointKind::Job),
    ("PassportStrategy", "validate", EndpointKind::Before),
    (
        "PassportSerializer",
        "deserializeUser",
        EndpointKind::Before,
    ),
    ("NestMiddleware", "use", EndpointKind::Before),
    ("NestInterceptor", "intercept", EndpointKind::Before),
    ("PipeTransform", "transform", EndpointKind::Before),
    (
        "ValidatorConstraintInterface",
        "validate",
        EndpointKind::Before,
    ),
    (
        "OnGatewayConnection",
        "handleConnection",
        EndpointKind::Before,
    ),
    (
        "OnGatewayDisconnect",
        "handleDisconnect",
        EndpointKind::Event,
    ),
    ("OnGatewayInit", "afterInit", EndpointKind::Start),
];

/// Decorators of classes that handle what a bus hands them.
const HANDLERS: [(&str, &str, EndpointKind); 3] = [
    ("CommandHandler", "execute", EndpointKind::Command),
    ("QueryHandler", "execute", EndpointKind::Command),
    ("EventsHandler", "handle", EndpointKind::Event),
];

/// The methods of a class that run without a request.
pub(super) fn of_class(modules: &Modules, class: ClassRef) -> Vec<Endpoint> {
    let declared = modules.facts(class.module).class(class.id);
    if declared.members.is_empty() {
        return Vec::new();
    }
    let handled = handled_by_bus(modules, class, declared);
    let mut found = Vec::new();
    for member in &declared.members {
        let MemberKind::Method(method) = member.kind else {
            continue;
        };
        let Some(name) = member.key.name().map(|name| name.text.clone()) else {
            continue;
        };
        let kind = by_decorators(modules, class, member)
            .or_else(|| {
                handled
                    .filter(|(wanted, _)| *wanted == name)
                    .map(|(_, kind)| kind)
            })
            .or_else(|| by_hook(&name))
            .or_else(|| by_base(modules, class, declared, &name));
        if let Some(kind) = kind {
            found.push(endpoint(modules, class, method, member, kind, &name));
        }
    }
    found
}

fn by_decorators(modules: &Modules, class: ClassRef, member: &Member) -> Option<EndpointKind> {
    member.decorators.iter().find_map(|decorator| {
        marks(modules, class.module, decorator)
            .iter()
            .find_map(|mark| match mark {
                Mark::Framework(_, name, _) => {
                    let known = DECORATORS.iter().find(|(known, _)| known == name)?;
                    Some(known.1)
                }
                _ => None,
            })
    })
}

fn by_hook(name: &str) -> Option<EndpointKind> {
    let known = HOOKS.iter().find(|(hook, _)| *hook == name)?;
    Some(known.1)
}

fn by_base(
    modules: &Modules,
    class: ClassRef,
    declared: &Class,
    name: &str,
) -> Option<EndpointKind> {
    let facts = modules.facts(class.module);
    let extends = |base: &str| {
        let Some(extends) = declared.extends else {
            return false;
        };
        let named = match facts.expression(extends) {
            Expression::Call { callee, .. } => *callee,
            _ => extends,
        };
        let at = In {
            module: class.module,
            id: named,
        };
        matches!(scan::symbol(modules, at), Symbol::External { name, .. } if name == base)
    };
    let implements = |base: &str| {
        let mut types = declared.implements.iter();
        types.any(|ty| match facts.type_expression(*ty) {
            TypeExpression::Named { name, .. } => name == base,
            _ => false,
        })
    };
    let mut bases = BASES.iter().filter(|(_, method, _)| *method == name);
    let (_, _, kind) = bases.find(|(base, ..)| extends(base) || implements(base))?;
    Some(*kind)
}

/// What the bus hands to the handlers of a class, and the method that gets it:
/// `@CommandHandler(CreateTeam)`.
pub(super) fn handled(modules: &Modules, class: ClassRef) -> Vec<(ClassRef, FunctionRef)> {
    let declared = modules.facts(class.module).class(class.id);
    let mut found = Vec::new();
    for decorator in &declared.decorators {
        let facts = modules.facts(class.module);
        let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
            continue;
        };
        let Some((_, wanted, _)) = HANDLERS.iter().find(|(known, ..)| *known == decorator.name)
        else {
            continue;
        };
        let Some(MemberKind::Method(method)) = declared.member(wanted).map(|member| &member.kind)
        else {
            continue;
        };
        for argument in arguments {
            let at = In {
                module: class.module,
                id: argument.value,
            };
            if let Symbol::Class(message) = scan::symbol(modules, at) {
                let handler = In {
                    module: class.module,
                    id: *method,
                };
                found.push((message, handler));
            }
        }
    }
    found
}

/// The method of a handler of a bus.
fn handled_by_bus(
    modules: &Modules,
    class: ClassRef,
    declared: &Class,
) -> Option<(&'static str, EndpointKind)> {
    declared.decorators.iter().find_map(|decorator| {
        let marks = marks(modules, class.module, decorator);
        marks.iter().find_map(|mark| match mark {
            Mark::Framework(_, name, _) => {
                let known = HANDLERS.iter().find(|(known, ..)| known == name)?;
                Some((known.1, known.2))
            }
            _ => None,
        })
    })
}

fn endpoint(
    modules: &Modules,
    class: ClassRef,
    method: FunctionId,
    member: &Member,
    kind: EndpointKind,
    name: &str,
) -> Endpoint {
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    let holder = declared.name.as_ref().map_or("", |name| name.text.as_str());
    let word = match kind {
        EndpointKind::Cron => "cron",
        EndpointKind::Job => "job",
        EndpointKind::Event => "event",
        EndpointKind::Command => "command",
        EndpointKind::Before => "before",
        _ => "start",
    };
    let decorator = member.decorators.first().map(|decorator| decorator.span);
    let key = || member.key.name().map(|key| key.span);
    let at = decorator.or_else(key).unwrap_or(declared.span);
    let parameters = facts.function(method).parameters.iter();
    Endpoint {
        handler: In {
            module: class.module,
            id: method,
        },
        module: class.module,
        class: Some(class),
        kind,
        name: SmolStr::from(format!("{word} {holder}.{name}")),
        at: modules.at(class.module, at),
        access: Access::default(),
        parameters: parameters.map(|_| Given::Unknown).collect(),
    }
}
