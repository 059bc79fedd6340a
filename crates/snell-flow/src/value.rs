//! What a value is, as far as it is known without running anything.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use smol_str::SmolStr;
use snell_project::module::{ClassRef, ExpressionRef, FunctionRef, ModuleId};
use snell_source::Location;

use crate::fact::Fact;
pub use crate::row::RowOrigin;

/// An abstract value.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// Nothing is known.
    #[default]
    Unknown,
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// A literal, or what constants fold to.
    Literal(Literal),
    /// A string with parts that are not constant.
    Text(Arc<[TextPart]>),
    /// An object whose keys are known.
    Object(Arc<ObjectValue>),
    /// An array.
    Array(Arc<ArrayValue>),
    /// SQL with parameters: `Prisma.sql`, the text of a tagged raw query.
    Sql(Arc<[SqlPart]>),
    /// A function; what it captures is looked up where it is called.
    Function(FunctionRef),
    /// Known only by where it came from.
    Opaque(Arc<Opaque>),
    /// One of some, each under what holds when it is that one.
    OneOf(Arc<[Choice]>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Literal {
    /// A string.
    String(SmolStr),
    /// A number, as written.
    Number(Arc<str>),
    /// A bigint, as written without the `n`.
    BigInt(Arc<str>),
    /// A boolean.
    Boolean(bool),
    /// A regular expression, as written: `/^[a-z]+$/i`. What it matches is a [`Fact::Member`] of it.
    Pattern(Arc<str>),
}

/// A part of a [`Value::Text`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextPart {
    /// Constant text.
    Constant(SmolStr),
    /// An interpolated value and the expression that gives it.
    Value(Value, ExpressionRef),
}

/// A part of a [`Value::Sql`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SqlPart {
    /// Text of a template.
    Text {
        /// The text, escapes resolved.
        text: SmolStr,
        /// Where it is written.
        at: Location,
        /// Whether the text equals the source, so that offsets carry over.
        verbatim: bool,
    },
    /// A value, which the server gets beside the text; a fragment is put in.
    Value(Value, ExpressionRef),
    /// `Prisma.raw(value)`: becomes text as it is.
    Raw(Value, ExpressionRef),
    /// `Prisma.join(...)`
    Join(Arc<SqlJoin>),
}

/// `Prisma.join(list, separator, prefix, suffix)`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SqlJoin {
    /// Values or fragments.
    pub list: Value,
    /// Between them.
    pub separator: SmolStr,
    /// Before the first.
    pub prefix: SmolStr,
    /// After the last.
    pub suffix: SmolStr,
    /// The list's expression.
    pub at: ExpressionRef,
}

/// One possibility of a [`Value::OneOf`].
#[derive(Debug, Clone)]
pub struct Choice {
    /// The value.
    pub value: Value,
    /// What holds when it is this one.
    pub facts: Arc<[Fact]>,
}

/// An object literal, with what was assigned to it since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectValue {
    /// The known keys, in order of appearance.
    pub entries: IndexMap<SmolStr, Entry, FxBuildHasher>,
    /// Values spread or indexed into the object whose keys are not known.
    pub spreads: Vec<Value>,
}

impl std::hash::Hash for ObjectValue {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for (key, entry) in &self.entries {
            key.hash(state);
            entry.hash(state);
        }
        self.spreads.hash(state);
    }
}

/// A key of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What it holds.
    pub value: Value,
    /// Whether the key is there on every path.
    pub always: bool,
    /// Whether something was spread over it of which the keys are not known: `{ userId, ...sent }`.
    pub beneath: bool,
    /// Where the key is written.
    pub key: snell_source::Span,
    /// The expression of the value, when it is one of the source.
    pub at: Option<ExpressionRef>,
    /// The module in which the key is written.
    pub module: ModuleId,
}

/// An array.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ArrayValue {
    /// Elements known one by one.
    pub elements: Vec<Value>,
    /// What further elements are, when there may be some.
    pub rest: Option<Value>,
}

/// A value known by where it came from, and the way from there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Opaque {
    /// Where the way begins.
    pub root: Root,
    /// Members read on the way.
    pub path: Vec<Step>,
}

