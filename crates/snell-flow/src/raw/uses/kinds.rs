//! What is done with a column's value.

use snell_extract::facts::{
    Argument, BinaryOperator, Expression, ExpressionId, LogicalOperator, TypeExpression,
};
use snell_project::{
    Project,
    module::{ExpressionRef, In},
    types::Types,
};

use super::{Shape, Tracker, UseKind};

/// Functions that take every kind of number.
const CONVERSIONS: [&str; 5] = ["Number", "String", "BigInt", "parseFloat", "parseInt"];

impl Tracker<'_> {
    pub(super) fn binary(
        &mut self,
        id: ExpressionId,
        shape: &Shape,
        operator: BinaryOperator,
        other: ExpressionId,
    ) {
        let Shape::Column(name) = shape else { return };
        let is_nothing = matches!(
            self.facts.expression(other),
            Expression::Null | Expression::Undefined
        );
        if is_nothing
            || matches!(
                operator,
                BinaryOperator::Less
                    | BinaryOperator::LessEqual
                    | BinaryOperator::Greater
                    | BinaryOperator::GreaterEqual
            )
        {
            self.converted(id, shape);
        }
        let equals = matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual);
        if equals && !is_nothing {
            let at = self.project.modules.at(self.module, self.facts.span(id));
            self.tell(name, at, UseKind::Compared);
        }
        if !matches!(self.facts.expression(other), Expression::Number(_)) {
            return;
        }
        let kind = match operator {
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder => UseKind::Arithmetic,
            _ => return,
        };
        let at = self.project.modules.at(self.module, self.facts.span(id));
        self.tell(name, at, kind);
    }

    /// `JSON.stringify(row)` without a function that would convert what is in it.
    pub(super) fn handed(
        &mut self,
        id: ExpressionId,
        shape: &Shape,
        callee: ExpressionId,
        arguments: &[Argument],
    ) {
        if callee != id {
            self.goes_on(shape);
        }
        let replaces = arguments.get(1).is_some_and(|second| {
            !matches!(
                self.facts.expression(second.value),
                Expression::Null | Expression::Undefined
            )
        });
        if replaces || arguments.first().is_none_or(|first| first.value != id) {
            return;
        }
        if let Expression::Identifier {
            name,
            binding: None,
        } = self.facts.expression(callee)
            && CONVERSIONS.contains(&name.as_str())
        {
            self.converted(id, shape);
        }
        let module = self.module;
        if takes_any_number(self.project, In { module, id: callee }) {
            self.converted(id, shape);
        }
        let Expression::Member {
            object, property, ..
        } = self.facts.expression(callee)
        else {
            return;
        };
        let json = matches!(
            self.facts.expression(*object),
            Expression::Identifier { name, binding: None } if name == "JSON"
        );
        if json && property.text == "stringify" {
            let at = self.project.modules.at(self.module, self.facts.span(id));
            self.tell(&shape.column(), at, UseKind::Json);
        }
    }

    pub(super) fn converted(&mut self, id: ExpressionId, shape: &Shape) {
        if let Shape::Column(name) = shape {
            let at = self.project.modules.at(self.module, self.facts.span(id));
            self.tell(name, at, UseKind::Converted);
        }
    }

    /// Whether another name is read where this one is not there: `row.count ?? row.COUNT`.
    pub(super) fn has_alternative(&self, id: ExpressionId) -> bool {
        let Some(parent) = self.context.parent(id) else {
            return false;
        };
        match self.facts.expression(parent) {
            Expression::Logical {
                operator: LogicalOperator::Or | LogicalOperator::Coalesce,
                left,
                right,
            } => {
                let other = if *left == id { *right } else { *left };
                let other = self.facts.unwrap_casts(other);
                matches!(
                    self.facts.expression(other),
                    Expression::Member { .. }
                        | Expression::Index { .. }
                        | Expression::Logical { .. }
                )
            }
            _ => false,
        }
    }
}

/// Whether a callee is a conversion, or a function of the workspace that is written for any kind of
/// value: it is declared to take `unknown`, or a bigint among others.
#[must_use]
pub fn takes_any_number(project: &Project, callee: ExpressionRef) -> bool {
    let facts = project.modules.facts(callee.module);
    if let Expression::Identifier {
        name,
        binding: None,
    } = facts.expression(callee.id)
        && CONVERSIONS.contains(&name.as_str())
    {
        return true;
    }
    let Some(function) = Types::new(&project.modules).callee(callee) else {
        return false;
    };
    let facts = project.modules.facts(function.module);
    let first = facts.function(function.id).parameters.first();
    let named = |ty| {
        matches!(facts.type_expression(ty), TypeExpression::Named { name, .. }
            if matches!(name.as_str(), "unknown" | "bigint"))
    };
    let declared = first.and_then(|parameter| parameter.ty);
    declared.is_some_and(|ty| match facts.type_expression(ty) {
        TypeExpression::Union(all) => all.iter().any(|one| named(*one)),
        _ => named(ty),
    })
}
