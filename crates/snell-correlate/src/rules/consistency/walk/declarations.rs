//! What declarations say of values of which nothing else is known.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, Property};
use snell_flow::{Entry, ObjectValue, Value};
use snell_project::{
    client::arguments::{Atom, Input, Listing, Shape},
    module::{ExpressionRef, In},
};

use super::{Fault, FaultKind, Spot, Walk, typed};
use crate::{
    rules::consistency::{kind::Kind, narrowed::is_narrowed, typed::Typed},
    support::declared::may_be_absent,
};

impl<'p> Walk<'p> {
    /// Judges an expression by what it is declared as; whether that is known.
    pub(super) fn typed(
        &mut self,
        spot: Spot<'_>,
        input: &Input,
        expression: ExpressionRef,
    ) -> bool {
        let Some(typed) = typed::of(&self.context, expression) else {
            return false;
        };
        self.of_declaration(spot, input, &typed, Some(expression));
        true
    }

    /// Judges a value by its declaration; `at` is its expression, where it has one.
    pub(super) fn of_declaration(
        &mut self,
        spot: Spot<'_>,
        input: &Input,
        typed: &Typed<'p>,
        at: Option<ExpressionRef>,
    ) {
        if let Some(Atom::Enum(_)) = input.atom {
            self.listed(spot, input, typed, at);
        } else if typed.kinds(&self.context) == Some((vec![Kind::Object], false))
            && let Some(shape) = input.shape
        {
            self.whole(shape, typed, spot);
        } else {
            self.declared(spot, input, typed);
        }
    }

    /// A value whose type the place refuses, whichever of its kinds it is.
    fn declared(&mut self, spot: Spot<'_>, input: &Input, typed: &Typed<'p>) {
        let Some((kinds, list)) = typed.kinds(&self.context) else {
            return;
        };
        if list && input.atoms == Listing::One {
            return;
        }
        let one = Input {
            shapes: Listing::One,
            atoms: Listing::One,
            ..*input
        };
        let declared = typed.at(&self.context);
        self.all_refused(spot, &one, kinds.into_iter(), declared);
    }

    /// A value of a list that has one which the schema's enum has not.
    fn listed(
        &mut self,
        spot: Spot<'_>,
        input: &Input,
        typed: &Typed<'p>,
        at: Option<ExpressionRef>,
    ) {
        let Some(texts) = typed.texts(&self.context) else {
            return self.declared(spot, input, typed);
        };
        let is_unknown = |text: &SmolStr| {
            let kind = Kind::Text(Some(text.clone()));
            self.refused(input, &kind).is_some()
        };
        let unknown: Vec<&SmolStr> = texts.iter().filter(|text| is_unknown(text)).collect();
        let Some(first) = unknown.first() else {
            return;
        };
        let narrowed = || at.is_none_or(|at| is_narrowed(&self.context, at));
        if unknown.len() < texts.len() && narrowed() {
            return;
        }
        let spot = Spot {
            declared: Some(typed.at(&self.context)),
            ..spot
        };
        let kind = Kind::Text(Some(SmolStr::clone(first)));
        self.judge(spot, input, kind);
    }

    /// An object that is declared, and stands where one of a shape does.
    fn whole(&mut self, shape: Shape, typed: &Typed<'p>, spot: Spot<'_>) {
        if !is_data(shape) {
            return;
        }
        let none = ObjectValue::default();
        let spot = Spot { shape, ..spot };
        self.members(&none, std::slice::from_ref(typed), spot);
        self.required(&none, std::slice::from_ref(typed), spot);
    }

