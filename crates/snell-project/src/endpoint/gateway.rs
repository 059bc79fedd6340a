//! Messages between the applications of a workspace: what one sends, and the methods of another
//! that answer it.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{
    Class, ClassId, Expression, ExpressionKind, Member, MemberKind, Property, TypeExpression,
};

use super::{
    decorator::{Mark, marks},
    scan,
};
use crate::module::{ClassRef, ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// The package of the framework's transports.
const PACKAGE: &str = "@nestjs/microservices";
/// What the generated decorator of a service's controllers ends with.
const GENERATED: &str = "ControllerMethods";

/// Who answers what.
#[derive(Debug, Default)]
pub(super) struct Answering {
    /// The methods of services, by the service and the method as clients call it.
    methods: FxHashMap<(SmolStr, SmolStr), Vec<FunctionRef>>,
    /// The methods that take messages of a pattern.
    patterns: FxHashMap<SmolStr, Vec<FunctionRef>>,
    /// The interfaces of clients: the service that each asks.
    services: FxHashMap<In<u32>, SmolStr>,
}

impl Answering {
    pub(super) fn of(modules: &Modules) -> Self {
        let mut found = Answering::default();
        for (module, owner) in modules.iter() {
            for (declared, n) in owner.facts.classes.iter().zip(0u32..) {
                let class = In {
                    module,
                    id: ClassId(n),
                };
                for member in &declared.members {
                    found.member(modules, class, declared, member);
                }
            }
        }
        if !found.methods.is_empty() {
            found.clients(modules);
        }
        found
    }

    fn member(&mut self, modules: &Modules, class: ClassRef, declared: &Class, member: &Member) {
        let (MemberKind::Method(method), Some(name)) = (&member.kind, member.key.name()) else {
            return;
        };
        let handler = In {
            module: class.module,
            id: *method,
        };
        // `@NotesServiceControllerMethods()` before the class
        for decorator in &declared.decorators {
            if let Some(service) = decorator.name.strip_suffix(GENERATED) {
                self.method(service.into(), &name.text, handler);
            }
        }
        for decorator in &member.decorators {
            if !is_known(&decorator.name) {
                continue;
            }
            for mark in marks(modules, class.module, decorator) {
                let Mark::Framework(specifier, kind, written) = mark else {
                    continue;
                };
                if specifier != PACKAGE {
                    continue;
                }
                let facts = modules.facts(written.at.module);
                let Expression::Call { arguments, .. } = facts.expression(written.at.id) else {
                    continue;
                };
                let argument = |n: usize| {
                    let argument = arguments.get(n)?;
                    Some(In {
                        module: written.at.module,
                        id: argument.value,
                    })
                };
                if kind.starts_with("Grpc") {
                    let service = argument(0).and_then(|at| written.text(modules, at));
                    let called = argument(1).and_then(|at| written.text(modules, at));
                    let own = || declared.name.as_ref().map(|name| name.text.clone());
                    if let Some(service) = service.or_else(own) {
                        let called = called.unwrap_or_else(|| name.text.clone());
                        self.method(service, &called, handler);
                    }
                } else if let Some(pattern) = argument(0).and_then(|at| pattern(modules, at)) {
                    self.patterns.entry(pattern).or_default().push(handler);
                }
            }
        }
    }

    fn method(&mut self, service: SmolStr, called: &str, handler: FunctionRef) {
        let all = self
            .methods
            .entry((service, lower_first(called)))
            .or_default();
        if !all.contains(&handler) {
            all.push(handler);
        }
    }

    /// `client.getService<NotesServiceClient>('NotesService')`
    fn clients(&mut self, modules: &Modules) {
        for (module, owner) in modules.iter() {
            let facts = &owner.facts;
            for (_, node) in facts.all([ExpressionKind::Call]) {
                let Expression::Call {
                    callee,
                    type_arguments,
                    arguments,
                    ..
                } = &node.kind
                else {
                    continue;
                };
                let asks = matches!(facts.expression(*callee),
                    Expression::Member { property, .. } if property.text == "getService");
                let ([ty], [service], true) = (&type_arguments[..], &arguments[..], asks) else {
                    continue;
                };
                let TypeExpression::Named { name, .. } = facts.type_expression(*ty) else {
                    continue;
                };
                let service = In {
                    module,
                    id: service.value,
                };
                if let Symbol::Interface(interface) = modules.type_name(module, name)
                    && let Some(service) = scan::text(modules, service, 8)
                {
                    self.services.insert(interface, service);
                }
            }
        }
    }

    /// The methods that answer a call on a client of this interface.
    pub(super) fn called(&self, client: In<u32>, method: &str) -> &[FunctionRef] {
        let Some(service) = self.services.get(&client) else {
            return &[];
        };
        let key = (service.clone(), lower_first(method));
        self.methods.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The methods that take what is sent with a pattern.
    pub(super) fn sent(&self, modules: &Modules, at: ExpressionRef) -> &[FunctionRef] {
        if self.patterns.is_empty() {
            return &[];
        }
        let handlers = pattern(modules, at).and_then(|pattern| self.patterns.get(&pattern));
        handlers.map_or(&[], Vec::as_slice)
    }
}

fn is_known(decorator: &str) -> bool {
    matches!(
        decorator,
        "GrpcMethod" | "GrpcStreamMethod" | "MessagePattern" | "EventPattern"
    )
}

/// What a pattern is: a text, or an object of texts in whatever order.
fn pattern(modules: &Modules, at: ExpressionRef) -> Option<SmolStr> {
    if let Some(text) = scan::text(modules, at, 8) {
        return Some(text);
    }
    let at = scan::initial(modules, &scan::symbol(modules, at)).unwrap_or(at);
    let ModuleObject(module, properties) = object(modules, at)?;
    let mut parts = Vec::new();
    for property in properties {
        let Property::Value { key, value, .. } = property else {
            return None;
        };
        let value = In { module, id: *value };
        let value = scan::text(modules, value, 8)?;
        parts.push(format!("{}:{value}", key.name()?.text));
    }
    parts.sort();
    Some(format!("{{{}}}", parts.join(",")).into())
}

struct ModuleObject<'a>(ModuleId, &'a [Property]);

fn object(modules: &Modules, at: ExpressionRef) -> Option<ModuleObject<'_>> {
    let facts = modules.facts(at.module);
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Object(properties) => Some(ModuleObject(at.module, properties)),
        _ => None,
    }
}

/// As clients call a method that is declared as `FindOne`.
fn lower_first(name: &str) -> SmolStr {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => SmolStr::default(),
    }
}
