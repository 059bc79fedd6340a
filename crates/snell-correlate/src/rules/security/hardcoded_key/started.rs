//! What the application asks for when it starts, and gives up without: `if (!process.env.KEY) throw`.

use smol_str::SmolStr;
use snell_extract::facts::{
    Block, Element, Expression, ExpressionId, FunctionBody, LogicalOperator, ModuleFacts,
    Statement, UnaryOperator,
};
use snell_project::module::{ExpressionRef, ModuleId};
use snell_source::{Location, Span};

use super::{
    super::calls::{self, CallSite},
    setting,
    softened::replaced,
};
use crate::rule::Context;

/// The variable that a fallback stands for, and where the start asks for it. That it does so in production alone is
/// enough: elsewhere the key of everybody signs nothing of worth.
pub(super) fn refused(
    context: &Context<'_>,
    constant: ExpressionRef,
) -> Option<(SmolStr, Location)> {
    let name = replaced(context.project.modules.facts(constant.module), constant.id)?;
    let mains: Vec<ModuleId> = calls::modules(context)
        .filter(|(module, facts)| calls::of_module(*module, facts).any(|call| serves(&call)))
        .map(|(module, _)| module)
        .collect();
    let asking = calls::modules(context)
        .filter(|(module, _)| calls::mentions(context, *module, &[name.as_str()]));
    let found = asking.into_iter().find_map(|(module, facts)| {
        let start = Start {
            context,
            module,
            facts,
            name: &name,
        };
        let at = start
            .block(&facts.body)
            .or_else(|| start.functions(&mains))
            .or_else(|| start.strategy())?;
        Some(context.project.modules.at(module, at))
    });
    Some((name, found?))
}

/// `NestFactory.create(...)`
fn serves(call: &CallSite<'_>) -> bool {
    let factory = call.object.is_some_and(|object| {
        matches!(call.facts.expression(object),
            Expression::Identifier { name, .. } if name == "NestFactory")
    });
    factory && call.name.starts_with("create")
}

/// One module that may ask for the variable while the application starts.
struct Start<'a> {
    context: &'a Context<'a>,
    module: ModuleId,
    facts: &'a ModuleFacts,
    name: &'a str,
}

