//! More clients than the database has room for: each brings a pool of its own.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_extract::facts::{
    Class, Element, Expression, ExpressionKind, ModuleFacts, Property, Statement,
};
use snell_project::{
    module::{ClassRef, ExpressionRef, FunctionRef, In, ModuleId, Symbol},
    types::{Type, Types},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/multiple-clients",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "More than one client is made: each opens a pool of connections of its own",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let types = Types::new(&context.project.modules);
    let mut found = for_each_call(context, &types);
    found.extend(provided_twice(context, &types));
    found
}

/// `new PrismaClient()` in a function: a client for each call.
fn for_each_call(context: &Context<'_>, types: &Types<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) {
            continue;
        }
        let facts = &*owner.facts;
        for (id, node) in facts.all([ExpressionKind::New]) {
            let Expression::New { callee, .. } = &node.kind else {
                continue;
            };
            let at = In { module, id };
            let class = In {
                module,
                id: *callee,
            };
            if !is_client_class(types, class) {
                continue;
            }
            let Some(function) = owner.context.function(at.id) else {
                continue;
            };
            let function = In {
                module,
                id: function,
            };
            if is_kept(context, function, at) {
                continue;
            }
            let name = functions::name(context.project, function);
            found.push(
                Diagnostic::at(
                    &RULE.metadata,
                    context.project.modules.at(module, node.span),
                    format!("`{name}` makes a client of its own each time it runs"),
                )
                .label("opens a pool of connections")
                .confidence(Confidence::Likely)
                .help("make one client for the process, and use it everywhere")
                .subject(format!("client:{name}")),
            );
        }
    }
    found
}

fn is_client_class(types: &Types<'_>, at: ExpressionRef) -> bool {
    match types.of(at) {
        Type::ClientConstructor(_) => true,
        Type::Constructor(class) => types.client_of_class(class).is_some(),
        _ => false,
    }
}

/// Whether the client that a function makes is kept, closed, or is the one of the process.
fn is_kept(context: &Context<'_>, function: FunctionRef, at: ExpressionRef) -> bool {
    let module = context.project.modules.get(at.module);
    let facts = &*module.facts;
    let declared = facts.function(function.id);
    let outermost = outermost(facts, function);
    let text = context.text(context.project.modules.at(at.module, outermost));
    let closes = text.contains("$disconnect");
    let is_made_once = matches!(
        declared.kind,
        snell_extract::facts::FunctionKind::Constructor
            | snell_extract::facts::FunctionKind::StaticBlock
    );
    closes
        || is_made_once
        || hands_over(context, declared, at)
        || !runs_for_requests(context, function)
}

/// The span of the function of the module that holds a function.
fn outermost(facts: &ModuleFacts, function: FunctionRef) -> snell_source::Span {
    let id = function.id;
    let id = facts.outermost(id);
    facts.function(id).span
}

/// Whether the client is given back, assigned to something that stays, or a
/// part of a larger expression: `cached ??= new PrismaClient()`.
fn hands_over(
    context: &Context<'_>,
    declared: &snell_extract::facts::Function,
    at: ExpressionRef,
) -> bool {
    let module = context.project.modules.get(at.module);
    let facts = &*module.facts;
    let mut id = at.id;
    while let Some(parent) = module.context.parent(id) {
        match facts.expression(parent) {
            Expression::Cast { .. } | Expression::Member { .. } | Expression::Call { .. } => {
                id = parent;
            }
            _ => return true,
        }
    }
    let span = facts.span(id);
    let own = match &declared.body {
        snell_extract::facts::FunctionBody::Block(block) => block,
        _ => return true,
    };
    let variable = own.iter().find_map(|statement| match &statement.kind {
        Statement::Variable { declarators, .. } if statement.span.contains(span) => declarators
            .iter()
            .find(|declarator| declarator.span.contains(span)),
        _ => None,
    });
    let Some(variable) = variable else {
        return true;
    };
    let snell_extract::facts::Pattern::Binding(binding) = variable.target else {
        return true;
    };
    // Every use is a call on it: nothing keeps it.
    facts.uses(binding).iter().any(|id| {
        let parent = module.context.parent(*id);
        !matches!(
            parent.map(|parent| facts.expression(parent)),
            Some(Expression::Member { .. })
        )
    })
}

