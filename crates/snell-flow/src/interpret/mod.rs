//! One abstract interpreter over structured TypeScript.
//!
//! A function is run once for each set of arguments that it is called with:
//! both ways of a condition, the body of a loop once. What it does becomes a
//! [`Summary`]; a call of another function of the workspace becomes an event
//! that holds that function's summary for these arguments. Summaries are kept
//! by function and arguments, and recursion, depth and size are bounded.

mod answer;
mod assign;
mod builtin;
mod call;
mod callback;
mod constants;
mod dispatch;
mod either;
mod elements;
mod expression;
mod given;
mod globals;
mod inherit;
mod instance;
mod kept;
mod names;
mod objects;
mod operators;
mod parsed;
mod reckoned;
mod state;
mod statement;
mod text;
mod utility;
mod who;
mod wrapper;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{ExpressionId, FunctionBody, FunctionId, ModuleFacts};
use snell_project::{
    Project,
    client::CallId,
    module::{ClassRef, ExpressionRef, FunctionRef, In, ModuleId},
    types::Types,
};

use crate::{
    event::{Event, EventKind, Loop, Summary},
    fact::Fact,
    facts::Facts,
    value::{Root, Value},
    weight::bounded,
};

pub(crate) use constants::Constants;
use constants::Pending;
use given::{common_facts, joined};
use inherit::Classes;
pub(crate) use state::State;

/// How far calls are followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Functions called inside each other.
    pub(crate) depth: u32,
    /// Expressions evaluated for one function, its callees left out.
    pub(crate) steps: u32,
    /// Expressions evaluated in all, callees included.
    pub(crate) total: u32,
}

/// A function, the class of what it is called on where that is not the one that declares it, and
/// its arguments.
type Called = (FunctionRef, Option<ClassRef>, Vec<Value>);

/// Runs functions; keeps what it has found.
pub(crate) struct Interpreter<'p> {
    pub(crate) project: &'p Project,
    pub(crate) types: Types<'p>,
    pub(crate) limits: Limits,
    summaries: FxHashMap<Called, (Arc<Summary>, usize)>,
    running: FxHashSet<(FunctionRef, Option<ClassRef>)>,
    spent: u32,
    pub(crate) shared: &'p Constants,
    pending: Pending,
    classes: Classes,
    no_loops: Arc<[Loop]>,
}

impl<'p> Interpreter<'p> {
    pub(crate) fn new(project: &'p Project, shared: &'p Constants, limits: Limits) -> Self {
        Interpreter {
            project,
            types: Types::new(&project.modules),
            limits,
            summaries: FxHashMap::default(),
            running: FxHashSet::default(),
            spent: 0,
            shared,
            pending: Pending::default(),
            classes: Classes::default(),
            no_loops: Arc::from([]),
        }
    }

    /// What a function does when nothing is known of its callers.
    pub(crate) fn alone(&mut self, function: FunctionRef) -> Arc<Summary> {
        let facts = self.project.modules.facts(function.module);
        let count = facts.function(function.id).parameters.len();
        let arguments = (0..count).map(|n| {
            Value::opaque(Root::Parameter(
                function,
                u32::try_from(n).unwrap_or(u32::MAX),
            ))
        });
        self.spent = 0;
        self.call(function, arguments.collect(), &[])
    }

    /// What a function does with these arguments, followed afresh; `this` is the class of what it
    /// is called on where that is not the one that declares it.
    pub(crate) fn entered(
        &mut self,
        function: FunctionRef,
        this: Option<ClassRef>,
        arguments: Vec<Value>,
    ) -> Arc<Summary> {
        self.spent = 0;
        self.call_on(function, this, arguments, &[])
    }

    /// What a function does when it is called with these arguments, where
    /// `outer` holds what its closure sees.
    pub(crate) fn call(
        &mut self,
        function: FunctionRef,
        arguments: Vec<Value>,
        stack: &[FunctionRef],
    ) -> Arc<Summary> {
        self.call_on(function, None, arguments, stack)
    }

    /// The same for a method of an instance of `this`, whose base declares it.
    pub(crate) fn call_on(
        &mut self,
        function: FunctionRef,
        this: Option<ClassRef>,
        arguments: Vec<Value>,
        stack: &[FunctionRef],
    ) -> Arc<Summary> {
        let arguments = arguments.into_iter().map(bounded).collect();
        let key = (function, this, arguments);
        // Callbacks stand in the stack, and are no calls: the body of `map` is as deep as that of `for`.
        let depth = self.running.len();
        // What was cut for depth is as good from anywhere as deep or deeper.
        if let Some((known, at)) = self.summaries.get(&key)
            && (!known.cut || *at <= depth)
        {
            return Arc::clone(known);
        }
        if depth >= self.limits.depth as usize || !self.running.insert((function, this)) {
            return Arc::new(Summary::unknown(function));
        }
        let mut frame = Frame::new(self, function, stack);
        frame.this = this;
        let mut state = State::new();
        frame.bind_parameters(function, &key.2, &mut state);
        let asked = state.of_who_asks();
        let mut summary = frame.finish(state);
        summary.asked = asked;
        let summary = Arc::new(summary);
        self.running.remove(&(function, this));
        self.summaries.insert(key, (Arc::clone(&summary), depth));
        summary
    }

