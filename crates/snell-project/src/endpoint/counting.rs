//! Guards that count what somebody has of what their plan allows.

use snell_extract::facts::{
    BinaryOperator, Block, Expression, ExpressionId, FunctionBody, MemberKind, ModuleFacts,
    Statement, UnaryOperator,
};

use super::scan;
use crate::module::{ClassRef, ModuleId, Modules};

/// Words in the names of guards that count.
const COUNTS: [&str; 9] = [
    "limit", "quota", "plan", "subscri", "usage", "billing", "trial", "seat", "credit",
];

/// Whom a guard that counts lets through where nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counting {
    /// Nobody: it refuses who is not signed in.
    SignedIn,
    /// Everybody: that is for others to ask.
    Anybody,
}

/// Whether a guard refuses nobody but for how much they have, or for a subscription that has ended.
pub(super) fn of(modules: &Modules, class: ClassRef) -> Option<Counting> {
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    let name = declared.name.as_ref()?.text.to_ascii_lowercase();
    if !COUNTS.iter().any(|word| name.contains(word)) || declared.extends.is_some() {
        return None;
    }
    let MemberKind::Method(method) = declared.member("canActivate")?.kind else {
        return None;
    };
    let FunctionBody::Block(block) = &facts.function(method).body else {
        return None;
    };
    let mut body = Body {
        modules,
        module: class.module,
        facts,
        counting: Counting::Anybody,
        counts: false,
        other: false,
    };
    body.block(block, None);
    (body.counts && !body.other).then_some(body.counting)
}

struct Body<'a> {
    modules: &'a Modules,
    module: ModuleId,
    facts: &'a ModuleFacts,
    counting: Counting,
    /// It refuses for how much there is.
    counts: bool,
    /// It refuses for something else.
    other: bool,
}

impl Body<'_> {
    /// The statements of a block; `test` is the innermost condition under which they run.
    fn block(&mut self, block: &Block, test: Option<ExpressionId>) {
        for statement in block {
            match &statement.kind {
                Statement::Throw(_) => self.refused(test),
                Statement::Return(Some(value)) => self.given_back(*value, test),
                Statement::If {
                    test: own,
                    then,
                    otherwise,
                } => {
                    self.block(then, Some(*own));
                    if let Some(otherwise) = otherwise {
                        self.block(otherwise, Some(*own));
                    }
                }
                Statement::Block(inner) => self.block(inner, test),
                Statement::Try { block, .. } => self.block(block, test),
                Statement::Switch { .. }
                | Statement::For { .. }
                | Statement::ForOf { .. }
                | Statement::ForIn { .. }
                | Statement::While { .. }
                | Statement::DoWhile { .. } => self.other = true,
                _ => {}
            }
        }
    }

    fn given_back(&mut self, value: ExpressionId, test: Option<ExpressionId>) {
        match self.facts.expression(self.facts.unwrap_casts(value)) {
            Expression::Boolean(true) => {}
            Expression::Boolean(false) => self.refused(test),
            _ => match self.compares_amounts(value) {
                true => self.counts = true,
                false => self.other = true,
            },
        }
    }

    fn refused(&mut self, test: Option<ExpressionId>) {
        let Some(test) = test else {
            self.other = true;
            return;
        };
        if self.compares_amounts(test) {
            self.counts = true;
        } else if self.is_absence(test) {
            // `if (!user) throw`, `if (!subscription) throw`
            match self.says(test, &["subscri", "plan", "trial", "quota", "credit"]) {
                true => self.counts = true,
                false => self.counting = Counting::SignedIn,
            }
        } else {
            self.other = true;
        }
    }

    /// `used >= plan.maximum`
    fn compares_amounts(&self, test: ExpressionId) -> bool {
        let span = self.facts.span(test);
        let mut inside = scan::inside(self.modules, self.module, span);
        inside.any(|(_, node)| {
            matches!(
                node.kind,
                Expression::Binary {
                    operator: BinaryOperator::Less
                        | BinaryOperator::LessEqual
                        | BinaryOperator::Greater
                        | BinaryOperator::GreaterEqual,
                    ..
                }
            )
        })
    }

    fn is_absence(&self, test: ExpressionId) -> bool {
        matches!(
            self.facts.expression(self.facts.unwrap_casts(test)),
            Expression::Unary {
                operator: UnaryOperator::Not,
                ..
            }
        )
    }

    fn says(&self, test: ExpressionId, words: &[&str]) -> bool {
        let said = scan::words(self.modules, self.module, self.facts.span(test));
        said.iter().any(|word| {
            let word = word.to_ascii_lowercase();
            words.iter().any(|known| word.contains(known))
        })
    }
}