/// Whether an endpoint may come to the function: it is exported, a method, or one of those.
fn runs_for_requests(context: &Context<'_>, function: FunctionRef) -> bool {
    let name = functions::name(context.project, function).to_ascii_lowercase();
    ![
        "main",
        "bootstrap",
        "setup",
        "init",
        "start",
        "connect",
        "seed",
    ]
    .iter()
    .any(|word| name.contains(word))
        && (functions::class_of(context.project, function).is_some()
            || functions::is_exported(context.project, function))
}

/// One service that several modules list as a provider: each makes its own.
fn provided_twice(context: &Context<'_>, types: &Types<'_>) -> Vec<Diagnostic> {
    let mut provided: BTreeMap<(ClassRef, SmolStr), Vec<Provided>> = BTreeMap::new();
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) {
            continue;
        }
        for class in &owner.facts.classes {
            let exported = listed(context, types, module, class, "exports");
            for (client, at) in listed(context, types, module, class, "providers") {
                let app = application(&owner.path);
                provided.entry((client, app)).or_default().push(Provided {
                    shares: exported.iter().any(|(other, _)| *other == client),
                    at,
                    name: class
                        .name
                        .as_ref()
                        .map_or_else(SmolStr::default, |n| n.text.clone()),
                });
            }
        }
    }
    let several = provided.into_iter().filter(|(_, places)| places.len() > 1);
    several
        .filter_map(|((client, _), mut places)| {
            places.sort_by_key(|place| !place.shares);
            twice(context, client, &places)
        })
        .collect()
}

struct Provided {
    /// Whether the module lets others have its client.
    shares: bool,
    at: Location,
    name: SmolStr,
}

/// The client classes that a class which is a module lists as `providers`, or as `exports`.
fn listed(
    context: &Context<'_>,
    types: &Types<'_>,
    module: ModuleId,
    class: &Class,
    key: &str,
) -> Vec<(ClassRef, Location)> {
    let facts = context.project.modules.facts(module);
    let mut found = Vec::new();
    for decorator in class.decorators.iter().filter(|d| d.name == "Module") {
        let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
            continue;
        };
        let Some(Expression::Object(properties)) = arguments
            .first()
            .map(|argument| facts.expression(argument.value))
        else {
            continue;
        };
        let listed = properties.iter().find_map(|property| match property {
            Property::Value {
                key: own, value, ..
            } if own.name().is_some_and(|name| name.text == key) => Some(*value),
            _ => None,
        });
        let Some(Expression::Array(elements)) = listed.map(|list| facts.expression(list)) else {
            continue;
        };
        for element in elements {
            let Element::Value(value) = element else {
                continue;
            };
            let Expression::Identifier {
                binding: Some(binding),
                ..
            } = facts.expression(*value)
            else {
                continue;
            };
            let Symbol::Class(client) = context.project.modules.binding(module, *binding) else {
                continue;
            };
            if types.client_of_class(client).is_some() {
                found.push((
                    client,
                    context.project.modules.at(module, facts.span(*value)),
                ));
            }
        }
    }
    found
}

/// The application that a file belongs to: the folder of its `src`.
fn application(path: &str) -> SmolStr {
    match path.find("/src/") {
        Some(end) => path[..end].into(),
        None => SmolStr::default(),
    }
}

fn twice(context: &Context<'_>, client: ClassRef, places: &[Provided]) -> Option<Diagnostic> {
    /// Further modules that a finding shows.
    const MAX_SHOWN: usize = 4;
    let declared = context
        .project
        .modules
        .facts(client.module)
        .class(client.id);
    let name = declared
        .name
        .as_ref()
        .map_or("the client", |name| name.text.as_str());
    let [first, second, rest @ ..] = places else {
        return None;
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        second.at,
        format!(
            "{} modules provide `{name}`, and each makes one: {} pools of connections",
            places.len(),
            places.len()
        ),
    )
    .label(format!("`{}` makes its own", second.name))
    .related(first.at, format!("`{}` makes one", first.name));
    for place in rest.iter().take(MAX_SHOWN) {
        found = found.related(place.at, format!("`{}` makes another one", place.name));
    }
    if let Some(class) = &declared.name {
        found = found.related(
            context.project.modules.at(client.module, class.span),
            "a client, with a pool of its own",
        );
    }
    if places.len() == 2 {
        found = found.lowered(Severity::Medium, "one pool more than the application needs");
    }
    let found = found
        .confidence(Confidence::Certain)
        .help(format!(
            "provide `{name}` in one module that exports it, and import that module (or make it `@Global()`)"
        ))
        .subject(format!("client:{name}"));
    Some(found)
}
