//! Walks the arguments of a call beside the grammar of Prisma Client, and
//! notes what the grammar refuses.

use std::rc::Rc;

use smol_str::SmolStr;
use snell_extract::facts::{Element, Expression, LogicalOperator};
use snell_flow::{ArrayValue, Entry, ObjectValue, Value};
use snell_prisma::{EnumId, FieldId};
use snell_project::{
    Project,
    client::arguments::{Atom, Input, Key, Listing, Requirement, Shape},
    module::{ExpressionRef, In},
};
use snell_source::Location;

mod declarations;
mod grammar;
mod values;

pub(super) use grammar::Grammar;

use super::{
    kind::{Kind, is_refused, missing_member},
    typed,
};
use crate::rule::Context;

/// Something that the grammar refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where the fix goes.
    pub(super) at: Location,
    /// The object around it.
    pub(super) shape: Shape,
    /// The field of the schema whose value it is.
    pub(super) field: Option<FieldId>,
    /// The key whose value it is.
    pub(super) key: SmolStr,
    pub(super) kind: FaultKind,
    /// Whether it is there on some paths alone.
    pub(super) conditional: bool,
    /// What is declared elsewhere, when that and no value tells.
    pub(super) declared: Option<Location>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The object has no such key.
    UnknownKey,
    /// No column of the model is called so (`distinct`, `by`).
    UnknownColumn(SmolStr),
    /// A value of another type.
    WrongType(Kind, Input),
    /// A string that the enum does not have.
    UnknownValue(SmolStr, EnumId),
    /// A field that a create must fill.
    Missing(Requirement),
}

/// A value on the way: what stands there, and where.
#[derive(Clone, Copy)]
struct Spot<'v> {
    value: &'v Value,
    expression: Option<ExpressionRef>,
    at: Location,
    shape: Shape,
    field: Option<FieldId>,
    key: &'v str,
    conditional: bool,
    declared: Option<Location>,
}

/// Walks one argument.
pub(super) struct Walk<'p> {
    context: Context<'p>,
    project: &'p Project,
    grammar: Rc<Grammar<'p>>,
    /// What the grammar refuses.
    pub(super) faults: Vec<Fault>,
    /// Where keys stand that it takes.
    pub(super) taken: Vec<Location>,
}

impl<'p> Walk<'p> {
    /// Walks the argument of an operation.
    pub(super) fn of(
        context: Context<'p>,
        grammar: &Rc<Grammar<'p>>,
        shape: Shape,
        argument: &Value,
        at: Location,
    ) -> Self {
        let mut walk = Walk {
            context,
            project: context.project,
            grammar: Rc::clone(grammar),
            faults: Vec::new(),
            taken: Vec::new(),
        };
        walk.objects(Spot {
            value: argument,
            expression: None,
            at,
            shape,
            field: None,
            key: "",
            conditional: false,
            declared: None,
        });
        walk
    }

    /// Objects that a value may be.
    fn objects(&mut self, spot: Spot<'_>) {
        let choices = spot.value.choices();
        let conditional = choices.len() > 1;
        for choice in choices {
            if let Value::Object(object) = choice {
                self.object(
                    object,
                    Spot {
                        value: choice,
                        conditional,
                        ..spot
                    },
                );
            }
        }
    }

    fn object(&mut self, object: &ObjectValue, spot: Spot<'_>) {
        let Some(keys) = self.grammar.keys(spot.shape) else {
            return;
        };
        for (name, entry) in &object.entries {
            if entry.value == Value::Undefined {
                continue;
            }
            let at = self.project.modules.at(entry.module, entry.key);
            match keys.get(name) {
                None => self.faults.push(Fault {
                    at,
                    conditional: spot.conditional || !entry.always,
                    shape: spot.shape,
                    field: spot.field,
                    key: name.clone(),
                    kind: FaultKind::UnknownKey,
                    declared: None,
                }),
                Some(key) => {
                    self.taken.push(at);
                    self.entry(key, entry, spot);
                }
            }
        }
        self.literal(object, spot);
    }

