//! Methods of services that nothing calls: what they would cost, nobody waits for.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Class, Export, Expression, ExpressionId, ExpressionKind, FunctionBody, FunctionId,
    Member, MemberKind, ModuleFacts, PatternStep,
};
use snell_project::{
    Project,
    module::{FunctionRef, In, ModuleId},
    types::Types,
};
use snell_source::{Diagnostic, FileId, Location, Severity, Span};

use crate::{functions, rule::Context};

/// Methods that a framework calls by their names.
const CALLED_BY_NAME: [&str; 12] = [
    "use",
    "catch",
    "intercept",
    "transform",
    "validate",
    "canActivate",
    "handleRequest",
    "getTracker",
    "serializeUser",
    "deserializeUser",
    "execute",
    "handle",
];

/// Rules of `query/` that tell what a query costs.
const LOADS: [&str; 17] = [
    "contains-on-large-text",
    "counter-by-loop",
    "deep-offset",
    "duplicate-query",
    "include-unbounded",
    "load-all-find-one",
    "long-transaction",
    "loop-write",
    "n-plus-one",
    "n-plus-one-batched",
    "overfetch",
    "pagination-without-order",
    "sequential-independent",
    "unbounded-find-many",
    "unclamped-take",
    "unpaged-list",
    "unused-include",
];

/// Where they stand.
#[derive(Debug, Default)]
pub struct Idle {
    methods: FxHashMap<FileId, Vec<Span>>,
}

impl Idle {
    /// Finds them.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        // What others are to call is no application.
        if !project
            .endpoints
            .iter()
            .any(|endpoint| endpoint.kind.is_request())
        {
            return Idle::default();
        }
        let mut idle = Idle::default();
        for at in unnamed(project) {
            idle.methods.entry(at.file).or_default().push(at.span);
        }
        let mut methods = candidates(project);
        if methods.is_empty() {
            return idle;
        }
        let named: FxHashSet<&SmolStr> = methods.values().map(|(name, _)| name).collect();
        let mut callers: FxHashMap<FunctionRef, Vec<FunctionRef>> = FxHashMap::default();
        let mut called: Vec<FunctionRef> = Vec::new();
        let mut open: FxHashSet<SmolStr> = FxHashSet::default();
        for (module, owner) in project.modules.iter() {
            if project.path_facts(module).test {
                continue;
            }
            let mentions = Mentions {
                project,
                module,
                facts: &owner.facts,
                named: &named,
            };
            mentions.each(|mention| match mention {
                Mention::Open(name) => {
                    open.insert(name);
                }
                Mention::Call(callee, Some(caller)) => {
                    callers.entry(callee).or_default().push(caller);
                }
                Mention::Call(callee, None) => called.push(callee),
            });
        }
        let by_others = |method: &FunctionRef, name: &SmolStr| {
            let known = callers.get(method).into_iter().flatten();
            open.contains(name)
                || known
                    .into_iter()
                    .any(|caller| !methods.contains_key(caller))
        };
        let begin = methods
            .iter()
            .filter(|(method, (name, _))| by_others(method, name));
        called.extend(begin.map(|(method, _)| *method));
        // What a method calls that somebody calls is called as well.
        let mut calls: FxHashMap<FunctionRef, Vec<FunctionRef>> = FxHashMap::default();
        for (callee, callers) in &callers {
            for caller in callers {
                calls.entry(*caller).or_default().push(*callee);
            }
        }
        while let Some(method) = called.pop() {
            if methods.remove(&method).is_some() {
                called.extend(calls.get(&method).into_iter().flatten());
            }
        }
        for (_, at) in methods.into_values() {
            idle.methods.entry(at.file).or_default().push(at.span);
        }
        idle
    }

    /// Whether something stands in a method that nothing calls.
    #[must_use]
    pub fn holds(&self, at: Location) -> bool {
        let mut spans = self.methods.get(&at.file).into_iter().flatten();
        spans.any(|span| span.contains(at.span))
    }

    /// A finding of what a query costs or does, milder where nothing calls its method.
    pub(crate) fn weighed(context: &Context<'_>, mut found: Diagnostic) -> Diagnostic {
        let to = match found.rule.name.split_once('/') {
            Some(("query", rule)) if LOADS.contains(&rule) => Severity::Low,
            Some(("index", _)) => Severity::Low,
            Some(("raw-sql", _)) => Severity::Medium,
            _ => return found,
        };
        let idle = || context.idle.get_or_init(|| Idle::of(context.project));
        if found.severity > to && idle().holds(found.primary().at) {
            found.severity = to;
            found.notes.push("nothing that runs calls it".to_owned());
        }
        found
    }
}

