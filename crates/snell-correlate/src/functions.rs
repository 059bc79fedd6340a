//! What the code says of a function beside its body: its name, who may call
//! it, and what its parameters' decorators promise.

use snell_extract::facts::{
    Accessibility, Class, Decorator, Export, Expression, ExpressionKind, Function, MemberKind,
    ModuleFacts,
};
use snell_project::{
    Project,
    module::{FunctionRef, In, ModuleId},
};

/// Parameter decorators that hand over what the client sent.
const CLIENT_DECORATORS: [&str; 12] = [
    "Body",
    "Query",
    "Param",
    "Headers",
    "Args",
    "MessageBody",
    "RawBody",
    "Cookies",
    "HostParam",
    "UploadedFile",
    "UploadedFiles",
    "ConnectedSocket",
];

/// Methods of these decorators run without anybody waiting for an answer.
const JOB_DECORATORS: [&str; 8] = [
    "Cron",
    "Interval",
    "Timeout",
    "Process",
    "Processor",
    "Command",
    "SubCommand",
    "OnEvent",
];

/// The function's facts; `None` for a module's own statements.
pub(crate) fn declared(project: &Project, function: FunctionRef) -> Option<&Function> {
    let facts = project.modules.facts(function.module);
    facts.functions.get(function.id.index())
}

/// The class whose member the function is.
pub(crate) fn class_of(project: &Project, function: FunctionRef) -> Option<&Class> {
    let facts = project.modules.facts(function.module);
    declared(project, function)?.class.map(|id| facts.class(id))
}

/// `Class.method`, `function`, or the module's file name.
pub(crate) fn name(project: &Project, function: FunctionRef) -> String {
    project.modules.function_name(function)
}

/// The names of decorators: `Body` of `@Body('x')`.
pub(crate) fn decorator_name<'f>(facts: &'f ModuleFacts, decorator: &Decorator) -> Option<&'f str> {
    let callee = match facts.expression(decorator.expression) {
        Expression::Call { callee, .. } => *callee,
        _ => decorator.expression,
    };
    match facts.expression(callee) {
        Expression::Identifier { name, .. } => Some(name),
        Expression::Member { property, .. } => Some(&property.text),
        _ => None,
    }
}

/// The decorator through which a parameter holds what the client sent.
pub(crate) fn client_decorator(
    project: &Project,
    function: FunctionRef,
    index: u32,
) -> Option<&str> {
    let facts = project.modules.facts(function.module);
    let parameter = declared(project, function)?
        .parameters
        .get(index as usize)?;
    let names = parameter.decorators.iter();
    names
        .filter_map(|decorator| decorator_name(facts, decorator))
        .find(|name| CLIENT_DECORATORS.contains(name))
}

/// Whether other modules, or anybody with an instance, can call the function.
pub(crate) fn is_exported(project: &Project, function: FunctionRef) -> bool {
    let facts = project.modules.facts(function.module);
    let Some(declared) = declared(project, function) else {
        return false;
    };
    if let Some(class) = class_of(project, function) {
        return class.members.iter().any(|member| {
            matches!(member.kind, MemberKind::Method(id) if id == function.id)
                && member.accessibility == Accessibility::Public
                && !member
                    .key
                    .name()
                    .is_some_and(|name| name.text.starts_with('#'))
        });
    }
    let Some(name) = &declared.name else {
        return false;
    };
    facts.exports.iter().any(|export| match export {
        Export::Local { local, .. } => *local == name.text,
        _ => false,
    })
}

/// Whether the function is one of a schedule, a queue or a command line.
pub(crate) fn is_job(project: &Project, function: FunctionRef) -> bool {
    let facts = project.modules.facts(function.module);
    let Some(class) = class_of(project, function) else {
        return false;
    };
    let own = class
        .members
        .iter()
        .filter(|member| matches!(member.kind, MemberKind::Method(id) if id == function.id))
        .flat_map(|member| &member.decorators);
    own.chain(&class.decorators)
        .filter_map(|decorator| decorator_name(facts, decorator))
        .any(|name| JOB_DECORATORS.contains(&name))
}

/// Methods that the framework calls when the application starts.
const STARTS: [&str; 2] = ["onModuleInit", "onApplicationBootstrap"];

/// Whether the framework calls the function when the application starts.
pub(crate) fn is_start(project: &Project, function: FunctionRef) -> bool {
    let own = declared(project, function).and_then(|declared| declared.name.as_ref());
    let start = own.is_some_and(|name| STARTS.contains(&name.text.as_str()));
    start && class_of(project, function).is_some()
}

/// Whether the function is a private method that jobs of its class alone call.
pub(crate) fn is_called_by_jobs(project: &Project, function: FunctionRef) -> bool {
    let Some(class) = class_of(project, function) else {
        return false;
    };
    let mut methods = class.members.iter();
    let own = methods.find(|member| {
        matches!(member.kind, MemberKind::Method(id) if id == function.id)
            && member.accessibility == Accessibility::Private
    });
    let Some(name) = own.and_then(|member| member.key.name()) else {
        return false;
    };
    let owner = project.modules.get(function.module);
    let facts = &owner.facts;
    let mut called = false;
    for (at, node) in facts.all([ExpressionKind::Member]) {
        let Expression::Member { property, .. } = &node.kind else {
            continue;
        };
        if property.text != name.text {
            continue;
        }
        let around = owner.context.function(at);
        // A callback is a part of the method around it.
        let around = around.map(|id| facts.outermost(id));
        let job = around.is_some_and(|id| {
            let module = function.module;
            is_job(project, In { module, id })
        });
        if !job {
            return false;
        }
        called = true;
    }
    called
}

/// Whether a module's code serves requests: no test, seed, script or migration.
pub(crate) fn is_application(project: &Project, module: ModuleId) -> bool {
    let facts = project.path_facts(module);
    facts.is_production() && !facts.one_off
}

/// The statements of a module, as a function.
pub(crate) fn is_module_body(project: &Project, function: FunctionRef) -> bool {
    declared(project, In { ..function }).is_none()
}

/// An expression's text for a message: on one line, not too long.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 48;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST {
        return line;
    }
    let kept: String = line.chars().take(MOST - 3).collect();
    format!("{kept}...")
}
