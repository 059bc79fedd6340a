//! What a `catch` lets the sender know.

use snell_extract::facts::{
    Argument, Block, Expression, ExpressionId, ModuleFacts, Property, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_project::module::ModuleId;
use snell_source::Span;

use crate::rule::Context;

/// Errors of the framework that blame who asks, with what they answer.
const BLAMES: [(&str, u16); 8] = [
    ("UnauthorizedException", 401),
    ("BadRequestException", 400),
    ("ForbiddenException", 403),
    ("NotFoundException", 404),
    ("ConflictException", 409),
    ("NotAcceptableException", 406),
    ("UnprocessableEntityException", 422),
    ("PreconditionFailedException", 412),
];

/// The same as words of `HttpStatus`.
const WORDS: [(&str, u16); 9] = [
    ("OK", 200),
    ("NO_CONTENT", 204),
    ("ACCEPTED", 202),
    ("BAD_REQUEST", 400),
    ("UNAUTHORIZED", 401),
    ("FORBIDDEN", 403),
    ("NOT_FOUND", 404),
    ("CONFLICT", 409),
    ("UNPROCESSABLE_ENTITY", 422),
];

/// A `catch` with what it guards.
pub(super) struct Handler<'a> {
    /// In the function that the sender enters: what it gives back is the answer.
    pub(super) entered: bool,
    pub(super) context: Context<'a>,
    pub(super) module: ModuleId,
    pub(super) guarded: &'a Block,
    pub(super) block: &'a Block,
}

/// What hides a failure from the sender.
#[derive(Clone, Copy)]
pub(super) enum Mask {
    /// The sender is told that it is to blame, with this status.
    Blames(Span, u16),
    /// The sender is told nothing.
    Silence(Span),
}

/// What a `catch` lets the sender know of any failure.
pub(super) enum Answer {
    /// Something else, or nothing.
    Masked(Mask),
    /// That something failed here.
    Thrown,
    /// It cannot be told, or depends on what failed.
    Unknown,
}

