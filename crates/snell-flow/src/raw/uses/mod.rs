//! What the code reads of a raw query's rows, where nothing declares them: followed from the
//! call through variables, lists and callbacks of its own module.

mod callers;
mod kinds;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    Argument, BindingId, BindingKind, Element, Expression, ExpressionId, ExpressionKind,
    LogicalOperator, ModuleFacts, Pattern, PatternStep, UnaryOperator,
};
use snell_project::{
    Project,
    client::ClientCall,
    module::{Context, ExpressionRef, FunctionRef, In, ModuleId},
};
use snell_source::Location;

use super::shape::{Shape, walked};
use callers::is_returned;

pub use callers::{Uses, uses_of_callers};
pub use kinds::takes_any_number;

/// A column that the code reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Its name; empty for whole rows.
    pub name: SmolStr,
    /// Where it is read.
    pub at: Location,
    /// What is done with it there.
    pub kind: UseKind,
}

/// What is done with a column's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseKind {
    /// It is read.
    Read,
    /// `value + 1`: arithmetic with a number.
    Arithmetic,
    /// `value ?? other`, `value || other`: null is seen to.
    Guarded,
    /// `Number(value)`, `+value`, `value.toFixed()`, `value > 0`, `value ? a : b`: any kind of number
    /// will do.
    Converted,
    /// `JSON.stringify(value)`, alone or as a part of what is handed over.
    Json,
    /// `value === other`: what is of another type is never equal.
    Compared,
    /// `value.toLowerCase()`: a method that only its type has.
    Called,
}

/// Methods that every kind of number has.
const OF_NUMBERS: [&str; 3] = ["toFixed", "toString", "toNumber"];

/// Expressions that are followed for one query.
const MOST: usize = 4_000;

/// The columns that the code reads of a query's rows.
#[must_use]
pub fn uses(project: &Project, call: &ClientCall) -> Vec<Use> {
    let start = In {
        module: call.module,
        id: call.expression,
    };
    tracked(project, start, Shape::Rows).found
}

/// What the module of an expression reads of it, and the functions that give it back.
fn tracked(project: &Project, at: ExpressionRef, shape: Shape) -> Tracker<'_> {
    let module = project.modules.get(at.module);
    let mut tracker = Tracker {
        project,
        module: at.module,
        facts: &module.facts,
        context: &module.context,
        seen: FxHashSet::default(),
        found: Vec::new(),
        returned: Vec::new(),
        open: false,
    };
    let mut open = vec![(at.id, shape)];
    while let Some((id, shape)) = open.pop() {
        tracker.open |= tracker.seen.len() >= MOST;
        if tracker.seen.len() >= MOST || !tracker.seen.insert((id, shape.clone())) {
            continue;
        }
        tracker.step(id, &shape, &mut open);
    }
    let written = written(tracker.facts);
    tracker
        .found
        .retain(|one| !written.contains(one.name.as_str()));
    tracker
}

struct Tracker<'p> {
    project: &'p Project,
    module: ModuleId,
    facts: &'p ModuleFacts,
    context: &'p Context,
    seen: FxHashSet<(ExpressionId, Shape)>,
    found: Vec<Use>,
    /// Functions that give back what they hold.
    returned: Vec<(FunctionRef, Shape)>,
    /// Whether whole rows come to something that is not followed.
    open: bool,
}

type Open = Vec<(ExpressionId, Shape)>;

