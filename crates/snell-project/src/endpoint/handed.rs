//! What the parameters of composed decorators hold, by what these are handed where they stand.

use snell_extract::facts::{
    Argument, BinaryOperator, BindingKind, Element, Expression, LogicalOperator, PatternStep,
    UnaryOperator,
};

use super::scan;
use crate::module::{BindingRef, ExpressionRef, FunctionRef, In, Modules, Symbol};

/// The calls of composed decorators around one, innermost last.
pub(super) type Around = [(FunctionRef, ExpressionRef)];

/// What a parameter is handed.
#[derive(Debug, Clone)]
pub(super) enum Handed {
    Value(ExpressionRef),
    /// All that is left: `...roles`.
    List(Vec<ExpressionRef>),
    Nothing,
}

/// Steps on the way to a value.
const DEPTH: u32 = 12;

/// What an expression inside composed decorators stands for; `None` where it is not known.
pub(super) fn value(modules: &Modules, around: &Around, at: ExpressionRef) -> Option<Handed> {
    Reader { modules, around }.value(at, DEPTH)
}

/// The elements of a list inside composed decorators.
pub(super) fn list(
    modules: &Modules,
    around: &Around,
    at: ExpressionRef,
) -> Option<Vec<ExpressionRef>> {
    Reader { modules, around }.list(at, DEPTH)
}

/// Whether a condition inside composed decorators holds.
pub(super) fn holds(modules: &Modules, around: &Around, at: ExpressionRef) -> Option<bool> {
    Reader { modules, around }.holds(at, DEPTH)
}

struct Reader<'a> {
    modules: &'a Modules,
    around: &'a Around,
}