/// Exported functions whose name nothing says but their declaration: no test, and nothing that a
/// framework calls by its name.
fn unnamed(project: &Project) -> Vec<Location> {
    let mut named: FxHashSet<&str> = FxHashSet::default();
    let modules = || project.modules.iter();
    for (_, owner) in modules().filter(|(module, _)| !project.path_facts(*module).test) {
        for (_, node) in owner.facts.all([
            ExpressionKind::Member,
            ExpressionKind::Identifier,
            ExpressionKind::String,
        ]) {
            match &node.kind {
                Expression::Member { property: name, .. } => {
                    named.insert(&name.text);
                }
                Expression::Identifier { name, .. } | Expression::String(name) => {
                    named.insert(name);
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for (module, owner) in
        modules().filter(|(module, _)| functions::is_application(project, *module))
    {
        let facts = &owner.facts;
        let exports: FxHashSet<&str> = facts
            .exports
            .iter()
            .filter_map(|export| match export {
                Export::Local {
                    exported, local, ..
                } if exported == local => Some(local.as_str()),
                _ => None,
            })
            .collect();
        let own = facts.functions.iter().filter(|one| {
            one.parent.is_none()
                && one.class.is_none()
                && matches!(one.body, FunctionBody::Block(_))
        });
        found.extend(own.filter_map(|one| {
            let name = one.name.as_ref()?.text.as_str();
            let idle = exports.contains(name)
                && !named.contains(name)
                && !project.beside.named.contains(name)
                && !is_of_framework(name);
            idle.then(|| project.modules.at(module, one.span))
        }));
    }
    found
}

/// `GET`, `getServerSideProps`, `generateMetadata`: exports that frameworks look for.
fn is_of_framework(name: &str) -> bool {
    const STARTS: [&str; 6] = [
        "getServer",
        "getStatic",
        "getInitial",
        "generate",
        "use",
        "on",
    ];
    const WHOLE: [&str; 16] = [
        "handler",
        "middleware",
        "register",
        "loader",
        "action",
        "load",
        "main",
        "up",
        "down",
        "seed",
        "setup",
        "teardown",
        "bootstrap",
        "proxy",
        "config",
        "run",
    ];
    !name.starts_with(|c: char| c.is_ascii_lowercase())
        || WHOLE.contains(&name)
        || STARTS.iter().any(|start| {
            let rest = name.strip_prefix(start);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_uppercase))
        })
}

/// Methods that are there to be called by other code of the workspace, with their names.
fn candidates(project: &Project) -> FxHashMap<FunctionRef, (SmolStr, Location)> {
    let mut found = FxHashMap::default();
    for (module, owner) in project.modules.iter() {
        if !functions::is_application(project, module) {
            continue;
        }
        for class in owner.facts.classes.iter().filter(|class| is_service(class)) {
            for member in &class.members {
                if let Some((id, name)) = called_by_code(member) {
                    let at = project.modules.at(module, member.span);
                    found.insert(In { module, id }, (name, at));
                }
            }
        }
    }
    found
}

/// `@Injectable() export class Service {}`: nothing but code that is handed it calls its methods.
fn is_service(class: &Class) -> bool {
    let injected = class.decorators.iter().map(|one| one.name.as_str());
    class.extends.is_none()
        && class.implements.is_empty()
        && !class.decorators.is_empty()
        && injected.into_iter().all(|name| name == "Injectable")
}

fn called_by_code(member: &Member) -> Option<(FunctionId, SmolStr)> {
    let MemberKind::Method(id) = member.kind else {
        return None;
    };
    let name = &member.key.name()?.text;
    let by_framework = CALLED_BY_NAME.contains(&name.as_str())
        || name.starts_with("on") && name.chars().nth(2).is_some_and(char::is_uppercase)
        || name.starts_with("create") && name.ends_with("Options");
    (!by_framework && member.decorators.is_empty() && !member.is_abstract)
        .then(|| (id, name.clone()))
}

/// A name of a method where it is used.
enum Mention {
    /// By something of which it is not known whose method it is.
    Open(SmolStr),
    /// A call of a method, and the outermost function around it.
    Call(FunctionRef, Option<FunctionRef>),
}

struct Mentions<'p> {
    project: &'p Project,
    module: ModuleId,
    facts: &'p ModuleFacts,
    named: &'p FxHashSet<&'p SmolStr>,
}

impl Mentions<'_> {
    fn each(&self, mut tell: impl FnMut(Mention)) {
        let facts = self.facts;
        for (id, node) in facts.all([ExpressionKind::Member, ExpressionKind::String]) {
            match &node.kind {
                Expression::Member { property, .. } if self.named.contains(&property.text) => {
                    tell(self.member(id, &property.text));
                }
                // `service['list']()`
                Expression::String(text) if self.named.contains(text) => {
                    tell(Mention::Open(text.clone()));
                }
                _ => {}
            }
        }
        // `const { list } = service`
        for binding in &facts.bindings {
            let BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
            else {
                continue;
            };
            for step in &init.path {
                if let PatternStep::Property(name) = step
                    && self.named.contains(name)
                {
                    tell(Mention::Open(name.clone()));
                }
            }
        }
    }

    fn member(&self, id: ExpressionId, name: &SmolStr) -> Mention {
        let context = &self.project.modules.get(self.module).context;
        let is_called = context.parent(id).is_some_and(|parent| {
            matches!(self.facts.expression(parent), Expression::Call { callee, .. } if *callee == id)
        });
        let at = In {
            module: self.module,
            id,
        };
        let callee = Types::new(&self.project.modules).callee(at);
        match callee.filter(|_| is_called) {
            Some(callee) => Mention::Call(callee, self.around(id)),
            None => Mention::Open(name.clone()),
        }
    }

    /// The outermost function around an expression.
    fn around(&self, id: ExpressionId) -> Option<FunctionRef> {
        let context = &self.project.modules.get(self.module).context;
        let id = context.function(id)?;
        let id = self.facts.outermost(id);
        Some(In {
            module: self.module,
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::LOADS;

    #[test]
    fn each_of_them_is_a_rule() {
        for load in LOADS {
            let name = format!("query/{load}");
            let mut rules = crate::rules::all().iter();
            assert!(rules.any(|rule| rule.metadata.name == name), "{name}");
        }
    }
}