    fn entry(&mut self, key: &Key, entry: &Entry, around: Spot<'_>) {
        if key.input.anything {
            return;
        }
        let at = entry.at.map_or_else(
            || self.project.modules.at(entry.module, entry.key),
            |expression| self.project.modules.location(expression),
        );
        let spot = Spot {
            value: &entry.value,
            expression: entry.at,
            at,
            shape: around.shape,
            field: key.field.or(around.field),
            key: &key.name,
            conditional: around.conditional || !entry.always,
            declared: None,
        };
        self.value(spot, &key.input);
    }

    fn value(&mut self, spot: Spot<'_>, input: &Input) {
        let choices = spot.value.choices();
        let spot = Spot {
            conditional: spot.conditional || choices.len() > 1,
            ..spot
        };
        for choice in choices {
            match choice {
                Value::Object(object) if input.shape.is_some() => {
                    if let Some(shape) = input.shape {
                        self.object(
                            object,
                            Spot {
                                value: choice,
                                shape,
                                ..spot
                            },
                        );
                    }
                }
                Value::Array(array) => self.array(array, spot, input),
                _ => {}
            }
        }
        self.plain(spot, input);
    }

    fn array(&mut self, array: &ArrayValue, spot: Spot<'_>, input: &Input) {
        let element = Input {
            shapes: Listing::One,
            atoms: Listing::One,
            ..*input
        };
        let places = self.elements(spot.expression, array.elements.len());
        for (n, value) in array.elements.iter().enumerate() {
            let expression = places.get(n).copied();
            let at = expression.map_or(spot.at, |at| self.project.modules.location(at));
            self.value(
                Spot {
                    value,
                    expression,
                    at,
                    ..spot
                },
                &element,
            );
        }
        let others = Spot {
            expression: None,
            ..spot
        };
        match (&array.rest, input.shape) {
            (Some(Value::Object(object)), Some(shape)) => {
                self.object(object, Spot { shape, ..others });
            }
            (Some(value @ Value::Opaque(_)), _) => {
                self.by_origin(Spot { value, ..others }, &element, spot.expression);
            }
            _ => {}
        }
    }

    /// The expressions of an array literal, when they stand for its elements one by one.
    fn elements(&self, array: Option<ExpressionRef>, length: usize) -> Vec<ExpressionRef> {
        let Some(array) = array else {
            return Vec::new();
        };
        let facts = self.project.modules.facts(array.module);
        let Expression::Array(elements) = facts.expression(facts.unwrap_casts(array.id)) else {
            return Vec::new();
        };
        let plain: Option<Vec<ExpressionRef>> = elements
            .iter()
            .map(|element| match element {
                Element::Value(id) => Some(In {
                    module: array.module,
                    id: *id,
                }),
                _ => None,
            })
            .collect();
        plain
            .filter(|plain| plain.len() == length)
            .unwrap_or_default()
    }

