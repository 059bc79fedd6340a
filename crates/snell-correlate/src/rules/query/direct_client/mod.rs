//! A client beside the service that everybody else injects.

use snell_extract::facts::{
    Class, Expression, ExpressionId, ExpressionKind, FunctionKind, MemberKind, ModuleFacts,
    Property,
};
use snell_project::{
    module::{ClassRef, In, ModuleId},
    types::{Client, Type, Types},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/direct-client",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Code makes a client of its own where the application has one to inject",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let types = Types::new(&context.project.modules);
    let services = services(context, &types);
    if services.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) || stands_apart(&owner.path) {
            continue;
        }
        let facts = &*owner.facts;
        for (at, node) in facts.all([ExpressionKind::New]) {
            let Expression::New { callee, .. } = &node.kind else {
                continue;
            };
            let callee = In {
                module,
                id: *callee,
            };
            let Some(origin) = made(&types, callee) else {
                continue;
            };
            let Some(service) = services.iter().find(|service| {
                service.class.module != module
                    && service.folder == folder(context, module)
                    && (service.client.origin.is_none()
                        || origin.is_none()
                        || service.client.origin == origin)
            }) else {
                continue;
            };
            if !is_kept_by_code(context, module, at) || is_provided(context, module, at) {
                continue;
            }
            found.push(finding(context, module, at, service));
        }
    }
    found
}

/// An injectable class that is a client, or holds one.
struct Service<'a> {
    class: ClassRef,
    name: &'a str,
    client: Client,
    /// The package that it belongs to.
    folder: Option<&'a camino::Utf8Path>,
    at: snell_source::Location,
}

fn services<'a>(context: &Context<'a>, types: &Types<'_>) -> Vec<Service<'a>> {
    let project = context.project;
    let mut found = Vec::new();
    for (module, owner) in project.modules.iter() {
        if !functions::is_application(project, module) {
            continue;
        }
        for (class, n) in owner.facts.classes.iter().zip(0u32..) {
            let reference = In {
                module,
                id: snell_extract::facts::ClassId(n),
            };
            let (Some(name), true) = (&class.name, is_injectable(class)) else {
                continue;
            };
            if let Some(client) = types.client_of_class(reference) {
                found.push(Service {
                    class: reference,
                    name: &name.text,
                    client,
                    folder: folder(context, module),
                    at: project.modules.at(module, name.span),
                });
            }
        }
    }
    found
}

fn is_injectable(class: &Class) -> bool {
    class.decorators.iter().any(|d| d.name == "Injectable")
}

/// The package that a module belongs to.
fn folder<'a>(context: &Context<'a>, module: ModuleId) -> Option<&'a camino::Utf8Path> {
    let path = camino::Utf8Path::new(context.project.modules.get(module).path.as_str());
    let package = context.project.workspace.package_of(path)?;
    Some(&package.folder)
}

/// The origin of the client that `new` makes, when it makes one.
fn made(
    types: &Types<'_>,
    callee: snell_project::module::ExpressionRef,
) -> Option<Option<smol_str::SmolStr>> {
    match types.of(callee) {
        Type::ClientConstructor(origin) => Some(Some(origin)),
        Type::Constructor(class) => types.client_of_class(class).map(|client| client.origin),
        _ => None,
    }
}

/// Files that run outside of the application, where nothing is injected.
fn stands_apart(path: &str) -> bool {
    const FOLDERS: [&str; 10] = [
        "scripts", "script", "cli", "bin", "tools", "seed", "seeds", "prisma", "worker", "workers",
    ];
    const FILES: [&str; 7] = [
        "main.",
        "instrumentation.",
        "auth.",
        "seed.",
        "repl.",
        "cli.",
        "prisma.",
    ];
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let outside = folder.split('/').any(|part| FOLDERS.contains(&part));
    // `auth.service.ts` is a class of the framework, `auth.ts` is handed a client.
    let plain = file.matches('.').count() == 1;
    outside || plain && FILES.iter().any(|start| file.starts_with(start))
}

/// Whether what is made stays: in a field, in a constructor, in a variable of
/// the module. A client for each call is another fault (`query/multiple-clients`).
fn is_kept_by_code(context: &Context<'_>, module: ModuleId, at: ExpressionId) -> bool {
    let owner = context.project.modules.get(module);
    match owner.context.function(at) {
        None => true,
        Some(function) => {
            let kind = owner.facts.function(function).kind;
            matches!(kind, FunctionKind::Constructor | FunctionKind::StaticBlock)
        }
    }
}

/// `{ provide: CLIENT, useValue: new PrismaClient() }`, or a client that is
/// extended, or a part of something larger that provides it.
fn is_provided(context: &Context<'_>, module: ModuleId, at: ExpressionId) -> bool {
    let owner = context.project.modules.get(module);
    let facts = &*owner.facts;
    let mut id = at;
    while let Some(parent) = owner.context.parent(id) {
        let provides = match facts.expression(parent) {
            Expression::Object(properties) => properties.iter().any(|property| {
                matches!(property, Property::Value { key, .. }
                    if key.name().is_some_and(|name| name.text == "provide"))
            }),
            Expression::Member { property, .. } => property.text == "$extends",
            _ => false,
        };
        if provides {
            return true;
        }
        id = parent;
    }
    false
}

/// The class in whose field or constructor an expression stands.
fn holder(facts: &ModuleFacts, at: ExpressionId) -> Option<&Class> {
    let span = facts.span(at);
    facts.classes.iter().find(|class| {
        class.members.iter().any(|member| {
            member.span.contains(span)
                && matches!(
                    member.kind,
                    MemberKind::Field { .. }
                        | MemberKind::Constructor(_)
                        | MemberKind::StaticBlock(_)
                )
        })
    })
}

/// The field that keeps the client.
fn field_of<'f>(facts: &'f ModuleFacts, class: &'f Class, at: ExpressionId) -> Option<&'f str> {
    let span = facts.span(at);
    let member = class
        .members
        .iter()
        .find(|member| member.span.contains(span))?;
    match member.kind {
        MemberKind::Field { .. } => Some(&member.key.name()?.text),
        _ => None,
    }
}

fn finding(
    context: &Context<'_>,
    module: ModuleId,
    at: ExpressionId,
    service: &Service<'_>,
) -> Diagnostic {
    let project = context.project;
    let facts = project.modules.facts(module);
    let class = holder(facts, at);
    let name = class.and_then(|class| class.name.as_ref());
    let who = match name {
        Some(name) => format!("`{}`", name.text),
        None => format!(
            "`{}`",
            project
                .modules
                .get(module)
                .path
                .rsplit('/')
                .next()
                .unwrap_or_default()
        ),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(module, facts.span(at)),
        format!("{who} makes a client of its own beside `{}`", service.name),
    )
    .label("a second pool of connections, without what the service sets up")
    .related(service.at, "the client that the application injects");
    let injected = class.is_some_and(|class| !class.decorators.is_empty());
    if !injected {
        found = found.lowered(
            Severity::Low,
            "nothing is injected here: code that is no provider may have no other way",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help(match class {
            None => format!("hand `{}` to the code that needs it", service.name),
            Some(class) => {
                let field = field_of(facts, class, at).unwrap_or("prisma");
                let parameter = format!("private readonly {field}: {}", service.name);
                match class.constructor() {
                    Some(_) => format!("inject it: `{parameter}` in the constructor"),
                    None => format!("inject it: `constructor({parameter}) {{}}`"),
                }
            }
        })
        .subject(format!("client:{who}"))
}