impl Opaque {
    /// One step further on the way.
    pub(crate) fn further(&self, step: Step) -> Value {
        // Most ways are short and never grow again: room for four steps would be the most of it.
        let mut path = Vec::with_capacity(self.path.len() + 1);
        path.extend_from_slice(&self.path);
        path.push(step);
        Value::Opaque(Arc::new(Opaque {
            root: self.root.clone(),
            path,
        }))
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Root {
    /// A parameter of the function that is looked at, nothing being known of its callers.
    Parameter(FunctionRef, u32),
    /// The authenticated principal, or a part of the request that says who it is.
    Identity,
    /// What the client sent: the decorator's name (`Param`, `Body`) and its key.
    ClientInput(SmolStr, Option<SmolStr>),
    /// A row (or rows, a count) that a query gave back.
    Row(Arc<RowOrigin>),
    /// A field of the class.
    Field(ClassRef, SmolStr),
    /// An element of something iterated that is not known.
    Element(LoopId),
    /// The result of a call that is not followed.
    Result(ExpressionRef),
    /// `process.env`
    Environment,
    /// What answers the request, by calls.
    Response,
    /// What was thrown and caught: it says why something failed, and nothing of rows.
    Caught,
    /// A variable of an outer scope, or a name of another package.
    Outer(ExpressionRef),
    /// Computed from these.
    Derived(Arc<[Value]>),
    /// What a schema of a package lets through of a value: it looked at the form, and whose anything is stays to be asked.
    Parsed(Arc<Opaque>),
}

/// A step on the way into an opaque value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// `.name`
    Property(SmolStr),
    /// An element, in this loop when it is one.
    Each(Option<LoopId>),
    /// The element at a position that is written out: one, and no other.
    At(u32),
    /// A conversion that keeps what the value stands for: `Number(x)`, `x.trim()`.
    Converted,
    /// What is left without these properties: `const { a, ...rest } = x`.
    Without(Arc<[SmolStr]>),
}

/// A loop, or a callback that runs once for each element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoopId {
    /// The module.
    pub module: ModuleId,
    /// The first byte of the loop statement, or of the callback.
    pub start: u32,
}

impl Value {
    /// A string constant.
    pub fn string(text: impl Into<SmolStr>) -> Value {
        Value::Literal(Literal::String(text.into()))
    }

    /// A boolean constant.
    #[must_use]
    pub fn boolean(value: bool) -> Value {
        Value::Literal(Literal::Boolean(value))
    }

    /// A value known by its origin.
    #[must_use]
    pub fn opaque(root: Root) -> Value {
        Value::Opaque(Arc::new(Opaque {
            root,
            path: Vec::new(),
        }))
    }

    /// Computed from other values.
    #[must_use]
    pub fn derived(values: Vec<Value>) -> Value {
        let known: Vec<Value> = values
            .into_iter()
            .filter(|value| !matches!(value, Value::Literal(_) | Value::Undefined | Value::Null))
            .collect();
        match known.as_slice() {
            [] => Value::Unknown,
            [Value::Opaque(opaque)] => match opaque.path.last() {
                Some(Step::Converted) => Value::Opaque(Arc::clone(opaque)),
                _ => opaque.further(Step::Converted),
            },
            _ => Value::opaque(Root::Derived(known.into())),
        }
    }