    /// An object that is written out at this place, and what is spread into it.
    pub(super) fn literal(&mut self, object: &ObjectValue, spot: Spot<'_>) {
        let Some(expression) = spot.expression else {
            return;
        };
        let facts = self.project.modules.facts(expression.module);
        let id = facts.unwrap_casts(expression.id);
        let Expression::Object(properties) = facts.expression(id) else {
            return;
        };
        let spread = properties.iter().filter_map(|property| match property {
            Property::Spread { value, .. } => Some(In {
                module: expression.module,
                id: *value,
            }),
            _ => None,
        });
        let spread: Vec<Typed<'p>> = spread
            .filter_map(|value| typed::of(&self.context, value))
            .collect();
        if is_data(spot.shape) {
            self.members(object, &spread, spot);
        }
        // What is known value by value needs no declaration; of what else is spread, nothing is known.
        if object.spreads.is_empty() {
            self.required(object, &[], spot);
        } else if object.spreads.len() <= spread.len() {
            self.required(object, &spread, spot);
        }
    }

    /// The properties of declared objects, beside the columns that take them.
    fn members(&mut self, object: &ObjectValue, spread: &[Typed<'p>], spot: Spot<'_>) {
        let Some(keys) = self.grammar.keys(spot.shape) else {
            return;
        };
        // What destructuring took out is not known here, and the last one that has a property wins.
        let [typed] = spread else {
            return;
        };
        let Some(names) = typed.names(&self.context).filter(|_| !typed.rest) else {
            return;
        };
        for key in keys.all.iter().filter(|key| !key.input.anything) {
            if object.entries.contains_key(&key.name) || !names.contains(&key.name) {
                continue;
            }
            let Some(property) = typed.property(&self.context, &key.name) else {
                continue;
            };
            let spot = Spot {
                field: key.field.or(spot.field),
                key: &key.name,
                ..spot
            };
            self.declared(spot, &key.input, &property);
        }
    }

    /// What a create lacks.
    fn required(&mut self, object: &ObjectValue, spread: &[Typed<'p>], spot: Spot<'_>) {
        let requirements = spot.shape.requirements(self.grammar.datamodel);
        if requirements.is_empty() {
            return;
        }
        let names: Option<Vec<Vec<SmolStr>>> =
            spread.iter().map(|one| one.names(&self.context)).collect();
        let Some(names) = names else { return };
        // What is declared to be there and seems to be nothing was not followed well enough.
        let promised = |entry: &Entry| {
            let typed = entry.at.and_then(|at| typed::of(&self.context, at));
            typed.is_some_and(|typed| !may_be_absent(&self.context, &typed.declared))
        };
        let filled = |key: &SmolStr| {
            let given = object.entries.get(key);
            given.is_some_and(|entry| entry.value != Value::Undefined || promised(entry))
                || spread.iter().zip(&names).any(|(one, names)| {
                    let property = one.property(&self.context, key);
                    names.contains(key)
                        && property.is_none_or(|property| !property.declared.optional)
                })
        };
        let missing: Vec<_> = requirements
            .into_iter()
            .filter(|requirement| {
                let mut groups = requirement.any_of.iter();
                !groups.any(|group| group.iter().all(filled))
            })
            .collect();
        // An object that fills nothing of a row is made for something else.
        let fills = |names: &Vec<SmolStr>| self.has_column(spot.shape, names);
        if !spread.is_empty() && object.entries.is_empty() && !names.iter().any(fills) {
            return;
        }
        for requirement in missing {
            let declared = spread.first().map(|one| one.at(&self.context));
            self.faults.push(Fault {
                at: spot.at,
                shape: spot.shape,
                field: Some(requirement.field),
                key: spot.key.into(),
                kind: FaultKind::Missing(requirement),
                conditional: spot.conditional,
                declared,
            });
        }
    }

    /// Whether some names are keys of a shape.
    fn has_column(&self, shape: Shape, names: &[SmolStr]) -> bool {
        let keys = self.grammar.keys(shape);
        keys.is_some_and(|keys| names.iter().any(|name| keys.get(name).is_some()))
    }
}

/// Whether an object of this shape is written to rows.
fn is_data(shape: Shape) -> bool {
    matches!(
        shape,
        Shape::Create(..) | Shape::CreateMany(..) | Shape::Update(..) | Shape::UpdateMany(..)
    )
}
