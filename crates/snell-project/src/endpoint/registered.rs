//! Functions that are handed over to run later: jobs, schedules, workers, and what
//! runs before endpoints that are functions themselves.

use smol_str::SmolStr;
use snell_extract::facts::{
    Argument, BindingKind, Expression, ExpressionId, ExpressionKind, Pattern, Statement,
};

use super::{
    Access, Endpoint, EndpointKind, Given, procedures, scan,
    wrapper::{Wrapped, given_back, unwrapped},
};
use crate::module::{FunctionRef, In, ModuleId, Modules, Symbol};

/// What begins the name of a function that takes a job.
const MAKES: [&str; 6] = ["create", "define", "register", "make", "schedule", "build"];
/// What ends it.
const JOBS: [&str; 8] = [
    "job",
    "cron",
    "cronjob",
    "worker",
    "task",
    "workflow",
    "consumer",
    "processor",
];
/// Packages whose functions and classes of these names take one.
const PACKAGES: [(&str, &[&str]); 8] = [
    ("bull", &["Worker", "process"]),
    ("inngest", &["createFunction"]),
    ("node-cron", &["schedule"]),
    ("cron", &["CronJob"]),
    ("node-schedule", &["scheduleJob"]),
    ("@trigger.dev/", &["task", "defineJob"]),
    ("agenda", &["define"]),
    ("pg-boss", &["work"]),
];

/// The jobs that a module hands over.
pub(super) fn of_module(modules: &Modules, module: ModuleId) -> Vec<Endpoint> {
    let facts = modules.facts(module);
    let mut found: Vec<Endpoint> = Vec::new();
    for (id, node) in facts.all([ExpressionKind::Call, ExpressionKind::New]) {
        let (callee, arguments) = match &node.kind {
            Expression::Call {
                callee, arguments, ..
            }
            | Expression::New {
                callee, arguments, ..
            } => (*callee, arguments),
            _ => continue,
        };
        if arguments.is_empty() {
            continue;
        }
        let (handler, kind, name) = match middleware(modules, module, callee, arguments) {
            Some(handler) => (
                handler,
                EndpointKind::Before,
                "before procedures".to_owned(),
            ),
            None if takes_jobs(modules, module, callee) => {
                let job = handed(modules, module, arguments, id);
                let Some(Wrapped { handler, .. }) = job else {
                    continue;
                };
                let name = format!("job {}", title(modules, module, arguments));
                (handler, EndpointKind::Job, name)
            }
            None => continue,
        };
        if found.iter().all(|other| other.handler != handler) {
            let at = modules.at(module, facts.span(callee));
            found.push(endpoint(modules, module, handler, kind, name, at));
        }
    }
    found
}