    /// The module-level statements, as one function without a name.
    pub(crate) fn module_body(&mut self, module: ModuleId) -> Summary {
        let function = In {
            module,
            id: FunctionId(u32::MAX),
        };
        let mut frame = Frame::new(self, function, &[]);
        let mut state = State::new();
        let project = frame.interpreter.project;
        frame.block(&project.modules.facts(module).body, &mut state);
        frame.summary(state)
    }
}

/// One run of one function. Callbacks that it hands to others run inside it.
pub(crate) struct Frame<'i, 'p> {
    pub(crate) interpreter: &'i mut Interpreter<'p>,
    pub(crate) module: ModuleId,
    function: FunctionRef,
    /// The class of what the function is called on, where that is not the one that declares it.
    this: Option<ClassRef>,
    stack: Vec<FunctionRef>,
    /// Where the function calls itself.
    again: Vec<ExpressionRef>,
    /// The function and the callbacks of it that run at the moment: what they
    /// declare sees the variables of this run.
    own: Vec<FunctionRef>,
    events: Vec<Event>,
    /// The loops around the place that runs, outermost first; events share the list.
    loops: Arc<[Loop]>,
    transaction: Option<CallId>,
    /// Inside of what a timer runs.
    later: bool,
    /// Values and facts of the `return` statements, of the function or of the
    /// callback that runs at the moment.
    returns: Vec<(Value, Facts)>,
    /// The variables where the callback that runs at the moment was left by a `return`.
    left: Option<State>,
    /// What held where a `continue` ended a round of the innermost loop, or of the one whose label it names.
    skipped: Vec<(Option<SmolStr>, Facts)>,
    /// The label of the statement that comes next.
    label: Option<SmolStr>,
    steps: u32,
    cut: bool,
    callbacks: u32,
}

/// What came of a callback.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    /// What it gives back.
    pub(crate) result: Value,
    /// What holds after it that did not before.
    pub(crate) ensures: Vec<Fact>,
    /// Whether it always throws.
    pub(crate) diverges: bool,
}

/// Callbacks inside each other that are still followed.
const MAX_CALLBACKS: u32 = 12;

impl<'i, 'p> Frame<'i, 'p> {
    fn new(
        interpreter: &'i mut Interpreter<'p>,
        function: FunctionRef,
        stack: &[FunctionRef],
    ) -> Self {
        let mut stack = stack.to_vec();
        stack.push(function);
        let loops = Arc::clone(&interpreter.no_loops);
        Frame {
            interpreter,
            module: function.module,
            function,
            this: None,
            stack,
            again: Vec::new(),
            own: vec![function],
            events: Vec::new(),
            loops,
            transaction: None,
            later: false,
            returns: Vec::new(),
            left: None,
            skipped: Vec::new(),
            label: None,
            steps: 0,
            cut: false,
            callbacks: 0,
        }
    }

