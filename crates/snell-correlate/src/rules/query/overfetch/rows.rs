//! Which fields of a query's rows the code reads, by the names that hold the
//! rows: nothing is said of rows that go anywhere else.

use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    BindingId, Expression, ExpressionId, ExpressionKind, FunctionId, Pattern, Statement,
    StatementNode,
    walk::{self, Visitor},
};
use snell_project::{
    module::{ExpressionRef, FunctionRef, In, Module, ModuleId},
    types::Types,
};

use crate::{functions, rule::Context};

/// Steps of one search; more is not followed.
const MAX_STEPS: u32 = 400;

/// Who calls functions of the workspace, beside what was followed.
pub(in crate::rules::query) struct Callers {
    endpoints: FxHashSet<FunctionRef>,
    /// Calls of application code by the name of what they call.
    by_name: FxHashMap<SmolStr, Named>,
}

/// The calls of application code of something of one name.
#[derive(Default)]
struct Named {
    calls: Vec<ExpressionRef>,
    /// What they call; found when somebody asks of the name first.
    called: OnceLock<Called>,
}

/// What calls of one name call.
#[derive(Default)]
struct Called {
    of: FxHashMap<FunctionRef, Vec<ExpressionRef>>,
    /// Calls of which that is not known.
    unknown: Vec<ExpressionRef>,
}

impl Named {
    fn called(&self, context: &Context<'_>) -> &Called {
        self.called.get_or_init(|| {
            let modules = &context.project.modules;
            let types = Types::new(modules);
            let mut called = Called::default();
            for call in &self.calls {
                let function = match modules.facts(call.module).expression(call.id) {
                    Expression::Call { callee, .. } => types.callee(In {
                        id: *callee,
                        ..*call
                    }),
                    _ => None,
                };
                match function {
                    Some(function) => called.of.entry(function).or_default().push(*call),
                    None => called.unknown.push(*call),
                }
            }
            called
        })
    }
}

impl Callers {
    /// Finds them, once for all rules.
    pub(in crate::rules::query) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Callers::of(context))
    }

    fn of(context: &Context<'_>) -> Self {
        let endpoints = context.project.endpoints.iter();
        Callers {
            endpoints: endpoints.map(|endpoint| endpoint.handler).collect(),
            by_name: by_name(context),
        }
    }
}

fn by_name(context: &Context<'_>) -> FxHashMap<SmolStr, Named> {
    let mut found: FxHashMap<SmolStr, Named> = FxHashMap::default();
    let modules = context.project.modules.iter();
    for (module, owner) in
        modules.filter(|(module, _)| functions::is_application(context.project, *module))
    {
        for (id, node) in owner.facts.all([ExpressionKind::Call]) {
            let Expression::Call { callee, .. } = &node.kind else {
                continue;
            };
            let name = match owner.facts.expression(*callee) {
                Expression::Member { property, .. } => &property.text,
                Expression::Identifier { name, .. } => name,
                _ => continue,
            };
            let of_name = found.entry(name.clone()).or_default();
            of_name.calls.push(In { module, id });
        }
    }
    found
}

/// The fields that are read of what a query gives; `None` when the rows go
/// where they are not followed.
pub(in crate::rules::query) fn read(
    context: &Context<'_>,
    callers: &Callers,
    query: ExpressionRef,
    is_list: bool,
) -> Option<FxHashSet<SmolStr>> {
    let mut search = Search {
        context,
        callers,
        fields: FxHashSet::default(),
        seen: FxHashSet::default(),
        left: MAX_STEPS,
    };
    search.expression(query, is_list).then_some(search.fields)
}

struct Search<'c, 'a> {
    context: &'c Context<'a>,
    callers: &'c Callers,
    fields: FxHashSet<SmolStr>,
    seen: FxHashSet<(ExpressionRef, bool)>,
    left: u32,
}