    /// The object, when it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&ObjectValue> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The string, when it is a constant one.
    #[must_use]
    pub fn as_string(&self) -> Option<&SmolStr> {
        match self {
            Value::Literal(Literal::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The possibilities: itself, unless it is one of some.
    #[must_use]
    pub fn choices(&self) -> Vec<&Value> {
        match self {
            Value::OneOf(choices) => choices.iter().map(|choice| &choice.value).collect(),
            value => vec![value],
        }
    }

    /// Whether it can be nothing but a constant.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        match self {
            Value::Undefined | Value::Null | Value::Literal(_) => true,
            Value::OneOf(choices) => choices.iter().all(|choice| choice.value.is_constant()),
            Value::Array(array) => {
                array.elements.iter().all(Value::is_constant)
                    && array.rest.as_ref().is_none_or(Value::is_constant)
            }
            _ => false,
        }
    }

    /// The text that a value has inside a template, when it is constant.
    #[must_use]
    pub fn constant_text(&self) -> Option<SmolStr> {
        match self {
            Value::Literal(Literal::String(text)) => Some(text.clone()),
            Value::Literal(Literal::Number(text) | Literal::BigInt(text)) => {
                Some(SmolStr::new(text))
            }
            Value::Literal(Literal::Boolean(value)) => {
                Some(if *value { "true" } else { "false" }.into())
            }
            Value::Null => Some("null".into()),
            Value::Undefined => Some("undefined".into()),
            _ => None,
        }
    }

    /// Whether the value may be `undefined` (not merely `null`), as far as is known.
    #[must_use]
    pub fn may_be_undefined(&self) -> bool {
        match self {
            Value::Undefined => true,
            Value::OneOf(choices) => choices.iter().any(|choice| choice.value.may_be_undefined()),
            _ => false,
        }
    }

    /// Whether the value is surely falsy (`Some(false)`), surely truthy, or neither.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::Undefined | Value::Null => Some(false),
            Value::Literal(Literal::Boolean(value)) => Some(*value),
            Value::Literal(Literal::String(text)) => Some(!text.is_empty()),
            Value::Literal(Literal::Number(text) | Literal::BigInt(text)) => {
                Some(text.parse::<f64>() != Ok(0.0))
            }
            Value::Object(_) | Value::Array(_) | Value::Function(_) | Value::Sql(_) => Some(true),
            Value::Text(parts) => {
                let written =
                    |part: &TextPart| matches!(part, TextPart::Constant(text) if !text.is_empty());
                parts.iter().any(written).then_some(true)
            }
            _ => None,
        }
    }

    /// Visits this value and every value inside it.
    pub fn visit(&self, each: &mut dyn FnMut(&Value)) {
        each(self);
        match self {
            Value::Text(parts) => {
                for part in parts.iter() {
                    if let TextPart::Value(value, _) = part {
                        value.visit(each);
                    }
                }
            }
            Value::Sql(parts) => {
                for part in parts.iter() {
                    match part {
                        SqlPart::Value(value, _) | SqlPart::Raw(value, _) => value.visit(each),
                        SqlPart::Join(join) => join.list.visit(each),
                        SqlPart::Text { .. } => {}
                    }
                }
            }
            Value::Object(object) => {
                object
                    .entries
                    .values()
                    .for_each(|entry| entry.value.visit(each));
                object.spreads.iter().for_each(|value| value.visit(each));
            }
            Value::Array(array) => array
                .elements
                .iter()
                .chain(&array.rest)
                .for_each(|value| value.visit(each)),
            Value::OneOf(choices) => choices.iter().for_each(|choice| choice.value.visit(each)),
            Value::Opaque(opaque) => match &opaque.root {
                Root::Derived(values) => values.iter().for_each(|value| value.visit(each)),
                Root::Row(row) => row.arguments.visit(each),
                Root::Parsed(value) => Value::Opaque(Arc::clone(value)).visit(each),
                _ => {}
            },
            _ => {}
        }
    }

    /// Whether the value, or anything it is made of, comes from a loop's round.
    #[must_use]
    pub fn depends_on_loop(&self, id: LoopId) -> bool {
        let mut depends = false;
        self.visit(&mut |value| {
            if let Value::Opaque(opaque) = value {
                depends |=
                    opaque.root == Root::Element(id) || opaque.path.contains(&Step::Each(Some(id)));
            }
        });
        depends
    }
}

/// More possibilities than this are not told apart.
const MAX_CHOICES: usize = 8;

impl Value {
    /// One of two values, under what holds in either case.
    #[must_use]
    pub fn join(a: Value, a_facts: &[Fact], b: Value, b_facts: &[Fact]) -> Value {
        if a == b {
            return a;
        }
        let mut choices: Vec<Choice> = Vec::new();
        for (value, facts) in [(a, a_facts), (b, b_facts)] {
            match value {
                Value::OneOf(inner) => {
                    for choice in inner.iter() {
                        let mut all = choice.facts.to_vec();
                        all.extend(
                            facts
                                .iter()
                                .filter(|fact| !choice.facts.contains(fact))
                                .cloned(),
                        );
                        push_choice(&mut choices, choice.value.clone(), all);
                    }
                }
                value => push_choice(&mut choices, value, facts.to_vec()),
            }
        }
        if choices.len() > MAX_CHOICES {
            return if choices.iter().all(|choice| choice.value.is_constant())
                && choices.len() <= 8 * MAX_CHOICES
            {
                Value::OneOf(choices.into())
            } else {
                Value::Unknown
            };
        }
        match choices.len() {
            1 => choices.swap_remove(0).value,
            _ => Value::OneOf(choices.into()),
        }
    }
}

fn push_choice(choices: &mut Vec<Choice>, value: Value, facts: Vec<Fact>) {
    match choices.iter_mut().find(|choice| choice.value == value) {
        // The same value on both ways: one of them was taken.
        Some(known) => known.facts = crate::fact::either(&known.facts, &facts).into(),
        None => choices.push(Choice {
            value,
            facts: facts.into(),
        }),
    }
}
