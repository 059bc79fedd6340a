//! What becomes of the rows that a query gives: which of their fields anything
//! reads, from where the program is entered.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, MemberKind, ModuleFacts, Pattern,
    walk::{self, Visitor},
};
use snell_flow::{Event, EventKind, Fact, Facts, Root, Step, TextPart, Value};
use snell_project::{
    client::CallId,
    module::{ExpressionRef, FunctionRef, In},
};

use crate::{functions, rule::Context, support::callers};

/// Events that are looked at from one entry.
const MAX_EVENTS: usize = 6_000;

/// What one entry does with the rows of a query.
#[derive(Debug, Default)]
pub(crate) struct Use {
    /// The endpoint, when it is one.
    pub(crate) endpoint: Option<usize>,
    /// Whether the way begins in a method of a class that no code names: nothing runs it.
    pub(crate) dead: bool,
    /// Rows are handed on whole: to the client, to something that is not followed.
    pub(crate) whole: bool,
    /// Rows are given back whole to who asked.
    pub(crate) given_back: bool,
    /// The fields that are read.
    pub(crate) fields: FxHashSet<SmolStr>,
    /// The ways from a row to what is used, and whether that is handed on as it is.
    pub(crate) paths: FxHashSet<(Vec<SmolStr>, bool)>,
    /// The keys of objects that are given back.
    pub(crate) keys: FxHashSet<SmolStr>,
    /// The functions on the way to the query, and those that see its rows.
    pub(crate) functions: FxHashSet<FunctionRef>,
}

/// The uses of each query, one for each entry that comes to it.
pub(crate) fn of(context: &Context<'_>, wanted: &FxHashSet<CallId>) -> FxHashMap<CallId, Vec<Use>> {
    let mut uses: FxHashMap<CallId, Vec<Use>> = FxHashMap::default();
    let coming = context.flow.call_graph().coming_to(wanted);
    let spoken = context.shared.get_or_init(Spoken::default);
    for (summary, endpoint) in callers::entries(context) {
        if !coming.holds(summary) {
            continue;
        }
        let dead = endpoint.is_none() && spoken.is_dead(context, summary.function);
        let mut walk = Walk {
            context,
            wanted,
            uses: FxHashMap::default(),
            stack: vec![summary.function],
            left: MAX_EVENTS,
        };
        walk.events(&summary.events, true);
        let cut = summary.cut || walk.left == 0;
        for (call, mut found) in walk.uses {
            found.whole |= cut;
            found.endpoint = endpoint;
            found.dead = dead;
            uses.entry(call).or_default().push(found);
        }
    }
    uses
}

/// The names of methods that no code says, gathered when the first entry is looked at that nothing calls.
#[derive(Default)]
pub(crate) struct Spoken(std::sync::OnceLock<FxHashSet<SmolStr>>);

impl Spoken {
    /// Whether a function is a plain method of a class of its own, and no code that is not a test
    /// says its name.
    pub(crate) fn is_dead(&self, context: &Context<'_>, function: FunctionRef) -> bool {
        let Some(class) = functions::class_of(context.project, function) else {
            return false;
        };
        let is_plain = class.extends.is_none()
            && class.implements.is_empty()
            && class.members.iter().any(|member| {
                matches!(member.kind, MemberKind::Method(id) if id == function.id)
                    && member.decorators.is_empty()
            });
        let declared = functions::declared(context.project, function);
        let name = declared.and_then(|declared| declared.name.as_ref());
        is_plain && name.is_some_and(|name| self.unspoken(context).contains(&name.text))
    }

    fn unspoken(&self, context: &Context<'_>) -> &FxHashSet<SmolStr> {
        self.0.get_or_init(|| {
            let modules = context.project.modules.iter();
            let methods = modules
                .flat_map(|(_, module)| &module.facts.functions)
                .filter(|function| function.class.is_some())
                .filter_map(|function| Some(function.name.as_ref()?.text.clone()));
            let mut names: FxHashSet<SmolStr> = methods.collect();
            for (id, module) in context.project.modules.iter() {
                if context.project.path_facts(id).test {
                    continue;
                }
                for (_, node) in module.facts.all([
                    ExpressionKind::Member,
                    ExpressionKind::Identifier,
                    ExpressionKind::String,
                ]) {
                    match &node.kind {
                        Expression::Member { property: name, .. } => names.remove(&name.text),
                        Expression::Identifier { name, .. } | Expression::String(name) => {
                            names.remove(name)
                        }
                        _ => false,
                    };
                }
            }
            names
        })
    }
}

struct Walk<'w, 'a> {
    context: &'w Context<'a>,
    wanted: &'w FxHashSet<CallId>,
    uses: FxHashMap<CallId, Use>,
    stack: Vec<FunctionRef>,
    left: usize,
}

impl Walk<'_, '_> {
    fn events(&mut self, events: &[Event], outermost: bool) {
        let mut seen = &Facts::default();
        for event in events {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            for fact in event.facts.after(seen) {
                self.fact(fact);
            }
            seen = &event.facts;
            match &event.kind {
                EventKind::Query(query) => {
                    if self.wanted.contains(&query.call) {
                        let found = self.uses.entry(query.call).or_default();
                        found.functions.extend(self.stack.iter().copied());
                    }
                    for argument in &query.arguments {
                        self.value(argument, Sink::Whole);
                    }
                }
                EventKind::Unfollowed { at, arguments } => {
                    let written = written(self.context, *at);
                    for (n, argument) in arguments.iter().enumerate() {
                        if written.get(n).is_none_or(|at| !is_count(self.context, *at)) {
                            self.value(argument, Sink::Whole);
                        }
                    }
                }
                EventKind::Check { facts } => facts.iter().for_each(|fact| self.fact(fact)),
                EventKind::Answer { value } => self.value(value, Sink::Back),
                EventKind::Return { value } => {
                    let sink = if outermost { Sink::Back } else { Sink::Caller };
                    self.value(value, sink);
                }
                EventKind::Call { summary, .. } => {
                    self.stack.push(summary.function);
                    self.events(&summary.events, false);
                    self.stack.pop();
                }
            }
        }
    }

