//! Which parts of a handler run after a failure of the database.

use snell_extract::facts::{Block, ExpressionId, Statement, StatementNode};
use snell_project::module::ModuleId;
use snell_source::Span;

use crate::rule::Context;

/// The parts of a handler that run after some failures alone.
#[derive(Default)]
pub(super) struct After {
    /// After one that the database tells: `P2002`.
    refused: Vec<Span>,
    /// After others, or nobody knows which.
    others: Vec<Span>,
}

impl After {
    /// Whether what stands at a place of the handler runs after a failure of the database alone;
    /// `None` when it may run after others alone.
    pub(super) fn is_refused(&self, at: Span) -> Option<bool> {
        let within = |parts: &[Span]| parts.iter().any(|part| part.contains(at));
        match within(&self.refused) {
            true => Some(true),
            false => (!within(&self.others)).then_some(false),
        }
    }

    fn part(&mut self, block: &[StatementNode], refused: bool) {
        if let (Some(first), Some(last)) = (block.first(), block.last()) {
            let parts = match refused {
                true => &mut self.refused,
                false => &mut self.others,
            };
            parts.push(first.span.cover(last.span));
        }
    }

    fn block(&mut self, context: &Context<'_>, module: ModuleId, block: &Block) {
        for (n, statement) in block.iter().enumerate() {
            match &statement.kind {
                Statement::If {
                    test,
                    then,
                    otherwise,
                } => {
                    let others = is_other(context, module, *test);
                    self.part(then, is_failure(context, module, *test));
                    self.block(context, module, then);
                    if let Some(otherwise) = otherwise {
                        self.part(otherwise, others);
                        self.block(context, module, otherwise);
                    }
                    if others && leaves(then) {
                        self.part(&block[n + 1..], true);
                    }
                }
                Statement::Switch { .. } => self.part(std::slice::from_ref(statement), false),
                Statement::Block(body) => self.block(context, module, body),
                _ => {}
            }
        }
    }
}

/// The parts of a handler.
pub(super) fn of(context: &Context<'_>, module: ModuleId, handler: &Block) -> After {
    let mut after = After::default();
    after.block(context, module, handler);
    after
}

fn leaves(block: &Block) -> bool {
    block
        .last()
        .is_some_and(|last| matches!(last.kind, Statement::Return(_) | Statement::Throw(_)))
}

/// Codes by which Prisma, or PostgreSQL itself, says that a statement has failed in the database.
const CODES: [&str; 8] = [
    "P2000", "P2002", "P2003", "P2004", "P2011", "23503", "23505", "23514",
];

fn text<'a>(context: &'a Context<'_>, module: ModuleId, test: ExpressionId) -> &'a str {
    let modules = &context.project.modules;
    context.text(modules.at(module, modules.facts(module).span(test)))
}

fn has_code(text: &str) -> bool {
    CODES.iter().any(|code| text.contains(code))
}

fn has_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["unique", "duplicate", "constraint"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Whether a condition holds for a failure of the database: `error.code === 'P2002'`, `isUniqueViolation(error)`.
pub(super) fn is_failure(context: &Context<'_>, module: ModuleId, test: ExpressionId) -> bool {
    let text = text(context, module, test);
    has_code(text) && !text.contains("!=") || !text.contains('!') && has_word(text)
}

/// Whether a condition holds for all but that: `error.code !== 'P2002'`, `!isUniqueViolation(error)`.
fn is_other(context: &Context<'_>, module: ModuleId, test: ExpressionId) -> bool {
    let text = text(context, module, test);
    has_code(text) && text.contains("!=") || text.starts_with('!') && has_word(text)
}