impl Reader<'_> {
    fn value(&self, at: ExpressionRef, depth: u32) -> Option<Handed> {
        let depth = depth.checked_sub(1)?;
        let facts = self.modules.facts(at.module);
        let at = In {
            module: at.module,
            id: facts.unwrap_casts(at.id),
        };
        match facts.expression(at.id) {
            Expression::Identifier { .. } => match scan::symbol(self.modules, at) {
                Symbol::Variable(variable) => self.variable(variable, depth),
                Symbol::Expression(value) => self.value(value, depth),
                Symbol::Unresolved => None,
                _ => Some(Handed::Value(at)),
            },
            Expression::Member {
                object, property, ..
            } => {
                let object = In {
                    module: at.module,
                    id: *object,
                };
                match scan::symbol(self.modules, object) {
                    // A member of an enum.
                    Symbol::Enum(_) | Symbol::External { .. } => Some(Handed::Value(at)),
                    _ => {
                        let whole = self.value(object, depth)?;
                        self.along(
                            whole,
                            &[PatternStep::Property(property.text.clone())],
                            depth,
                        )
                    }
                }
            }
            Expression::Undefined => Some(Handed::Nothing),
            Expression::Call { .. } | Expression::Unknown(_) => None,
            _ => Some(Handed::Value(at)),
        }
    }

    fn variable(&self, variable: BindingRef, depth: u32) -> Option<Handed> {
        let here = |id| In {
            module: variable.module,
            id,
        };
        match &self
            .modules
            .facts(variable.module)
            .binding(variable.id)
            .kind
        {
            BindingKind::Variable {
                init: Some(init), ..
            } => {
                let whole = self.value(here(init.value), depth)?;
                self.along(whole, &init.path, depth)
            }
            BindingKind::Parameter {
                function,
                index,
                path,
            } => {
                let of = |composed: &FunctionRef| {
                    composed.module == variable.module && composed.id == *function
                };
                let (composed, call) = self.around.iter().rev().find(|(one, _)| of(one))?;
                let whole = self.argument(*composed, *call, *index as usize, depth)?;
                self.along(whole, path, depth)
            }
            _ => None,
        }
    }

    /// What a composed decorator is handed at a position.
    fn argument(
        &self,
        composed: FunctionRef,
        call: ExpressionRef,
        index: usize,
        depth: u32,
    ) -> Option<Handed> {
        let facts = self.modules.facts(call.module);
        let arguments = match facts.expression(call.id) {
            Expression::Call { arguments, .. } => &arguments[..],
            _ => &[],
        };
        let parameters = &self
            .modules
            .facts(composed.module)
            .function(composed.id)
            .parameters;
        let here = |id| In {
            module: call.module,
            id,
        };
        if parameters.get(index)?.rest {
            let mut all = Vec::new();
            for Argument { value, spread } in arguments.iter().skip(index) {
                match spread {
                    true => all.extend(self.list(here(*value), depth)?),
                    false => all.push(here(*value)),
                }
            }
            return Some(Handed::List(all));
        }
        if arguments.iter().take(index + 1).any(|one| one.spread) {
            return None;
        }
        match arguments.get(index) {
            Some(argument) => self.value(here(argument.value), depth),
            None => Some(Handed::Nothing),
        }
    }

    fn along(&self, whole: Handed, path: &[PatternStep], depth: u32) -> Option<Handed> {
        let mut value = whole;
        for step in path {
            let PatternStep::Property(name) = step else {
                return None;
            };
            let Handed::Value(of) = value else {
                return None;
            };
            match self.modules.facts(of.module).expression(of.id) {
                Expression::Object(_) => {}
                _ => return None,
            }
            value = match scan::member(self.modules, of, name) {
                Some(member) => self.value(member, depth)?,
                None => Handed::Nothing,
            };
        }
        Some(value)
    }

    fn list(&self, at: ExpressionRef, depth: u32) -> Option<Vec<ExpressionRef>> {
        let depth = depth.checked_sub(1)?;
        match self.value(at, depth)? {
            Handed::List(all) => Some(all),
            Handed::Nothing => Some(Vec::new()),
            Handed::Value(of) => {
                let facts = self.modules.facts(of.module);
                let Expression::Array(elements) = facts.expression(of.id) else {
                    return None;
                };
                let here = |id| In {
                    module: of.module,
                    id,
                };
                let mut all = Vec::new();
                for element in elements {
                    match element {
                        Element::Value(id) => all.push(here(*id)),
                        Element::Spread(id) => all.extend(self.list(here(*id), depth)?),
                        Element::Hole => return None,
                    }
                }
                Some(all)
            }
        }
    }

    fn holds(&self, at: ExpressionRef, depth: u32) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        let facts = self.modules.facts(at.module);
        let here = |id| In {
            module: at.module,
            id,
        };
        match facts.expression(facts.unwrap_casts(at.id)) {
            Expression::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => self.holds(here(*operand), depth).map(|holds| !holds),
            Expression::Logical {
                operator,
                left,
                right,
            } => {
                let sides = (
                    self.holds(here(*left), depth),
                    self.holds(here(*right), depth),
                );
                match (operator, sides) {
                    (LogicalOperator::And, (Some(false), _) | (_, Some(false))) => Some(false),
                    (LogicalOperator::And, (Some(true), Some(true))) => Some(true),
                    (LogicalOperator::Or, (Some(true), _) | (_, Some(true))) => Some(true),
                    (LogicalOperator::Or, (Some(false), Some(false))) => Some(false),
                    _ => None,
                }
            }
            // `roles.length > 0`
            Expression::Binary {
                operator: BinaryOperator::Greater | BinaryOperator::NotEqual,
                left,
                right,
            } => match facts.expression(*right) {
                Expression::Number(zero) if zero == "0" => {
                    self.count(here(*left), depth).map(|count| count > 0)
                }
                _ => None,
            },
            Expression::Boolean(value) => Some(*value),
            Expression::Null => Some(false),
            Expression::Member { property, .. } if property.text == "length" => {
                self.count(at, depth).map(|count| count > 0)
            }
            Expression::Identifier { .. } | Expression::Member { .. } => {
                match self.value(at, depth)? {
                    Handed::Nothing => Some(false),
                    Handed::List(_) => Some(true),
                    Handed::Value(of) => {
                        let facts = self.modules.facts(of.module);
                        match facts.expression(of.id) {
                            Expression::Boolean(value) => Some(*value),
                            Expression::Null => Some(false),
                            Expression::String(text) => Some(!text.is_empty()),
                            Expression::Object(_)
                            | Expression::Array(_)
                            | Expression::Function(_)
                            | Expression::Identifier { .. } => Some(true),
                            _ => None,
                        }
                    }
                }
            }
            _ => None,
        }
    }

    /// The number that `list.length` is.
    fn count(&self, at: ExpressionRef, depth: u32) -> Option<usize> {
        let facts = self.modules.facts(at.module);
        let Expression::Member {
            object, property, ..
        } = facts.expression(facts.unwrap_casts(at.id))
        else {
            return None;
        };
        let object = In {
            module: at.module,
            id: *object,
        };
        (property.text == "length")
            .then(|| self.list(object, depth))?
            .map(|all| all.len())
    }
}