impl Handler<'_> {
    fn facts(&self) -> &ModuleFacts {
        self.context.project.modules.facts(self.module)
    }

    fn text(&self, span: Span) -> &str {
        self.context
            .text(self.context.project.modules.at(self.module, span))
    }

    pub(super) fn answer(&self) -> Answer {
        let last = self.guarded.last().map_or(0, |last| last.span.end);
        let mut said: Option<Answer> = None;
        for statement in self.block {
            match &statement.kind {
                Statement::Throw(value) => return self.thrown(statement.span, *value),
                Statement::Return(None) => break,
                Statement::Return(Some(value)) => {
                    return match said {
                        Some(said) => said,
                        None => self.explained(self.responded(statement.span, *value)),
                    };
                }
                Statement::If {
                    test,
                    then,
                    otherwise: None,
                } if self.is_of_framework(*test) && is_thrown_on(self.facts(), then) => {}
                Statement::If {
                    then,
                    otherwise: None,
                    ..
                } if then.iter().all(|inner| self.is_report(inner)) => {}
                Statement::Variable { .. } => {}
                _ if self.is_report(statement) => {}
                Statement::Expression(value) => {
                    match self.responded(statement.span, *value) {
                        // What is done about it is not known.
                        Answer::Unknown => return Answer::Unknown,
                        answer => said = Some(answer),
                    }
                }
                _ => return Answer::Unknown,
            }
        }
        let silence = || {
            let span = self.block.first().map_or(Span::new(last, last), |first| {
                self.block
                    .last()
                    .map_or(first.span, |end| first.span.cover(end.span))
            });
            Answer::Masked(Mask::Silence(span))
        };
        self.explained(said.unwrap_or_else(silence))
    }

    /// Who says why nothing is said, means it. An empty block has nothing to point at.
    fn explained(&self, answer: Answer) -> Answer {
        let (Some(start), Some(last)) = (self.guarded.last(), self.block.last()) else {
            return Answer::Unknown;
        };
        let comments = self.facts().comments.iter();
        let inside = Span::new(start.span.end, last.span.end);
        match answer {
            Answer::Masked(Mask::Silence(_))
                if comments.into_iter().any(|one| inside.contains(*one)) =>
            {
                Answer::Unknown
            }
            answer => answer,
        }
    }

    /// `error instanceof HttpException`: what the database throws is none.
    fn is_of_framework(&self, test: ExpressionId) -> bool {
        let text = self.text(self.facts().span(test));
        text.contains("instanceof") && text.contains("Exception") && !text.contains("Prisma")
    }

    fn thrown(&self, span: Span, value: ExpressionId) -> Answer {
        let facts = self.facts();
        let Expression::New {
            callee, arguments, ..
        } = facts.expression(facts.unwrap_casts(value))
        else {
            return Answer::Thrown;
        };
        let name = match facts.expression(*callee) {
            Expression::Identifier { name, .. } => name.as_str(),
            Expression::Member { property, .. } => property.text.as_str(),
            _ => return Answer::Unknown,
        };
        let known = BLAMES.iter().find(|(known, _)| *known == name);
        let status = match known {
            Some((_, status)) => Some(*status),
            None if name == "HttpException" => match arguments.get(1) {
                Some(argument) => self.status(argument.value),
                None => return Answer::Unknown,
            },
            None => None,
        };
        match status {
            Some(status) if (400..500).contains(&status) => {
                Answer::Masked(Mask::Blames(span, status))
            }
            _ => Answer::Thrown,
        }
    }

    /// What an answer that is given back or sent says.
    fn responded(&self, span: Span, value: ExpressionId) -> Answer {
        let facts = self.facts();
        let value = match facts.expression(facts.unwrap_casts(value)) {
            Expression::Await(inner) => *inner,
            _ => facts.unwrap_casts(value),
        };
        let status = match facts.expression(value) {
            Expression::Object(_) | Expression::Boolean(_) | Expression::String(_)
                if self.entered =>
            {
                return Answer::Masked(Mask::Silence(span));
            }
            Expression::New { arguments, .. } => self.option(arguments),
            Expression::Call { .. } => match self.sent(value) {
                Some(status) => Some(status),
                None => return Answer::Unknown,
            },
            _ => return Answer::Unknown,
        };
        match status {
            Some(200..=299) => Answer::Masked(Mask::Silence(span)),
            Some(status @ 400..=499) => Answer::Masked(Mask::Blames(span, status)),
            Some(500..=599) => Answer::Thrown,
            _ => Answer::Unknown,
        }
    }

    /// `response.status(400).json(...)`, `Response.json(..., { status: 400 })`
    fn sent(&self, call: ExpressionId) -> Option<u16> {
        let facts = self.facts();
        let method = facts.method_call(facts.expression(call))?;
        match method.property.text.as_str() {
            "status" | "sendStatus" | "code" => self.status(method.arguments.first()?.value),
            "json" | "send" | "end" => self
                .option(method.arguments)
                .or_else(|| self.sent(method.object)),
            _ => None,
        }
    }

    /// `{ status: 400 }` behind the body of an answer.
    fn option(&self, arguments: &[Argument]) -> Option<u16> {
        let facts = self.facts();
        let options = arguments.get(1)?;
        let Expression::Object(properties) = facts.expression(options.value) else {
            return None;
        };
        properties.iter().find_map(|property| match property {
            Property::Value { key, value, .. } if key.name()?.text == "status" => {
                self.status(*value)
            }
            _ => None,
        })
    }

    /// `400`, `HttpStatus.BAD_REQUEST`
    fn status(&self, value: ExpressionId) -> Option<u16> {
        match self.facts().expression(value) {
            Expression::Number(text) => text.parse().ok(),
            Expression::Member { property, .. } => {
                let known = WORDS.iter().find(|(word, _)| *word == property.text);
                known.map_or(Some(500), |(_, status)| Some(*status))
            }
            _ => None,
        }
    }

    /// `this.logger.error(...)`: told to who reads logs, not to the sender.
    fn is_report(&self, statement: &StatementNode) -> bool {
        let facts = self.facts();
        let Statement::Expression(value) = &statement.kind else {
            return false;
        };
        let Some(method) = facts.method_call(facts.expression(*value)) else {
            return false;
        };
        let receiver = match facts.expression(method.object) {
            Expression::Identifier { name, .. } => name,
            Expression::Member { property, .. } => &property.text,
            _ => return false,
        };
        let lower = receiver.to_ascii_lowercase();
        ["log", "console", "sentry"]
            .iter()
            .any(|word| lower.contains(word))
    }
}

/// Whether a block throws what it was given on.
fn is_thrown_on(facts: &ModuleFacts, block: &Block) -> bool {
    struct Throws(bool);
    impl Visitor for Throws {
        fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
            self.0 |= matches!(statement.kind, Statement::Throw(_));
            walk::walk_statement(self, facts, statement);
        }
    }
    let mut throws = Throws(false);
    walk::walk_block(&mut throws, facts, block);
    throws.0
}