impl Tracker<'_> {
    /// What the surroundings make of an expression.
    fn step(&mut self, id: ExpressionId, shape: &Shape, open: &mut Open) {
        self.bound(id, shape, open);
        let Some(parent) = self.context.parent(id) else {
            self.given_back(id, shape);
            return;
        };
        match self.facts.expression(parent) {
            Expression::Await(_) | Expression::Cast { .. } => open.push((parent, shape.clone())),
            Expression::Logical {
                operator,
                left,
                right,
            } if *left == id || *right == id => {
                let sees_to = matches!(operator, LogicalOperator::Or | LogicalOperator::Coalesce);
                if let Shape::Column(name) = shape
                    && sees_to
                    && *left == id
                {
                    let at = self.project.modules.at(self.module, self.facts.span(id));
                    self.tell(name, at, UseKind::Guarded);
                }
                open.push((parent, shape.clone()));
            }
            Expression::Conditional { test, .. } if *test != id => {
                open.push((parent, shape.clone()));
            }
            // Whether there is anything, all kinds of value answer alike.
            Expression::Conditional { .. }
            | Expression::Unary {
                operator: UnaryOperator::Plus | UnaryOperator::Not,
                ..
            } => self.converted(id, shape),
            Expression::Member {
                object, property, ..
            } if *object == id => {
                if OF_NUMBERS.contains(&property.text.as_str()) {
                    self.converted(id, shape);
                }
                self.member(parent, shape, &property.text, property.span, open);
            }
            Expression::Index { object, index, .. } if *object == id => {
                self.index(parent, shape, *index, open);
            }
            Expression::Binary {
                operator,
                left,
                right,
            } => {
                let other = if *left == id { *right } else { *left };
                self.binary(id, shape, *operator, other);
            }
            Expression::Call {
                callee, arguments, ..
            } => self.handed(id, shape, *callee, arguments),
            Expression::Array(elements) if *shape == Shape::Rows => {
                open.push((parent, Shape::Holder(SmolStr::default())));
                let here = |element: &Element| matches!(element, Element::Value(one) if *one == id);
                let at = elements
                    .iter()
                    .position(here)
                    .and_then(|at| u32::try_from(at).ok());
                match (at, self.awaited_together(parent)) {
                    (Some(at), Some(all)) => open.push((all, Shape::Together(at))),
                    _ => self.goes_on(shape),
                }
            }
            Expression::Object(_) | Expression::Array(_) => {
                self.goes_on(shape);
                open.push((parent, Shape::Holder(shape.column())));
            }
            Expression::Unary { .. } => {}
            _ => self.goes_on(shape),
        }
    }

    /// Whole rows come to something that is not followed.
    fn goes_on(&mut self, shape: &Shape) {
        self.open |= shape.column().is_empty();
    }

    /// What a function that others call gives back.
    fn given_back(&mut self, id: ExpressionId, shape: &Shape) {
        let Some(function) = self.context.function(id) else {
            return;
        };
        let own = self.facts.function(function);
        let returned = is_returned(self.facts, own, id);
        if returned && (own.parent.is_some() || matches!(shape, Shape::Holder(_))) {
            self.goes_on(shape);
        } else if returned {
            let function = In {
                module: self.module,
                id: function,
            };
            self.returned.push((function, shape.clone()));
        }
    }

    /// The call in `Promise.all([...])`, from the list that it is handed.
    fn awaited_together(&self, list: ExpressionId) -> Option<ExpressionId> {
        let call = self.context.parent(list)?;
        let Expression::Call { callee, .. } = self.facts.expression(call) else {
            return None;
        };
        matches!(self.facts.expression(*callee), Expression::Member { object, property, .. }
            if property.text == "all"
                && matches!(self.facts.expression(*object), Expression::Identifier { name, .. } if name == "Promise"))
        .then_some(call)
    }

    /// Variables that hold the expression, or a part of it.
    fn bound(&mut self, id: ExpressionId, shape: &Shape, open: &mut Open) {
        for (binding, n) in self.facts.bindings.iter().zip(0u32..) {
            let path = match &binding.kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } if init.value == id => init.path.as_slice(),
                BindingKind::Variable { .. } if *shape == Shape::Rows => {
                    if self.context.iterated(BindingId(n)) == Some(id) {
                        self.holder(BindingId(n), &Shape::Row, &[], open);
                    }
                    continue;
                }
                _ => continue,
            };
            self.holder(BindingId(n), shape, path, open);
        }
    }

    /// A name that holds what a way through a shape leads to.
    fn holder(&mut self, id: BindingId, shape: &Shape, path: &[PatternStep], open: &mut Open) {
        let binding = self.facts.binding(id);
        let Some(shape) = walked(shape, path) else {
            return;
        };
        if let Shape::Column(name) = &shape
            && !path.is_empty()
        {
            self.tell(
                name,
                self.project.modules.at(self.module, binding.span),
                UseKind::Read,
            );
        }
        if binding.reassigned {
            self.goes_on(&shape);
            return;
        }
        let names = self.facts.uses(id).iter();
        open.extend(names.map(|name| (*name, shape.clone())));
    }

    /// `value.name`
    fn member(
        &mut self,
        parent: ExpressionId,
        shape: &Shape,
        name: &SmolStr,
        span: snell_source::Span,
        open: &mut Open,
    ) {
        match shape {
            Shape::Row => {
                if !is_of_every_object(name) && !self.has_alternative(parent) {
                    let at = self.project.modules.at(self.module, span);
                    self.tell(name, at, UseKind::Read);
                }
                open.push((parent, Shape::Column(name.clone())));
            }
            Shape::Rows => {
                let Some(call) = self.context.parent(parent) else {
                    return;
                };
                if let Expression::Call {
                    callee, arguments, ..
                } = self.facts.expression(call)
                    && *callee == parent
                {
                    self.method(call, name, arguments, open);
                }
            }
            Shape::Column(column) => {
                let is_called = self.context.parent(parent).is_some_and(|call| {
                    matches!(self.facts.expression(call), Expression::Call { callee, .. } if *callee == parent)
                });
                let any = is_of_every_object(name) || OF_NUMBERS.contains(&name.as_str());
                if is_called && !any {
                    let at = self.project.modules.at(self.module, span);
                    self.tell(column, at, UseKind::Called);
                }
            }
            Shape::Holder(_) | Shape::Together(_) => {}
        }
    }

    /// `rows.map((row) => ...)`
    fn method(&mut self, call: ExpressionId, name: &str, arguments: &[Argument], open: &mut Open) {
        let elements: &[u32] = match name {
            "map" | "forEach" | "filter" | "find" | "findLast" | "some" | "every" | "flatMap"
            | "findIndex" => &[0],
            "sort" | "toSorted" => &[0, 1],
            "reduce" | "reduceRight" => &[1],
            // A promise's rows.
            "then" => &[],
            "at" | "pop" | "shift" => {
                open.push((call, Shape::Row));
                return;
            }
            "slice" | "reverse" | "toReversed" => {
                open.push((call, Shape::Rows));
                return;
            }
            _ => {
                self.open = true;
                return;
            }
        };
        match name {
            "filter" | "sort" | "toSorted" => open.push((call, Shape::Rows)),
            "find" | "findLast" => open.push((call, Shape::Row)),
            _ => {}
        }
        let callback = arguments.first().map(|argument| argument.value);
        let Some(Expression::Function(callback)) = callback.map(|one| self.facts.expression(one))
        else {
            self.open = true;
            return;
        };
        for (binding, n) in self.facts.bindings.iter().zip(0u32..) {
            let BindingKind::Parameter {
                function,
                index,
                path,
            } = &binding.kind
            else {
                continue;
            };
            if function != callback {
                continue;
            }
            if elements.contains(index) {
                self.holder(BindingId(n), &Shape::Row, path, open);
            } else if name == "then" && *index == 0 {
                self.holder(BindingId(n), &Shape::Rows, path, open);
            }
        }
    }

    /// `rows[0]`, `row['name']`
    fn index(&mut self, parent: ExpressionId, shape: &Shape, index: ExpressionId, open: &mut Open) {
        match (shape, self.facts.expression(index)) {
            (Shape::Rows, Expression::Number(_) | Expression::Identifier { .. }) => {
                open.push((parent, Shape::Row));
            }
            (Shape::Row, Expression::String(name)) => {
                let span = self.facts.span(index);
                self.member(parent, shape, name, span, open);
            }
            _ => {}
        }
    }

    fn tell(&mut self, name: &SmolStr, at: Location, kind: UseKind) {
        let one = Use {
            name: name.clone(),
            at,
            kind,
        };
        if !self.found.contains(&one) {
            self.found.push(one);
        }
    }
}

/// Names that a module assigns to something: they may be put on a row.
fn written(facts: &ModuleFacts) -> FxHashSet<&str> {
    facts
        .all([ExpressionKind::Assign])
        .filter_map(|(_, node)| match &node.kind {
            Expression::Assign { target, .. } => match **target {
                Pattern::Expression(id) => match facts.expression(id) {
                    Expression::Member { property, .. } => Some(property.text.as_str()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// Members that an object has without a column of that name.
fn is_of_every_object(name: &str) -> bool {
    matches!(
        name,
        "toString" | "constructor" | "hasOwnProperty" | "valueOf" | "toJSON" | "length" | "then"
    )
}