/// `main().catch(report)`: the functions that a module calls when it is loaded.
pub(super) fn started(modules: &Modules, module: ModuleId) -> Vec<Endpoint> {
    let facts = modules.facts(module);
    let mut called = Vec::new();
    for statement in &facts.body {
        match &statement.kind {
            Statement::Expression(value) => called.push(*value),
            // `if (require.main === module) main();`
            Statement::If { then, .. } => {
                called.extend(then.iter().filter_map(|inner| match inner.kind {
                    Statement::Expression(value) => Some(value),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    let mut found: Vec<Endpoint> = Vec::new();
    for value in called {
        let Some((callee, handler)) = started_by(modules, module, value) else {
            continue;
        };
        if handler.module == module && found.iter().all(|known| known.handler != handler) {
            let name = facts.function(handler.id).name.as_ref();
            let name = format!("start {}", name.map_or("main", |name| name.text.as_str()));
            let at = modules.at(module, facts.span(callee));
            let kind = EndpointKind::Start;
            found.push(endpoint(modules, module, handler, kind, name, at));
        }
    }
    found
}

/// The function that `main()`, `void main()`, `await main()` and `main().catch(...)` call.
fn started_by(
    modules: &Modules,
    module: ModuleId,
    value: ExpressionId,
) -> Option<(ExpressionId, FunctionRef)> {
    let facts = modules.facts(module);
    let mut at = facts.unwrap_casts(value);
    loop {
        at = match facts.expression(at) {
            Expression::Unary { operand, .. } | Expression::Await(operand) => *operand,
            Expression::Call { callee, .. } => match facts.expression(*callee) {
                Expression::Member { object, .. } => *object,
                _ => {
                    let at = In {
                        module,
                        id: *callee,
                    };
                    return Some((*callee, procedures::function(modules, at)?));
                }
            },
            _ => return None,
        };
    }
}

/// The functions that stand around handlers: what they do comes before those.
pub(super) fn wrappers(
    modules: &Modules,
    wrappers: impl IntoIterator<Item = (FunctionRef, SmolStr)>,
) -> Vec<Endpoint> {
    let before = wrappers.into_iter().map(|(wrapper, name)| {
        let facts = modules.facts(wrapper.module);
        let declared = facts.function(wrapper.id);
        let start = declared.span.start;
        let at = snell_source::Span::new(start, declared.span.end.min(start + 5));
        // `(handler) => async (request) => {}`: what it gives back is what runs.
        let handler = given_back(modules, wrapper).unwrap_or(wrapper);
        let at = modules.at(wrapper.module, at);
        let name = format!("before {name}");
        endpoint(
            modules,
            wrapper.module,
            handler,
            EndpointKind::Before,
            name,
            at,
        )
    });
    before.collect()
}

fn endpoint(
    modules: &Modules,
    module: ModuleId,
    handler: FunctionRef,
    kind: EndpointKind,
    name: String,
    at: snell_source::Location,
) -> Endpoint {
    let declared = modules.facts(handler.module).function(handler.id);
    Endpoint {
        handler,
        module,
        class: None,
        kind,
        name: name.into(),
        at,
        access: Access::default(),
        parameters: declared.parameters.iter().map(|_| Given::Unknown).collect(),
    }
}

/// `t.middleware(async ({ ctx, next }) => ...)`, `client.use(async ({ next }) => ...)`
fn middleware(
    modules: &Modules,
    module: ModuleId,
    callee: ExpressionId,
    arguments: &[Argument],
) -> Option<FunctionRef> {
    let facts = modules.facts(module);
    let name = match facts.expression(callee) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return None,
    };
    if !matches!(name.as_str(), "use" | "middleware") {
        return None;
    }
    let Expression::Function(handler) = facts.expression(arguments.first()?.value) else {
        return None;
    };
    let first = facts.function(*handler).parameters.first()?;
    let goes_on = facts.bindings.iter().any(|binding| {
        binding.name == "next"
            && matches!(&binding.kind, BindingKind::Parameter { function, index: 0, .. }
                if function == handler)
    });
    (goes_on && matches!(first.pattern, Pattern::Object { .. })).then_some(In {
        module,
        id: *handler,
    })
}

/// The function that a call is handed, in wrappers or options or not.
fn handed(
    modules: &Modules,
    module: ModuleId,
    arguments: &[Argument],
    call: ExpressionId,
) -> Option<Wrapped> {
    let mut access = Access::default();
    let at = In { module, id: call };
    let of_call = unwrapped(modules, at, &mut access);
    of_call.or_else(|| {
        arguments.iter().find_map(|argument| {
            let at = In {
                module,
                id: argument.value,
            };
            unwrapped(modules, at, &mut access)
        })
    })
}

/// What a person calls the job: its first text, or the module's name.
fn title(modules: &Modules, module: ModuleId, arguments: &[Argument]) -> SmolStr {
    let of = arguments.iter().find_map(|argument| {
        let at = In {
            module,
            id: argument.value,
        };
        scan::text(modules, at, 8)
    });
    of.unwrap_or_else(|| {
        let path = &modules.get(module).path;
        let file = path.rsplit('/').next().unwrap_or(path);
        file.split('.').next().unwrap_or(file).into()
    })
}

fn takes_jobs(modules: &Modules, module: ModuleId, callee: ExpressionId) -> bool {
    let facts = modules.facts(module);
    let (name, owner) = match facts.expression(callee) {
        Expression::Identifier { name, .. } => (name, callee),
        Expression::Member {
            object, property, ..
        } => (&property.text, *object),
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    let made = MAKES.iter().any(|word| lower.starts_with(word))
        && JOBS.iter().any(|word| lower.ends_with(word));
    let candidate = PACKAGES
        .iter()
        .any(|(_, names)| names.contains(&name.as_str()));
    if !candidate {
        return made;
    }
    let at = In { module, id: owner };
    let specifier = match scan::symbol(modules, at) {
        Symbol::External { specifier, .. } => specifier,
        symbol => {
            // `const inngest = new Inngest(...)`
            let Some(init) = scan::initial(modules, &symbol) else {
                return made;
            };
            let facts = modules.facts(init.module);
            let Expression::New { callee, .. } = facts.expression(facts.unwrap_casts(init.id))
            else {
                return made;
            };
            let class = In {
                module: init.module,
                id: *callee,
            };
            match scan::symbol(modules, class) {
                Symbol::External { specifier, .. } => specifier,
                _ => return made,
            }
        }
    };
    made || PACKAGES
        .iter()
        .any(|(package, names)| specifier.starts_with(package) && names.contains(&name.as_str()))
}
