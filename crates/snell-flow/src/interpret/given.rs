//! What the `return` statements of a function come to together, and those by which it refuses where nobody looks at
//! what it gives back: `mayEdit(user, row);` where `mayEdit` gives back `false`.

use snell_extract::facts::{Expression, ExpressionId};
use snell_project::Project;

use super::Frame;
use crate::{
    event::{EventKind, Summary},
    fact::Fact,
    facts::Facts,
    value::{Literal, Root, Step, Value},
};

/// What holds at every `return`: what all share, and that one of the ways was taken.
pub(super) fn common_facts(returns: &[(Value, Facts)]) -> Facts {
    let ways = returns.iter().map(|(_, facts)| facts.clone());
    ways.reduce(Facts::either).unwrap_or_default()
}

/// What is given back, each possibility with what holds then and not always.
pub(super) fn joined(returns: &[(Value, Facts)], known: &Facts) -> Value {
    let beyond = |facts: &Facts| {
        let mut apart = facts.beyond(known);
        apart.retain(|fact| !known.contains(fact));
        apart
    };
    let ways = returns.iter();
    ways.map(|(value, facts)| (value.clone(), beyond(facts)))
        .reduce(|(a, a_facts), (b, b_facts)| (Value::join(a, &a_facts, b, &b_facts), Vec::new()))
        .map_or(Value::Undefined, |(value, _)| value)
}

impl Frame<'_, '_> {
    /// Whether a call gives back `false` (or nothing) where a column of a row is empty, `true` elsewhere, and nobody
    /// looks at that: those who should have been refused come past it.
    pub(super) fn is_refusal_ignored(&self, id: ExpressionId, summary: &Summary) -> bool {
        let module = self.interpreter.project.modules.get(self.module);
        let context = &module.context;
        let awaited = context
            .parent(id)
            .filter(|parent| matches!(module.facts.expression(*parent), Expression::Await(_)));
        if !context.is_discarded(awaited.unwrap_or(id)) || is_refusal(&summary.result) {
            return false;
        }
        summary.events.iter().any(|event| {
            matches!(&event.kind, EventKind::Return { value } if is_refusal(value))
                && event
                    .facts
                    .iter()
                    .any(|fact| is_empty_column(self.interpreter.project, fact))
        })
    }
}

/// `false`, `null`
fn is_refusal(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Literal(Literal::Boolean(false)))
}

/// Whether a column is empty that may be.
fn is_empty_column(project: &Project, fact: &Fact) -> bool {
    let Fact::Falsy(Value::Opaque(opaque)) = fact else {
        return false;
    };
    let (Root::Row(row), [Step::Property(name)]) = (&opaque.root, opaque.path.as_slice()) else {
        return false;
    };
    let model = project.calls.get(row.call).model();
    let field = model.and_then(|model| project.schemas.model(model).field(name));
    field.is_some_and(|field| !field.is_required() && !field.is_list())
}