    /// Judges what is no object and no list.
    fn plain(&mut self, spot: Spot<'_>, input: &Input) {
        if let Some(expression) = spot.expression
            && !matches!(
                spot.value,
                Value::Literal(_) | Value::Null | Value::Undefined
            )
        {
            let leaves = self.leaves(expression);
            if leaves.len() > 1 {
                for leaf in leaves {
                    let at = self.project.modules.location(leaf);
                    let spot = Spot { at, ..spot };
                    match self.kind_of(leaf) {
                        Some(kind) => self.judge(spot, input, kind),
                        None => {
                            self.typed(spot, input, leaf);
                        }
                    }
                }
                return;
            }
            if let Value::OneOf(choices) = spot.value {
                // One of some constants: only what is wrong whichever it is.
                let kinds: Option<Vec<Kind>> = choices
                    .iter()
                    .map(|choice| Kind::of(&choice.value))
                    .collect();
                if let Some(kinds) = kinds
                    && kinds.iter().all(|kind| self.refused(input, kind).is_some())
                    && let Some(first) = kinds.into_iter().next()
                {
                    self.judge(spot, input, first);
                }
                return;
            }
        }
        let kind = match spot.value {
            // A variable that was null once is not followed well enough: only
            // a `null` that stands here counts.
            Value::Null => self.kind_of_place(spot),
            value => Kind::of(value).or_else(|| self.kind_of_place(spot)),
        };
        match (kind, spot.expression) {
            (Some(kind), _) => self.judge(spot, input, kind),
            (None, Some(expression)) => {
                if !self.typed(spot, input, expression) {
                    self.by_origin(spot, input, Some(expression));
                }
            }
            (None, None) => self.by_origin(spot, input, None),
        }
    }

    fn kind_of_place(&self, spot: Spot<'_>) -> Option<Kind> {
        self.kind_of(spot.expression?)
    }

    fn kind_of(&self, expression: ExpressionRef) -> Option<Kind> {
        missing_member(self.project, self.grammar.datamodel, expression)
            .map(Kind::NoMember)
            .or_else(|| Kind::of_expression(self.project, expression))
    }

    /// What a conditional expression comes to.
    fn leaves(&self, expression: ExpressionRef) -> Vec<ExpressionRef> {
        let facts = self.project.modules.facts(expression.module);
        let inside = |ids: &[snell_extract::facts::ExpressionId]| {
            ids.iter()
                .flat_map(|id| {
                    self.leaves(In {
                        module: expression.module,
                        id: *id,
                    })
                })
                .collect()
        };
        match facts.expression(facts.unwrap_casts(expression.id)) {
            Expression::Conditional {
                then, otherwise, ..
            } => inside(&[*then, *otherwise]),
            Expression::Logical {
                operator: LogicalOperator::Or | LogicalOperator::Coalesce,
                left,
                right,
            } => inside(&[*left, *right]),
            _ => vec![expression],
        }
    }

    fn judge(&mut self, spot: Spot<'_>, input: &Input, kind: Kind) {
        if let Some(kind) = self.refused(input, &kind) {
            self.faults.push(Fault {
                at: spot.at,
                shape: spot.shape,
                field: spot.field,
                key: spot.key.into(),
                kind,
                conditional: spot.conditional,
                declared: spot.declared,
            });
        }
    }

    fn refused(&self, input: &Input, kind: &Kind) -> Option<FaultKind> {
        match (input.atom, kind) {
            (Some(Atom::Enum(id)), Kind::Text(Some(text))) => {
                let values = &self.grammar.datamodel[id];
                (values.value(text).is_none() && !values.values.is_empty())
                    .then(|| FaultKind::UnknownValue(text.clone(), id))
            }
            (Some(Atom::Enum(id)), Kind::NoMember(member)) => {
                let values = &self.grammar.datamodel[id];
                values.value(member).is_none().then(|| {
                    FaultKind::UnknownValue(format!("{}.{member}", values.name).into(), id)
                })
            }
            (_, Kind::NoMember(_)) => None,
            (Some(Atom::Column(model)), Kind::Text(Some(text))) => {
                let columns = self.grammar.keys(Shape::ScalarWhere(model))?;
                columns
                    .get(text)
                    .is_none()
                    .then(|| FaultKind::UnknownColumn(text.clone()))
            }
            // A Json filter's own form is not described where it has no key.
            (None, _) if is_json_filter(input) => None,
            _ => is_refused(input, kind).then(|| FaultKind::WrongType(kind.clone(), *input)),
        }
    }
}

fn is_json_filter(input: &Input) -> bool {
    matches!(
        input.shape,
        Some(Shape::Filter {
            of: Atom::Scalar(snell_prisma::ScalarType::Json),
            ..
        })
    )
}