    pub(crate) fn facts(&self) -> &'p ModuleFacts {
        self.interpreter.project.modules.facts(self.module)
    }

    fn bind_parameters(&mut self, function: FunctionRef, arguments: &[Value], state: &mut State) {
        let declared = self
            .interpreter
            .project
            .modules
            .facts(function.module)
            .function(function.id);
        for (n, parameter) in declared.parameters.iter().enumerate() {
            let value = if parameter.rest {
                let rest = arguments.get(n..).unwrap_or_default().to_vec();
                Value::Array(
                    crate::value::ArrayValue {
                        elements: rest,
                        rest: None,
                    }
                    .into(),
                )
            } else {
                arguments.get(n).cloned().unwrap_or(Value::Undefined)
            };
            self.bind(&parameter.pattern, value, state);
        }
    }

    /// Runs the body to its end.
    fn finish(mut self, mut state: State) -> Summary {
        let project = self.interpreter.project;
        let declared = project
            .modules
            .facts(self.function.module)
            .function(self.function.id);
        match &declared.body {
            FunctionBody::Block(block) => self.block(block, &mut state),
            FunctionBody::Expression(value) => {
                let value = self.expression(*value, &mut state);
                self.give_back(value, &mut state);
            }
            FunctionBody::None => {
                self.returns.push((
                    Value::opaque(Root::Derived(Arc::from([]))),
                    Facts::default(),
                ));
                state.alive = false;
            }
        }
        self.summary(state)
    }

    fn summary(mut self, state: State) -> Summary {
        if state.alive {
            self.returns.push((Value::Undefined, state.facts));
        }
        let diverges = self.returns.is_empty();
        self.unroll();
        let ensures = common_facts(&self.returns);
        let result = joined(&self.returns, &ensures);
        // A summary is kept as long as what calls the function.
        self.events.shrink_to_fit();
        Summary {
            function: self.function,
            asked: Vec::new(),
            events: self.events,
            result,
            ensures,
            diverges,
            cut: self.cut,
        }
    }

    /// What a function gives back of itself (`return this.isBelow(parent)`) is one of the constants
    /// that it gives back elsewhere.
    fn unroll(&mut self) {
        let of_itself = |value: &Value| {
            matches!(value, Value::Opaque(opaque) if opaque.path.is_empty()
                && matches!(opaque.root, Root::Result(at) if self.again.contains(&at)))
        };
        let ends = self.returns.iter().map(|(value, _)| value);
        let ends: Vec<&Value> = ends.filter(|value| !of_itself(value)).collect();
        if self.again.is_empty() || !ends.iter().all(|value| value.is_constant()) {
            return;
        }
        let ends = ends.into_iter().cloned();
        let Some(end) = ends.reduce(|a, b| Value::join(a, &[], b, &[])) else {
            return;
        };
        let returns = std::mem::take(&mut self.returns).into_iter();
        self.returns = returns
            .map(|(value, facts)| match of_itself(&value) {
                true => (end.clone(), facts),
                false => (value, facts),
            })
            .collect();
    }

    /// `return value`
    fn give_back(&mut self, value: Value, state: &mut State) {
        if state.alive {
            let value = bounded(value);
            match self.callbacks {
                0 => {
                    let value = value.clone();
                    self.record(EventKind::Return { value }, state);
                }
                _ => self.leave(state),
            }
            self.returns.push((value, std::mem::take(&mut state.facts)));
        }
        state.alive = false;
    }

    /// Keeps what a callback has assigned where it comes to a `return`.
    fn leave(&mut self, state: &State) {
        let mut left = state.clone();
        left.facts = Facts::default();
        self.left = Some(match self.left.take() {
            Some(other) => State::join(other, left),
            None => left,
        });
    }

    pub(crate) fn record(&mut self, kind: EventKind, state: &State) {
        self.events.push(Event {
            kind,
            loops: Arc::clone(&self.loops),
            facts: state.facts.clone(),
            transaction: self.transaction,
            later: self.later,
        });
    }

    /// Counts a step; `false` when the function is too long to be followed to its end.
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.interpreter.spent += 1;
        let limits = self.interpreter.limits;
        if self.steps > limits.steps || self.interpreter.spent > limits.total {
            self.cut = true;
        }
        !self.cut
    }

    /// Runs a callback in the place where it is handed over; it may not run at all.
    pub(crate) fn callback(
        &mut self,
        callback: FunctionRef,
        arguments: &[Value],
        state: &mut State,
    ) -> Ran {
        self.callback_run(callback, arguments, false, state)
    }

    /// Runs a callback, which surely runs or may not.
    fn callback_run(
        &mut self,
        callback: FunctionRef,
        arguments: &[Value],
        surely: bool,
        state: &mut State,
    ) -> Ran {
        if self.callbacks >= MAX_CALLBACKS
            || self.stack.iter().filter(|f| **f == callback).count() > 1
        {
            self.cut = true;
            return Ran::default();
        }
        if callback.module != self.module {
            let arguments = arguments.to_vec();
            let summary = self.interpreter.call(callback, arguments, &self.stack);
            return Ran {
                result: summary.result.clone(),
                ensures: summary.ensures.iter().cloned().collect(),
                diverges: summary.diverges,
            };
        }
        self.callbacks += 1;
        self.stack.push(callback);
        self.own.push(callback);
        let outer = std::mem::take(&mut self.returns);
        let outer_left = self.left.take();
        let mut inner = state.clone();
        self.bind_parameters(callback, arguments, &mut inner);
        let declared = self.facts().function(callback.id);
        match &declared.body {
            FunctionBody::Block(block) => self.block(block, &mut inner),
            FunctionBody::Expression(value) => {
                let value = self.expression(*value, &mut inner);
                self.give_back(value, &mut inner);
            }
            FunctionBody::None => {}
        }
        if inner.alive {
            self.returns.push((Value::Undefined, inner.facts.clone()));
        }
        let returns = std::mem::replace(&mut self.returns, outer);
        let ensures = common_facts(&returns);
        let ran = Ran {
            result: joined(&returns, &ensures),
            ensures: ensures.beyond(&state.facts),
            diverges: returns.is_empty(),
        };
        // What the callback assigned to outer variables may have happened, on each way out of it.
        if let Some(left) = std::mem::replace(&mut self.left, outer_left) {
            inner.facts = Facts::default();
            inner = State::join(left, inner);
        }
        inner.alive = true;
        inner.facts.clone_from(&state.facts);
        *state = match surely {
            true => inner,
            false => State::join(std::mem::take(state), inner),
        };
        self.own.pop();
        self.stack.pop();
        self.callbacks -= 1;
        ran
    }

    pub(crate) fn at(&self, id: ExpressionId) -> snell_project::module::ExpressionRef {
        In {
            module: self.module,
            id,
        }
    }
}
