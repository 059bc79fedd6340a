//! Rows that a function gives back, and what its callers read of them.

use rustc_hash::FxHashSet;
use snell_extract::facts::{
    ExpressionId, Function, FunctionBody, FunctionId, ModuleFacts, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_project::{
    Project,
    client::ClientCall,
    module::{ExpressionRef, FunctionRef, In},
};

use super::{Shape, Use, tracked};

/// All that is read of a query's rows, as far as they are followed.
#[derive(Debug, Default)]
pub struct Uses {
    /// The columns that are read.
    pub found: Vec<Use>,
    /// Whether whole rows come to something that is not followed.
    pub open: bool,
}

/// What the code reads of a query's rows, callers of a function included that gives them back;
/// `sites` says where a function is called.
#[must_use]
pub fn uses_of_callers(
    project: &Project,
    call: &ClientCall,
    sites: &dyn Fn(FunctionRef) -> Vec<ExpressionRef>,
) -> Uses {
    let start = In {
        module: call.module,
        id: call.expression,
    };
    let mut uses = Uses::default();
    let mut open = vec![(start, Shape::Rows, 0)];
    let mut seen = FxHashSet::default();
    while let Some((at, shape, depth)) = open.pop() {
        if !seen.insert((at, shape.clone())) {
            continue;
        }
        let tracked = tracked(project, at, shape);
        uses.open |= tracked.open;
        for one in tracked.found {
            if !uses.found.contains(&one) {
                uses.found.push(one);
            }
        }
        for (function, shape) in tracked.returned {
            let sites = sites(function);
            if depth >= DEPTH || sites.is_empty() {
                uses.open = true;
                continue;
            }
            let further = sites.into_iter();
            open.extend(further.map(|site| (site, shape.clone(), depth + 1)));
        }
    }
    uses
}

/// So many functions may hand rows on.
const DEPTH: u32 = 3;

/// Whether a function gives back an expression of its own.
pub(super) fn is_returned(facts: &ModuleFacts, function: &Function, id: ExpressionId) -> bool {
    match &function.body {
        FunctionBody::Expression(value) => *value == id,
        FunctionBody::Block(block) => {
            let mut returns = Returns { id, found: false };
            walk::walk_block(&mut returns, facts, block);
            returns.found
        }
        _ => false,
    }
}

/// Looks for a `return` of an expression.
struct Returns {
    id: ExpressionId,
    found: bool,
}

impl Visitor for Returns {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if let Statement::Return(Some(value)) = statement.kind {
            self.found |= value == self.id;
        }
        walk::walk_statement(self, facts, statement);
    }

    fn function(&mut self, _: &ModuleFacts, _: FunctionId) {}
}