impl Start<'_> {
    /// In the functions that start the application, or that those call by name.
    fn functions(&self, mains: &[ModuleId]) -> Option<Span> {
        let own = mains.contains(&self.module);
        let called = |name: &str| {
            mains.iter().any(|main| {
                let facts = self.context.project.modules.facts(*main);
                let mut calls = calls::of_module(*main, facts);
                calls.any(|call| call.object.is_none() && call.name == name)
            })
        };
        self.facts.functions.iter().find_map(|function| {
            let FunctionBody::Block(body) = &function.body else {
                return None;
            };
            let named = || {
                function
                    .name
                    .as_ref()
                    .is_some_and(|name| called(&name.text))
            };
            let starts = function.class.is_none() && function.parent.is_none();
            (starts && (own || named()))
                .then(|| self.block(body))
                .flatten()
        })
    }

    /// A Passport strategy is not made without its key: `super({ secretOrKey: process.env.KEY })`.
    fn strategy(&self) -> Option<Span> {
        let mut all = calls::of_module(self.module, self.facts);
        all.find_map(|call| {
            let options = call.arguments.first().filter(|_| call.name == "super")?;
            let key = calls::property(self.facts, options.value, "secretOrKey")?;
            let key = self.facts.unwrap_casts(key);
            (setting(self.facts, key)? == self.name && self.is_plain(key))
                .then(|| self.facts.span(key))
        })
    }

    /// `config.get('KEY')`, and not `config.get('KEY', 'text')`.
    fn is_plain(&self, id: ExpressionId) -> bool {
        match self.facts.expression(id) {
            Expression::Call { arguments, .. } => arguments.len() == 1,
            _ => true,
        }
    }

    /// Where the statements of a block give up without the variable.
    fn block(&self, block: &Block) -> Option<Span> {
        block.iter().find_map(|statement| match &statement.kind {
            Statement::If {
                test,
                then,
                otherwise,
            } => {
                if self.gives_up(then) && self.is_missing(*test) {
                    return Some(statement.span);
                }
                let inside = self
                    .is_production(*test)
                    .then(|| self.block(then))
                    .flatten();
                inside.or_else(|| {
                    let otherwise = otherwise.as_ref()?;
                    self.is_development(*test)
                        .then(|| self.block(otherwise))
                        .flatten()
                })
            }
            Statement::Block(inner) => self.block(inner),
            Statement::ForOf { body, iterable, .. } if self.lists(*iterable) => {
                let all = body.iter();
                let mut asks = all.filter(|one| match &one.kind {
                    Statement::If { test, then, .. } => {
                        self.gives_up(then) && self.text(*test).contains("env[")
                    }
                    _ => false,
                });
                asks.next().map(|one| one.span)
            }
            _ => None,
        })
    }

    /// `throw`, `process.exit(1)`
    fn gives_up(&self, block: &Block) -> bool {
        block.iter().any(|statement| match &statement.kind {
            Statement::Throw(_) => true,
            Statement::Expression(value) => {
                self.text(*value).trim_start().starts_with("process.exit(")
            }
            Statement::Block(inner) => self.gives_up(inner),
            _ => false,
        })
    }

    /// Whether a condition holds where the variable is not set, whatever else is so in production.
    fn is_missing(&self, test: ExpressionId) -> bool {
        let test = self.facts.unwrap_casts(test);
        match self.facts.expression(test) {
            Expression::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => self.is_variable(*operand, 3),
            Expression::Logical {
                operator: LogicalOperator::And,
                left,
                right,
            } => {
                self.is_missing(*left) && self.is_production(*right)
                    || self.is_production(*left) && self.is_missing(*right)
            }
            Expression::Logical { left, right, .. } => {
                self.is_missing(*left) || self.is_missing(*right)
            }
            // `missing.length`, `missing.length > 0`
            Expression::Binary { left, .. } => self.counts(*left),
            _ => self.counts(test),
        }
    }

    /// The variable itself, or a name that was given it.
    fn is_variable(&self, id: ExpressionId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let id = self.facts.unwrap_casts(id);
        if setting(self.facts, id).is_some_and(|name| name == self.name) {
            return self.is_plain(id);
        }
        match self.facts.given(id) {
            Some(init) => self.is_variable(init, depth),
            None => {
                let Expression::Call { callee, .. } = self.facts.expression(id) else {
                    return false;
                };
                // `process.env.KEY?.trim()`
                matches!(self.facts.expression(*callee), Expression::Member { object, property, .. }
                    if property.text == "trim" && self.is_variable(*object, depth))
            }
        }
    }

    /// `missing.length` where `missing = NAMES.filter((name) => !process.env[name])`
    fn counts(&self, id: ExpressionId) -> bool {
        let Expression::Member {
            object, property, ..
        } = self.facts.expression(self.facts.unwrap_casts(id))
        else {
            return false;
        };
        let init = self.facts.given(*object);
        property.text == "length"
            && init.is_some_and(|init| {
                let init = self.facts.unwrap_casts(init);
                let call = self.facts.method_call(self.facts.expression(init));
                call.is_some_and(|call| {
                    call.property.text == "filter"
                        && self.text(init).contains("!process.env[")
                        && self.lists(call.object)
                })
            })
    }

    /// Whether an array, or a name that was given one, lists the variable.
    fn lists(&self, id: ExpressionId) -> bool {
        let id = self.facts.unwrap_casts(id);
        let id = self
            .facts
            .given(id)
            .map_or(id, |init| self.facts.unwrap_casts(init));
        match self.facts.expression(id) {
            Expression::Array(elements) => elements.iter().any(|element| {
                matches!(element, Element::Value(value)
                    if matches!(self.facts.expression(*value), Expression::String(text) if text == self.name))
            }),
            _ => false,
        }
    }

    /// `process.env.NODE_ENV === 'production'`, a name that was given that.
    fn is_production(&self, test: ExpressionId) -> bool {
        let text = self.said(test);
        text.contains("production") && text.contains("NODE_ENV") && !text.contains('!')
    }

    /// `process.env.NODE_ENV !== 'production'`, `=== 'development'`
    fn is_development(&self, test: ExpressionId) -> bool {
        let text = self.said(test);
        text.contains("NODE_ENV") && text.contains("!=") && text.contains("production")
    }

    fn said(&self, test: ExpressionId) -> &str {
        let test = self.facts.unwrap_casts(test);
        self.text(self.facts.given(test).unwrap_or(test))
    }

    fn text(&self, id: ExpressionId) -> &str {
        let at = self
            .context
            .project
            .modules
            .at(self.module, self.facts.span(id));
        self.context.text(at)
    }
}
