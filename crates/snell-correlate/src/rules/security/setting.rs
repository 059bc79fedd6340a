//! Conditions that depend on nothing but whether a setting is there.

use snell_extract::facts::{
    BinaryOperator, Block, Class, Expression, ExpressionId, FunctionBody, LogicalOperator,
    ModuleFacts, Pattern, Statement, StatementNode, UnaryOperator,
};
use snell_project::module::{In, ModuleId};
use snell_source::Span;

use super::{
    calls,
    material::{self, Material},
};
use crate::rule::Context;

/// Words by which code asks where it runs.
const WHERE: [&str; 8] = [
    "NODE_ENV",
    "nodeEnv",
    "isProd",
    "isDev",
    "APP_ENV",
    "'production'",
    "'development'",
    "\"production\"",
];

/// Words of settings that switch something on purpose.
const SWITCHES: [&str; 4] = ["enable", "disable", "flag", "skip"];

/// Reads conditions in a module, and in one of its classes.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) module: ModuleId,
    pub(super) class: Option<&'a Class>,
}

impl<'a> Settings<'a> {
    pub(super) fn facts(&self) -> &'a ModuleFacts {
        self.context.project.modules.facts(self.module)
    }

    pub(super) fn text(&self, span: Span) -> &str {
        self.context
            .text(self.context.project.modules.at(self.module, span))
    }

    /// Whether some code asks where it runs.
    pub(super) fn asks_where(&self, span: Span) -> bool {
        let text = self.text(span);
        WHERE.iter().any(|word| text.contains(word))
    }

    /// What is missing when a condition holds, when nothing but that decides.
    pub(super) fn absent(&self, test: ExpressionId) -> Option<ExpressionId> {
        let facts = self.facts();
        match facts.expression(facts.unwrap_casts(test)) {
            Expression::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => self.is_setting(*operand).then_some(*operand),
            Expression::Binary {
                operator: BinaryOperator::Equal,
                left,
                right,
            } => {
                let nothing = match facts.expression(facts.unwrap_casts(*right)) {
                    Expression::Undefined | Expression::Null => true,
                    Expression::String(text) => text.is_empty(),
                    _ => false,
                };
                (nothing && self.is_setting(*left)).then_some(*left)
            }
            Expression::Logical {
                operator: LogicalOperator::Or,
                left,
                right,
            } => {
                let found = self.absent(*left)?;
                self.absent(*right).map(|_| found)
            }
            _ => None,
        }
    }

    /// Whether a value is there when, and only when, a setting is.
    pub(super) fn is_setting(&self, id: ExpressionId) -> bool {
        let facts = self.facts();
        let lower = self.text(facts.span(id)).to_ascii_lowercase();
        if SWITCHES.iter().any(|word| lower.contains(word)) {
            return false;
        }
        let at = In {
            module: self.module,
            id,
        };
        if material::of(self.context.project, at) == Material::Environment {
            return true;
        }
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::Member {
                object, property, ..
            } if matches!(facts.expression(*object), Expression::This) => {
                self.is_made_of_setting(&property.text)
            }
            _ => false,
        }
    }

    /// The variable of the environment that is not set where a value is missing, as far as that can
    /// be told: what the value is made of says it, or the message where it is missing, or the only
    /// place of the configuration that reads it under that name.
    pub(super) fn variable(&self, id: ExpressionId) -> Option<String> {
        let facts = self.facts();
        if let Some(name) = self.read_of_environment(self.text(facts.span(id))) {
            return Some(name);
        }
        let Expression::Member {
            object, property, ..
        } = facts.expression(facts.unwrap_casts(id))
        else {
            return None;
        };
        if !matches!(facts.expression(*object), Expression::This) {
            return self.configured(&property.text);
        }
        let constructor = self.class.and_then(Class::constructor)?;
        let FunctionBody::Block(block) = &facts.function(constructor).body else {
            return None;
        };
        let made = flat(block, None);
        let (test, _) = made
            .iter()
            .find(|(_, statement)| self.assigns(statement, &property.text))?;
        let test = (*test)?;
        let around = block.iter().find(|statement| {
            let (outer, inner) = (statement.span, facts.span(test));
            outer.start <= inner.start && inner.end <= outer.end
        })?;
        let said = self.read_of_environment(self.text(around.span));
        said.or_else(|| match facts.expression(facts.unwrap_casts(test)) {
            Expression::Member { property, .. } => self.configured(&property.text),
            _ => None,
        })
    }

    /// The only variable that a text names and some code reads: `API_SECRET`.
    fn read_of_environment(&self, text: &str) -> Option<String> {
        let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let mut names: Vec<&str> = words
            .filter(|word| word.contains('_') && word.chars().all(is_part))
            .filter(|word| self.is_read(&format!("process.env.{word}")))
            .collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [name] => Some((*name).to_owned()),
            _ => None,
        }
    }

    /// The variable that a property of the configuration is: `secret: process.env.API_SECRET`.
    fn configured(&self, property: &str) -> Option<String> {
        let head = format!("{property}: process.env.");
        let mut found: Vec<String> = Vec::new();
        for text in self.texts() {
            for (at, _) in text.match_indices(&head) {
                let before = text[..at].chars().next_back();
                let rest = &text[at + head.len()..];
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let name = &rest[..end.unwrap_or(rest.len())];
                if before.is_none_or(|c| !c.is_alphanumeric())
                    && !found.iter().any(|one| one == name)
                {
                    found.push(name.to_owned());
                }
            }
        }
        (found.len() == 1).then(|| found.remove(0))
    }

    fn is_read(&self, words: &str) -> bool {
        self.texts().any(|text| text.contains(words))
    }

    /// The texts of the application's modules.
    fn texts(&self) -> impl Iterator<Item = &'a str> {
        let context = self.context;
        calls::modules(context).map(|(module, _)| {
            let at = context.project.modules.at(module, Span::default());
            &*context.sources.file(at.file).text
        })
    }

    /// Whether the constructor makes a field where a setting is there:
    /// `if (secret) { this.client = create(secret) }`.
    fn is_made_of_setting(&self, name: &str) -> bool {
        let Some(constructor) = self.class.and_then(Class::constructor) else {
            return false;
        };
        let FunctionBody::Block(block) = &self.facts().function(constructor).body else {
            return false;
        };
        let (mut anywhere, mut under) = (0, 0);
        for (test, statement) in flat(block, None) {
            if self.assigns(statement, name) {
                anywhere += 1;
                under += usize::from(test.is_some_and(|test| self.is_setting(test)));
            }
        }
        anywhere > 0 && anywhere == under
    }

    /// `this.name = value`, when the value is not nothing.
    fn assigns(&self, statement: &StatementNode, name: &str) -> bool {
        let facts = self.facts();
        let Statement::Expression(id) = &statement.kind else {
            return false;
        };
        let Expression::Assign { target, value, .. } = facts.expression(*id) else {
            return false;
        };
        let Pattern::Expression(place) = **target else {
            return false;
        };
        matches!(facts.expression(place), Expression::Member { object, property, .. }
            if property.text == name && matches!(facts.expression(*object), Expression::This))
            && !matches!(
                facts.expression(*value),
                Expression::Null | Expression::Undefined
            )
    }
}

/// All statements of a block, each with the condition of the innermost `if` around it.
pub(super) fn flat(
    block: &Block,
    test: Option<ExpressionId>,
) -> Vec<(Option<ExpressionId>, &StatementNode)> {
    let mut all = Vec::new();
    for statement in block {
        all.push((test, statement));
        match &statement.kind {
            Statement::If {
                test: inner,
                then,
                otherwise,
            } => {
                all.extend(flat(then, Some(*inner)));
                if let Some(otherwise) = otherwise {
                    all.extend(flat(otherwise, None));
                }
            }
            Statement::Block(body) | Statement::Try { block: body, .. } => {
                all.extend(flat(body, test));
            }
            _ => {}
        }
    }
    all
}
