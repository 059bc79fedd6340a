//! Where in a loop, or in what it calls, a query stands: whether every round
//! gets there, and whether another round follows.

use snell_extract::facts::{
    Block, Expression, ExpressionId, FunctionBody, FunctionId, ModuleFacts, Statement,
    StatementNode,
    walk::{self, Visitor},
};
use snell_flow::LoopKind;
use snell_project::module::ModuleId;
use snell_source::Span;

use super::repeated::Repeated;
use crate::rule::Context;

/// What the statements around a query say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    /// How many branches of the loop around it depend on the round.
    pub(super) conditions: usize,
    /// Whether what the loop calls comes to it on some paths only.
    pub(super) perhaps_called: bool,
    /// What the loop calls may give an answer of its own before.
    pub(super) answered_before: bool,
    /// After it, its branch leaves the loop.
    pub(super) leaves: bool,
    /// Something in the loop ends it.
    pub(super) may_end_early: bool,
}

/// What is said on the way from the loop to its query.
pub(super) fn of(context: &Context<'_>, one: &Repeated<'_>) -> Standing {
    let call = one.call(context);
    let mut way: Vec<(ModuleId, ExpressionId)> = one
        .chain
        .iter()
        .map(|step| (step.module, step.id))
        .collect();
    way.push((call.module, call.expression));
    let mut standing = Standing::default();
    for (n, (module, expression)) in way.into_iter().enumerate() {
        let facts = context.project.modules.facts(module);
        let around = match n {
            0 => Around::Loop(one.around.kind, one.around.at.span),
            _ => Around::Function,
        };
        let mut finder = Finder {
            target: facts.span(expression),
            around,
            inside: None,
            functions: 0,
            nested: 0,
            branches: Vec::new(),
            standing: Standing::default(),
        };
        finder.block(facts, &facts.body);
        match n {
            0 => standing.conditions = finder.standing.conditions,
            _ => standing.perhaps_called |= finder.standing.conditions > 0,
        }
        standing.answered_before |= finder.standing.answered_before;
        standing.leaves |= finder.standing.leaves;
        standing.may_end_early |= finder.standing.may_end_early;
    }
    standing
}

/// What must be reached before branches count.
#[derive(Debug, Clone, Copy)]
enum Around {
    /// The loop with this head.
    Loop(LoopKind, Span),
    /// The function that holds the target.
    Function,
}

struct Finder {
    target: Span,
    around: Around,
    /// The loop or function, once it is reached, and how many functions were entered then.
    inside: Option<(Span, usize)>,
    functions: usize,
    /// Loops and `switch`es around the target, inside the loop: a `break` is theirs.
    nested: u32,
    /// For each branch around the target, whether it depends on what is inside.
    branches: Vec<bool>,
    standing: Standing,
}

impl Finder {
    fn enter(&mut self, span: Span) {
        self.inside = Some((span, self.functions));
        self.branches.clear();
        self.nested = 0;
        self.standing = Standing::default();
    }

    /// Goes on with the statement that holds the target.
    fn block(&mut self, facts: &ModuleFacts, block: &[StatementNode]) {
        for (n, statement) in block.iter().enumerate() {
            if !statement.span.contains(self.target) {
                continue;
            }
            let of_loop = self.inside.filter(|(_, depth)| *depth == self.functions);
            if of_loop.is_some() && matches!(self.around, Around::Loop(..)) {
                let mut after = block[n..].iter();
                self.standing.leaves |= after.any(|later| match later.kind {
                    Statement::Return(_) => true,
                    Statement::Break(None) => self.nested == 0,
                    _ => false,
                });
            }
            if of_loop.is_some() && matches!(self.around, Around::Function) {
                let mut before = block[..n].iter();
                self.standing.answered_before |= before.any(|one| self.answers(facts, one));
            }
            self.statement(facts, statement);
        }
    }

    fn branch(&mut self, facts: &ModuleFacts, varies: bool, block: &[StatementNode]) {
        if block.iter().any(|one| one.span.contains(self.target)) {
            self.branches.push(varies);
            self.block(facts, block);
            self.branches.pop();
        }
    }

    /// `if (known) return known;`: what was asked for before.
    fn answers(&self, facts: &ModuleFacts, statement: &StatementNode) -> bool {
        let Statement::If { test, then, .. } = &statement.kind else {
            return false;
        };
        let Some(Statement::Return(Some(value))) = then.last().map(|last| &last.kind) else {
            return false;
        };
        let mut kept = facts.unwrap_casts(*value);
        while let Expression::Member { object, .. } = facts.expression(kept) {
            kept = facts.unwrap_casts(*object);
        }
        match facts.expression(kept) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => {
                let mut names = Names {
                    inside: facts.binding(*binding).span,
                    found: false,
                };
                names.expression(facts, *test);
                names.found && self.varies(facts, *test)
            }
            _ => false,
        }
    }

    /// Whether an expression names something that is declared inside.
    fn varies(&self, facts: &ModuleFacts, test: ExpressionId) -> bool {
        let Some((inside, _)) = self.inside else {
            return false;
        };
        let mut names = Names {
            inside,
            found: false,
        };
        names.expression(facts, test);
        names.found
    }

    /// The end of the way: what stood around it counts.
    fn reached(&mut self) {
        let varying = self.branches.iter().filter(|varies| **varies);
        self.standing.conditions = self.inside.map_or(0, |_| varying.count());
    }

    fn enter_loop(&mut self, facts: &ModuleFacts, statement: &StatementNode, body: &Block) {
        let Around::Loop(kind, head) = self.around else {
            return;
        };
        if kind != LoopKind::Callback && statement.span.start == head.start {
            self.enter(statement.span);
            let mut ends = Ends::default();
            walk::walk_block(&mut ends, facts, body);
            self.standing.may_end_early = ends.found;
        }
    }
}

