//! Which models an extension of a client writes its condition for: `if (!OWNED.has(model)) return query(args)`.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Block, Element, Expression, ExpressionId, FunctionId, ModuleFacts, Statement,
    StatementNode, UnaryOperator,
    walk::{Visitor, walk_expression, walk_statement},
};
use snell_source::Span;

use super::Types;
use crate::module::{ModuleId, Symbol};

/// Models of a schema, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Models {
    /// All, as far as is known.
    #[default]
    All,
    /// These.
    Only(Arc<[SmolStr]>),
    /// All but these.
    Except(Arc<[SmolStr]>),
}

impl Models {
    /// Whether the model of this name is one of them.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Models::All => true,
            Models::Only(names) => names.iter().any(|one| one == name),
            Models::Except(names) => !names.iter().any(|one| one == name),
        }
    }

    /// Those of either.
    fn or(self, other: Models) -> Models {
        if self == other { self } else { Models::All }
    }

    /// Those of two clients of which one goes on from the other.
    pub(super) fn both(a: Option<Models>, b: Option<Models>) -> Option<Models> {
        match (a, b) {
            (Some(a), Some(b)) => Some(a.or(b)),
            (a, b) => a.or(b),
        }
    }
}

/// Names followed to a list: a constant, and what it is made of.
const NAMES: u32 = 4;

impl Types<'_> {
    /// The models that the functions in a part of a module ask for by name before they change a query.
    pub(super) fn models_in(&self, module: ModuleId, span: Span) -> Models {
        let facts = self.modules.facts(module);
        let mut asked = Asked {
            types: self,
            module,
            found: Vec::new(),
        };
        for (function, n) in facts.functions.iter().zip(0u32..) {
            let outermost = function
                .parent
                .is_none_or(|parent| !span.contains(facts.function(parent).span));
            if outermost && span.contains(function.span) {
                asked.function(facts, FunctionId(n));
            }
        }
        let mut found = asked.found.into_iter();
        let first = found.next().unwrap_or_default();
        found.fold(first, Models::or)
    }

    /// The texts of a list that is written out: an array, a set of one, a constant that holds it.
    fn texts_of(&self, module: ModuleId, id: ExpressionId, names: u32) -> Option<Vec<SmolStr>> {
        let facts = self.modules.facts(module);
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::Array(elements) => elements
                .iter()
                .map(|element| match element {
                    Element::Value(value) => self.text_of(module, *value),
                    _ => None,
                })
                .collect(),
            Expression::New {
                callee, arguments, ..
            } => {
                let set = matches!(facts.expression(*callee),
                    Expression::Identifier { name, .. } if name == "Set");
                let list = arguments.first().filter(|_| set)?;
                self.texts_of(module, list.value, names.checked_sub(1)?)
            }
            // `Object.freeze([...])`
            Expression::Call { arguments, .. } => match &arguments[..] {
                [only] => self.texts_of(module, only.value, names.checked_sub(1)?),
                _ => None,
            },
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => {
                let Symbol::Variable(variable) = self.modules.binding(module, *binding) else {
                    return None;
                };
                let owner = self.modules.facts(variable.module);
                match &owner.binding(variable.id).kind {
                    BindingKind::Variable {
                        init: Some(init), ..
                    } if init.path.is_empty() => {
                        self.texts_of(variable.module, init.value, names.checked_sub(1)?)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `'User'`, `Prisma.ModelName.User`
    fn text_of(&self, module: ModuleId, id: ExpressionId) -> Option<SmolStr> {
        let facts = self.modules.facts(module);
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::String(text) => Some(text.clone()),
            Expression::Member {
                object, property, ..
            } => {
                let of_names = matches!(facts.expression(*object),
                    Expression::Member { property, .. } if property.text == "ModelName");
                of_names.then(|| property.text.clone())
            }
            _ => None,
        }
    }
}

struct Asked<'a> {
    types: &'a Types<'a>,
    module: ModuleId,
    found: Vec<Models>,
}

impl Visitor for Asked<'_> {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if let Statement::If { test, then, .. } = &statement.kind {
            let mut lists = Lists::default();
            lists.expression(facts, *test);
            for (list, negated) in lists.found {
                let Some(names) = self.types.texts_of(self.module, list, NAMES) else {
                    continue;
                };
                self.found.push(match negated == passes_on(facts, then) {
                    true => Models::Only(names.into()),
                    false => Models::Except(names.into()),
                });
            }
        }
        walk_statement(self, facts, statement);
    }
}

/// Lists that are asked whether they hold `model`, each with whether it is asked that they do not.
#[derive(Default)]
struct Lists {
    negated: bool,
    found: Vec<(ExpressionId, bool)>,
}

impl Visitor for Lists {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => {
                self.negated = !self.negated;
                self.expression(facts, *operand);
                self.negated = !self.negated;
            }
            Expression::Call {
                callee, arguments, ..
            } => {
                if let Expression::Member {
                    object, property, ..
                } = facts.expression(*callee)
                    && matches!(property.text.as_str(), "has" | "includes")
                    && let [asked] = &arguments[..]
                    && is_model(facts, asked.value)
                {
                    self.found.push((*object, self.negated));
                }
            }
            _ => walk_expression(self, facts, id),
        }
    }
}

/// `model`, `model!`, `model as string`, `model ?? ''`: as an extension is handed it.
fn is_model(facts: &ModuleFacts, id: ExpressionId) -> bool {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => name == "model",
        Expression::Logical { left, .. } => is_model(facts, *left),
        _ => false,
    }
}

/// Whether a block does nothing but hand on what was asked: `return query(args)`.
fn passes_on(facts: &ModuleFacts, block: &Block) -> bool {
    let [only] = &block[..] else {
        return false;
    };
    let Statement::Return(Some(value)) = &only.kind else {
        return false;
    };
    let value = match facts.expression(facts.unwrap_casts(*value)) {
        Expression::Await(value) => *value,
        _ => *value,
    };
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(facts.unwrap_casts(value))
    else {
        return false;
    };
    let is = |id: ExpressionId, wanted: &str| {
        matches!(facts.expression(facts.unwrap_casts(id)),
            Expression::Identifier { name, .. } if name == wanted)
    };
    is(*callee, "query") && matches!(&arguments[..], [args] if is(args.value, "args"))
}