    fn fact(&mut self, fact: &Fact) {
        match fact {
            Fact::Truthy(value) | Fact::Falsy(value) => self.value(value, Sink::Asked),
            Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
                self.value(a, Sink::Asked);
                self.value(b, Sink::Asked);
            }
            Fact::OneOf(_) => {}
        }
    }

    fn value(&mut self, value: &Value, sink: Sink) {
        if let Value::Text(parts) = value {
            for part in parts.iter() {
                if let TextPart::Value(part, at) = part
                    && !is_count(self.context, *at)
                {
                    self.value(part, sink);
                }
            }
            return;
        }
        let here = self.stack.last().copied();
        let mut keys: Vec<SmolStr> = Vec::new();
        let mut seen: Vec<CallId> = Vec::new();
        value.visit(&mut |value| match value {
            Value::Object(object) if sink == Sink::Back => {
                keys.extend(object.entries.keys().cloned());
            }
            Value::Opaque(opaque) => {
                let Root::Row(row) = &opaque.root else { return };
                if !self.wanted.contains(&row.call) {
                    return;
                }
                let names = opaque.path.iter().filter_map(|step| match step {
                    Step::Property(name) => Some(name.clone()),
                    _ => None,
                });
                let path: Vec<SmolStr> = names.collect();
                let field = path.first().cloned();
                let found = self.uses.entry(row.call).or_default();
                seen.push(row.call);
                found.functions.extend(here);
                match (field, sink) {
                    // What is handed to a caller is seen again there.
                    (_, Sink::Caller) => {}
                    (Some(field), sink) => {
                        found.fields.insert(field);
                        found.paths.insert((path, sink != Sink::Asked));
                    }
                    (None, Sink::Asked) => {}
                    (None, sink) => {
                        found.whole = true;
                        found.given_back |= sink == Sink::Back;
                    }
                }
            }
            _ => {}
        });
        if sink == Sink::Back {
            for found in self.uses.values_mut() {
                found.keys.extend(keys.iter().cloned());
            }
        }
    }
}

/// `rows.length`: how many there are says nothing of their fields.
fn is_count(context: &Context<'_>, at: ExpressionRef) -> bool {
    let facts = context.project.modules.facts(at.module);
    matches!(facts.expression(facts.unwrap_casts(at.id)),
        Expression::Member { property, .. } if property.text == "length")
}

/// The arguments of a call, as written.
fn written(context: &Context<'_>, at: ExpressionRef) -> Vec<ExpressionRef> {
    let facts = context.project.modules.facts(at.module);
    match facts.expression(at.id) {
        Expression::Call { arguments, .. } | Expression::New { arguments, .. } => arguments
            .iter()
            .map(|argument| In {
                module: at.module,
                id: argument.value,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sink {
    /// To something that may read all of it.
    Whole,
    /// Back to who entered.
    Back,
    /// Back to a caller that is looked at as well.
    Caller,
    /// Into a condition.
    Asked,
}

/// Whether any of the functions names a property that is one of those.
pub(crate) fn mentions(
    context: &Context<'_>,
    of: &FxHashSet<FunctionRef>,
    is_one: &dyn Fn(&str) -> bool,
) -> bool {
    of.iter().any(|function| {
        let facts = context.project.modules.facts(function.module);
        let mut search = Search {
            is_one,
            found: false,
        };
        if facts.functions.get(function.id.index()).is_some() {
            search.function(facts, function.id);
        } else {
            walk::walk_module(&mut search, facts);
        }
        search.found
    })
}

struct Search<'n> {
    is_one: &'n dyn Fn(&str) -> bool,
    found: bool,
}

impl Search<'_> {
    fn pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Object { properties, rest } => {
                self.found |= rest.is_some();
                for property in properties {
                    let key = property.key.name();
                    self.found |= key.is_none_or(|key| (self.is_one)(&key.text));
                    self.pattern(&property.value);
                }
            }
            Pattern::Array { elements, rest } => {
                for element in elements.iter().flatten().chain(rest.as_deref()) {
                    self.pattern(element);
                }
            }
            Pattern::Default { target, .. } => self.pattern(target),
            Pattern::Binding(_) | Pattern::Expression(_) | Pattern::Unknown => {}
        }
    }
}

impl Visitor for Search<'_> {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Member { property, .. } => self.found |= (self.is_one)(&property.text),
            Expression::String(text) => self.found |= (self.is_one)(text),
            Expression::Assign { target, .. } => self.pattern(target),
            _ => {}
        }
        walk::walk_expression(self, facts, id);
    }

    fn statement(&mut self, facts: &ModuleFacts, statement: &snell_extract::facts::StatementNode) {
        use snell_extract::facts::Statement;
        match &statement.kind {
            Statement::Variable { declarators, .. } => {
                declarators.iter().for_each(|one| self.pattern(&one.target));
            }
            Statement::ForOf { target, .. } | Statement::ForIn { target, .. } => {
                self.pattern(target);
            }
            _ => {}
        }
        walk::walk_statement(self, facts, statement);
    }

    fn function(&mut self, facts: &ModuleFacts, id: snell_extract::facts::FunctionId) {
        for parameter in &facts.function(id).parameters {
            self.pattern(&parameter.pattern);
        }
        walk::walk_function(self, facts, facts.function(id));
    }
}
