//! What the statements of a function give back.

use snell_extract::facts::{Block, ExpressionId, Statement};

/// The operands of all `return`s of a block, inner functions left out.
pub(in crate::rules) fn returned(block: &Block) -> Vec<ExpressionId> {
    let mut found = Vec::new();
    collect(block, &mut found);
    found
}

fn collect(block: &Block, found: &mut Vec<ExpressionId>) {
    for statement in block {
        match &statement.kind {
            Statement::Return(Some(value)) => found.push(*value),
            Statement::If {
                then, otherwise, ..
            } => {
                collect(then, found);
                if let Some(otherwise) = otherwise {
                    collect(otherwise, found);
                }
            }
            Statement::Try {
                block,
                handler,
                finalizer,
                ..
            } => {
                collect(block, found);
                for part in [handler, finalizer].into_iter().flatten() {
                    collect(part, found);
                }
            }
            Statement::Switch { cases, .. } => {
                cases.iter().for_each(|case| collect(&case.body, found));
            }
            Statement::Block(body)
            | Statement::Labeled { body, .. }
            | Statement::For { body, .. }
            | Statement::ForOf { body, .. }
            | Statement::ForIn { body, .. }
            | Statement::While { body, .. }
            | Statement::DoWhile { body, .. } => collect(body, found),
            _ => {}
        }
    }
}
