//! What stands in the blocks of migrations, `DO $$ ... $$`.

use snell_sql::ast::{Block, Statement, Step, StepKind};

/// The statements of a block, those in branches, loops and handlers too, in the order of the text.
pub(crate) fn statements(block: &Block) -> Vec<&Statement> {
    let mut found = Vec::new();
    in_block(block, &mut found);
    found
}

fn in_block<'a>(block: &'a Block, found: &mut Vec<&'a Statement>) {
    in_steps(&block.body, found);
    for handler in &block.handlers {
        in_steps(&handler.body, found);
    }
}

fn in_steps<'a>(steps: &'a [Step], found: &mut Vec<&'a Statement>) {
    for step in steps {
        match &step.kind {
            StepKind::Sql(statement, _) => found.push(statement),
            StepKind::If(branches, otherwise) => {
                for (_, body) in branches {
                    in_steps(body, found);
                }
                in_steps(otherwise, found);
            }
            StepKind::Block(block) => in_block(block, found),
            StepKind::Loop(body)
            | StepKind::ForEach(_, _, body)
            | StepKind::ForQuery(_, _, body) => in_steps(body, found),
            _ => {}
        }
    }
}
