//! What a function does, in order: queries, calls, and under what.

use std::sync::Arc;

use snell_project::{
    client::CallId,
    module::{BindingRef, ExpressionRef, FunctionRef},
};
use snell_source::Location;

use crate::{
    fact::Fact,
    facts::Facts,
    value::{LoopId, Root, RowOrigin, Step, Value},
};

/// What running a function comes to.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The function.
    pub function: FunctionRef,
    /// What it is handed of who asks: names that its parameters bind.
    pub asked: Vec<BindingRef>,
    /// What it does, in order.
    pub events: Vec<Event>,
    /// What it gives back.
    pub result: Value,
    /// What holds when it comes back.
    pub ensures: Facts,
    /// Whether it never comes back (it always throws).
    pub diverges: bool,
    /// Whether something was too deep or too long to be followed.
    pub cut: bool,
}

impl Summary {
    /// Of a function that calls itself: what it does, it does already.
    pub(crate) fn again(function: FunctionRef) -> Self {
        Summary {
            cut: false,
            ..Summary::unknown(function)
        }
    }

    /// Of a function that is not followed.
    pub(crate) fn unknown(function: FunctionRef) -> Self {
        Summary {
            function,
            asked: Vec::new(),
            events: Vec::new(),
            result: Value::Unknown,
            ensures: Facts::default(),
            diverges: false,
            cut: true,
        }
    }

    /// Shows `look` each part of a row that the function uses: in a query, in a call that is not
    /// followed, in what it compares, or in what it gives back.
    pub fn visit_rows(&self, mut look: impl FnMut(&RowOrigin, &[Step])) {
        let mut each = |value: &Value| {
            value.visit(&mut |part| {
                if let Value::Opaque(opaque) = part
                    && let Root::Row(row) = &opaque.root
                {
                    look(row, &opaque.path);
                }
            });
        };
        for event in &self.events {
            match &event.kind {
                EventKind::Query(query) => query.arguments.iter().for_each(&mut each),
                EventKind::Unfollowed { arguments, .. } => arguments.iter().for_each(&mut each),
                EventKind::Return { value } | EventKind::Answer { value } => each(value),
                EventKind::Check { facts } => {
                    for fact in facts {
                        if let Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) = fact {
                            each(a);
                            each(b);
                        }
                    }
                }
                EventKind::Call { .. } => {}
            }
        }
    }
}

/// One thing that a function does.
#[derive(Debug, Clone)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// The loops around it, outermost first.
    pub loops: Arc<[Loop]>,
    /// What holds before it.
    pub facts: Facts,
    /// Inside the callback or array of this transaction.
    pub transaction: Option<CallId>,
    /// A timer runs it (`setImmediate`), when the code around has come to its end: nothing waits for it.
    pub later: bool,
}

impl Event {
    /// The function that it calls, as it runs there.
    #[must_use]
    pub fn called(&self) -> Option<&Arc<Summary>> {
        match &self.kind {
            EventKind::Call { summary, .. } => Some(summary),
            _ => None,
        }
    }
}

/// What is done.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// A call of a Prisma client.
    Query(Query),
    /// A call of a function of the workspace that does something itself.
    Call {
        /// Where.
        at: ExpressionRef,
        /// What the function does when it is called so.
        summary: Arc<Summary>,
    },
    /// A call of something that is not followed: a package, a value of which
    /// nothing is known.
    Unfollowed {
        /// Where.
        at: ExpressionRef,
        /// What it is handed.
        arguments: Vec<Value>,
    },
    /// A condition that, when it does not hold, leaves the function. Kept in
    /// order, so that a check after a query can be seen.
    Check {
        /// What holds from here on.
        facts: Vec<Fact>,
    },
    /// Something is sent to who asks, by a call of the response.
    Answer {
        /// What is sent.
        value: Value,
    },
    /// A `return`.
    Return {
        /// What is given back.
        value: Value,
    },
}

/// A query.
#[derive(Debug, Clone)]
pub struct Query {
    /// The call.
    pub call: CallId,
    /// Its arguments.
    pub arguments: Vec<Value>,
    /// Whether it is awaited or handed on; a floating promise is neither.
    pub awaited: bool,
}

/// A loop around an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// Which.
    pub id: LoopId,
    /// What kind.
    pub kind: LoopKind,
    /// What is iterated.
    pub iterable: Value,
    /// What a label shows: the loop's head.
    pub at: Location,
}

/// The kinds of loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoopKind {
    /// `for (... of ...)`, `for (... in ...)`
    Of,
    /// `for (;;)`
    Counted,
    /// `while`, `do`: often pages or retries.
    While,
    /// A callback that runs for each element: `.map(...)`, `.forEach(...)`.
    Callback,
}