impl<'a> Search<'_, 'a> {
    fn module(&self, id: ModuleId) -> &'a Module {
        self.context.project.modules.get(id)
    }

    /// What becomes of an expression that is the rows, or one of them; `false`
    /// when that is not known.
    fn expression(&mut self, at: ExpressionRef, is_list: bool) -> bool {
        if !self.seen.insert((at, is_list)) {
            return true;
        }
        let Some(left) = self.left.checked_sub(1) else {
            return false;
        };
        self.left = left;
        let module = self.module(at.module);
        let here = |id| In {
            module: at.module,
            id,
        };
        let Some(parent) = module.context.parent(at.id) else {
            return self.statement(at, is_list);
        };
        match module.facts.expression(parent) {
            Expression::Await(_) | Expression::Cast { .. } => {
                self.expression(here(parent), is_list)
            }
            Expression::Logical { left, .. } if *left != at.id => {
                self.expression(here(parent), is_list)
            }
            Expression::Logical { operator, .. } => match operator {
                snell_extract::facts::LogicalOperator::And => true,
                _ => self.expression(here(parent), is_list),
            },
            Expression::Conditional { test, .. } if *test == at.id => true,
            Expression::Conditional { .. } => self.expression(here(parent), is_list),
            Expression::Unary { .. } | Expression::Binary { .. } => true,
            Expression::Member {
                object, property, ..
            } if *object == at.id => match (property.text.as_str(), is_list) {
                (how @ ("then" | "catch" | "finally"), _) => {
                    self.promised(here(parent), how, is_list)
                }
                (name, true) => self.list_member(here(parent), name),
                (_, false) => {
                    self.fields.insert(property.text.clone());
                    true
                }
            },
            Expression::Index { object, .. } if *object == at.id && is_list => {
                self.expression(here(parent), false)
            }
            // The value of an arrow function.
            Expression::Function(function) => {
                let function = In {
                    module: at.module,
                    id: *function,
                };
                self.given_back(function, is_list)
            }
            Expression::Array(_) => self.of_promise_all(here(parent), at.id, is_list),
            _ => false,
        }
    }

    /// `query.then((row) => ...)`; what is caught, or comes at last, leaves the rows as they are.
    fn promised(&mut self, member: ExpressionRef, how: &str, is_list: bool) -> bool {
        let module = self.module(member.module);
        let Some(call) = module.context.parent(member.id) else {
            return false;
        };
        match module.facts.expression(call) {
            Expression::Call {
                callee, arguments, ..
            } if *callee == member.id => match how {
                "then" => {
                    let callback = arguments.first().map(|first| first.value);
                    self.callback(member.module, callback, is_list)
                }
                _ => {
                    let module = member.module;
                    self.expression(In { module, id: call }, is_list)
                }
            },
            _ => false,
        }
    }

    /// `rows.map((row) => ...)`, `rows.length`
    fn list_member(&mut self, member: ExpressionRef, name: &str) -> bool {
        let module = self.module(member.module);
        if name == "length" {
            return true;
        }
        let Some(call) = module.context.parent(member.id) else {
            return false;
        };
        let Expression::Call {
            callee, arguments, ..
        } = module.facts.expression(call)
        else {
            return false;
        };
        let call = In {
            module: member.module,
            id: call,
        };
        if *callee != member.id {
            return false;
        }
        let callback = arguments.first().map(|first| first.value);
        match name {
            "map" | "flatMap" | "forEach" | "some" | "every" => {
                self.callback(member.module, callback, false)
            }
            "filter" => {
                self.callback(member.module, callback, false) && self.expression(call, true)
            }
            "find" => self.callback(member.module, callback, false) && self.expression(call, false),
            "slice" | "reverse" | "toReversed" => self.expression(call, true),
            "at" | "pop" | "shift" => self.expression(call, false),
            _ => false,
        }
    }

    /// The first parameter of a callback is one row, or the rows.
    fn callback(
        &mut self,
        module: ModuleId,
        callback: Option<ExpressionId>,
        is_list: bool,
    ) -> bool {
        let facts = &self.module(module).facts;
        let Some(Expression::Function(id)) = callback.map(|id| facts.expression(id)) else {
            return false;
        };
        match facts.function(*id).parameters.as_slice() {
            [] => true,
            // The third one is the list.
            [_, _, _, ..] => false,
            [first, ..] => self.pattern(module, &first.pattern, is_list),
        }
    }

    /// A name, or names, that are given the rows.
    fn pattern(&mut self, module: ModuleId, pattern: &Pattern, is_list: bool) -> bool {
        match pattern {
            Pattern::Binding(binding) => self.binding(module, *binding, is_list),
            Pattern::Default { target, .. } => self.pattern(module, target, is_list),
            Pattern::Object {
                properties,
                rest: None,
            } if !is_list => {
                let names = properties.iter().map(|property| property.key.name());
                let names: Option<Vec<_>> = names.collect();
                let known = names.is_some();
                let names = names.into_iter().flatten();
                self.fields.extend(names.map(|name| name.text.clone()));
                known
            }
            Pattern::Array {
                elements,
                rest: None,
            } if is_list => elements
                .iter()
                .flatten()
                .all(|element| self.pattern(module, element, false)),
            _ => false,
        }
    }

    fn binding(&mut self, module: ModuleId, binding: BindingId, is_list: bool) -> bool {
        let facts = &self.module(module).facts;
        let declared = facts.binding(binding);
        if declared.reassigned || declared.function.is_none() {
            return false;
        }
        let mut uses = facts.uses(binding).iter().copied();
        uses.all(|id| self.expression(In { module, id }, is_list))
    }

    /// An expression that is a part of no other: a statement has it.
    fn statement(&mut self, at: ExpressionRef, is_list: bool) -> bool {
        let module = self.module(at.module);
        let Some(function) = module.context.function(at.id) else {
            return false;
        };
        let mut holder = Holder {
            id: at.id,
            found: Held::Nothing,
        };
        holder.function(&module.facts, function);
        match holder.found {
            Held::Asked => true,
            Held::Returned => {
                let function = In {
                    module: at.module,
                    id: function,
                };
                self.given_back(function, is_list)
            }
            Held::By(pattern) => self.pattern(at.module, &pattern, is_list),
            Held::Iterated(pattern) if is_list => self.pattern(at.module, &pattern, false),
            Held::Iterated(_) | Held::Nothing => false,
        }
    }

    /// Every caller of a function gets the rows.
    fn given_back(&mut self, function: FunctionRef, is_list: bool) -> bool {
        let module = self.module(function.module);
        // What Nest hands around is called by what Nest knows; a plain function
        // may be called by files that are of no interest otherwise.
        let is_injected = functions::class_of(self.context.project, function)
            .is_some_and(|class| !class.decorators.is_empty());
        if !is_injected
            || module.context.function_expression(function.id).is_some()
            || self.callers.endpoints.contains(&function)
        {
            return false;
        }
        let graph = self.context.flow.call_graph();
        let places: Vec<ExpressionRef> = graph.sites(function).collect();
        !places.is_empty()
            && !self.is_called_elsewhere(function, &places)
            && places.into_iter().all(|at| self.expression(at, is_list))
    }

    /// Whether application code calls something of the same name that is not known to be another.
    fn is_called_elsewhere(&self, function: FunctionRef, known: &[ExpressionRef]) -> bool {
        let facts = &self.module(function.module).facts;
        let Some(name) = &facts.function(function.id).name else {
            return true;
        };
        let Some(named) = self.callers.by_name.get(&name.text) else {
            return false;
        };
        let called = named.called(self.context);
        let own = called.of.get(&function).into_iter().flatten();
        let mut all = called.unknown.iter().chain(own);
        all.any(|at| !known.contains(at))
    }

    /// `const [rows, count] = await Promise.all([query, ...])`
    fn of_promise_all(
        &mut self,
        array: ExpressionRef,
        element: ExpressionId,
        is_list: bool,
    ) -> bool {
        let module = self.module(array.module);
        let facts = &module.facts;
        let Expression::Array(elements) = facts.expression(array.id) else {
            return false;
        };
        let position = elements.iter().position(
            |one| matches!(one, snell_extract::facts::Element::Value(value) if *value == element),
        );
        let call = module.context.parent(array.id);
        let is_all = call.is_some_and(|call| match facts.expression(call) {
            Expression::Call { callee, .. } => matches!(facts.expression(*callee),
                Expression::Member { property, .. } if property.text == "all"),
            _ => false,
        });
        let waited = call.and_then(|call| module.context.parent(call));
        let (Some(position), true, Some(waited)) = (position, is_all, waited) else {
            return false;
        };
        let Some(function) = module.context.function(waited) else {
            return false;
        };
        let mut holder = Holder {
            id: waited,
            found: Held::Nothing,
        };
        holder.function(facts, function);
        match holder.found {
            Held::By(Pattern::Array { elements, .. }) => match elements.get(position) {
                Some(Some(pattern)) => self.pattern(array.module, pattern, is_list),
                _ => true,
            },
            _ => false,
        }
    }
}

/// How a statement has an expression.
enum Held {
    Nothing,
    Asked,
    Returned,
    By(Pattern),
    Iterated(Pattern),
}

struct Holder {
    id: ExpressionId,
    found: Held,
}

impl Visitor for Holder {
    fn statement(&mut self, facts: &snell_extract::ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::Return(Some(value)) if *value == self.id => self.found = Held::Returned,
            Statement::If { test, .. } | Statement::While { test, .. } if *test == self.id => {
                self.found = Held::Asked;
            }
            Statement::Variable { declarators, .. } => {
                let own = declarators.iter().find(|one| one.init == Some(self.id));
                if let Some(own) = own {
                    self.found = Held::By(own.target.clone());
                }
            }
            Statement::ForOf {
                target, iterable, ..
            } if *iterable == self.id => {
                self.found = Held::Iterated(target.clone());
            }
            _ => {}
        }
        walk::walk_statement(self, facts, statement);
    }

    fn function(&mut self, facts: &snell_extract::ModuleFacts, id: FunctionId) {
        walk::walk_function(self, facts, facts.function(id));
    }
}