impl Visitor for Finder {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if !statement.span.contains(self.target) {
            return;
        }
        match &statement.kind {
            Statement::If {
                test,
                then,
                otherwise,
            } => {
                self.expression(facts, *test);
                let varies = self.varies(facts, *test);
                self.branch(facts, varies, then);
                self.branch(facts, varies, otherwise.as_deref().unwrap_or_default());
            }
            Statement::Switch { subject, cases } => {
                let varies = self.varies(facts, *subject);
                self.expression(facts, *subject);
                self.nested += 1;
                for case in cases {
                    self.branch(facts, varies, &case.body);
                }
                self.nested = self.nested.saturating_sub(1);
            }
            Statement::Try {
                block,
                handler,
                finalizer,
                ..
            } => {
                self.block(facts, block);
                self.branch(facts, true, handler.as_deref().unwrap_or_default());
                self.block(facts, finalizer.as_deref().unwrap_or_default());
            }
            Statement::Block(body) | Statement::Labeled { body, .. } => self.block(facts, body),
            Statement::For { body, .. }
            | Statement::ForOf { body, .. }
            | Statement::ForIn { body, .. }
            | Statement::While { body, .. }
            | Statement::DoWhile { body, .. }
                if body.iter().any(|one| one.span.contains(self.target)) =>
            {
                self.nested += 1;
                self.enter_loop(facts, statement, body);
                self.block(facts, body);
                self.nested = self.nested.saturating_sub(1);
            }
            _ => walk::walk_statement(self, facts, statement),
        }
    }

    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        let span = facts.span(id);
        if span == self.target {
            self.reached();
            return;
        }
        if !span.contains(self.target) {
            return;
        }
        match facts.expression(id) {
            Expression::Conditional {
                test,
                then,
                otherwise,
            } => {
                self.expression(facts, *test);
                let varies = self.varies(facts, *test);
                self.branches.push(varies);
                self.expression(facts, *then);
                self.expression(facts, *otherwise);
                self.branches.pop();
            }
            Expression::Logical { left, right, .. } => {
                self.expression(facts, *left);
                let varies = self.varies(facts, *left);
                self.branches.push(varies);
                self.expression(facts, *right);
                self.branches.pop();
            }
            Expression::Call { .. } => {
                if let Around::Loop(LoopKind::Callback, head) = self.around
                    && span.start == head.start
                {
                    self.enter(span);
                }
                walk::walk_expression(self, facts, id);
            }
            _ => walk::walk_expression(self, facts, id),
        }
    }

    fn function(&mut self, facts: &ModuleFacts, id: FunctionId) {
        let function = facts.function(id);
        self.functions += 1;
        match &function.body {
            FunctionBody::Block(body) if body.iter().any(|one| one.span.contains(self.target)) => {
                if matches!(self.around, Around::Function) {
                    self.enter(function.span);
                }
                self.block(facts, body);
            }
            FunctionBody::Expression(value) => self.expression(facts, *value),
            _ => {}
        }
        self.functions -= 1;
    }
}

/// Looks for a name that is declared inside a span.
struct Names {
    inside: Span,
    found: bool,
}

impl Visitor for Names {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        if let Expression::Identifier {
            binding: Some(binding),
            ..
        } = facts.expression(id)
        {
            self.found |= self.inside.contains(facts.binding(*binding).span);
        }
        walk::walk_expression(self, facts, id);
    }
}

/// Looks for what ends a loop: a `return`, or a `break` of its own.
#[derive(Default)]
struct Ends {
    nested: u32,
    found: bool,
}

impl Visitor for Ends {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::Return(_) => self.found = true,
            Statement::Break(label) => self.found |= label.is_some() || self.nested == 0,
            Statement::For { .. }
            | Statement::ForOf { .. }
            | Statement::ForIn { .. }
            | Statement::While { .. }
            | Statement::DoWhile { .. }
            | Statement::Switch { .. } => {
                self.nested += 1;
                walk::walk_statement(self, facts, statement);
                self.nested = self.nested.saturating_sub(1);
            }
            _ => walk::walk_statement(self, facts, statement),
        }
    }

    // What a callback gives back does not end the loop around it.
    fn function(&mut self, _: &ModuleFacts, _: FunctionId) {}
}
