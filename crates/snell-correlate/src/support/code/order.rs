//! In which order two places of a function are come to, as far as its
//! statements say.

use snell_extract::facts::{
    Block, Expression, ExpressionKind, FunctionBody, FunctionId, ModuleFacts, Statement,
    StatementNode,
    walk::{self, Visitor},
};
use snell_source::Span;

/// Where a place stands: the blocks around it, outermost first.
#[derive(Debug)]
pub(crate) struct Place<'f> {
    at: Span,
    levels: Vec<Level<'f>>,
}

#[derive(Debug, Clone, Copy)]
struct Level<'f> {
    block: &'f Block,
    position: usize,
    part: Part,
}

/// The part of a statement in which a place stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// An expression of the statement itself.
    Own,
    Then,
    Otherwise,
    Body,
    Case(usize),
    Guarded,
    Handler,
    Finalizer,
    Plain,
    Callback(FunctionId),
}

impl<'f> Place<'f> {
    /// Of what stands at `at`, in a function (or, without one, in the module's own statements).
    pub(crate) fn of(facts: &'f ModuleFacts, function: Option<FunctionId>, at: Span) -> Self {
        let mut levels = Vec::new();
        let mut block = match function {
            None => Some(&facts.body),
            Some(id) => body(facts, id),
        };
        while let Some(current) = block {
            let Some((position, statement)) = holder(current, at) else {
                break;
            };
            let (part, inner) = part_of(facts, statement, at);
            levels.push(Level {
                block: current,
                position,
                part,
            });
            block = inner;
        }
        Place { at, levels }
    }

    /// The innermost statement in which the place stands.
    pub(crate) fn statement(&self) -> Option<&'f Statement> {
        let level = self.levels.last()?;
        Some(&level.block[level.position].kind)
    }

    /// The `try`s around the place that have a `catch`, innermost first: what
    /// they guard, and the `catch`.
    pub(crate) fn tries(&self) -> impl Iterator<Item = (&'f Block, &'f Block)> {
        self.levels.iter().rev().filter_map(|level| {
            match (level.part, &level.block[level.position].kind) {
                (Part::Guarded, Statement::Try { block, handler, .. }) => {
                    Some((block, handler.as_ref()?))
                }
                _ => None,
            }
        })
    }

    /// The `catch` blocks of the `try`s around the place, innermost first.
    pub(crate) fn handlers(&self) -> impl Iterator<Item = &'f Block> {
        self.tries().map(|(_, handler)| handler)
    }

    /// Whether the place stands in a `catch` or `finally`.
    pub(crate) fn is_after_failure(&self) -> bool {
        let parts = self.levels.iter().map(|level| level.part);
        parts
            .into_iter()
            .any(|part| matches!(part, Part::Handler | Part::Finalizer))
    }

    /// The blocks around the place that not every run of the function comes to, outermost first.
    pub(crate) fn branches(&self) -> impl Iterator<Item = &'f Block> {
        self.levels.windows(2).filter_map(|pair| {
            let always = matches!(pair[0].part, Part::Own | Part::Guarded | Part::Plain);
            (!always).then_some(pair[1].block)
        })
    }

    /// Whether a statement before the place may end the function with an answer.
    pub(crate) fn is_answered_before(&self, facts: &ModuleFacts) -> bool {
        let before = self
            .levels
            .iter()
            .flat_map(|level| &level.block[..level.position]);
        let mut returns = Returns(false);
        before
            .into_iter()
            .for_each(|statement| returns.statement(facts, statement));
        returns.0
    }

    /// Whether both places stand under the same `try`s.
    pub(crate) fn shares_handlers(&self, other: &Place<'_>) -> bool {
        let pointers = |place: &Place<'_>| -> Vec<*const Block> {
            place.handlers().map(std::ptr::from_ref).collect()
        };
        pointers(self) == pointers(other)
    }
}

/// Whether something gives an answer; what functions inside give is theirs.
struct Returns(bool);

impl Visitor for Returns {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        self.0 |= matches!(statement.kind, Statement::Return(_));
        walk::walk_statement(self, facts, statement);
    }

    fn function(&mut self, _: &ModuleFacts, _: FunctionId) {}
}

/// Whether a run of the function may come to `first` and then to `second`,
/// which stands after it.
pub(crate) fn leads_to(facts: &ModuleFacts, first: &Place<'_>, second: &Place<'_>) -> bool {
    let mut apart = 0;
    loop {
        let (Some(a), Some(b)) = (first.levels.get(apart), second.levels.get(apart)) else {
            return !are_alternatives(facts, first.at, second.at);
        };
        if !std::ptr::eq(a.block, b.block) {
            return true;
        }
        if a.position != b.position {
            return !leaves(&first.levels[apart..]);
        }
        if a.part != b.part {
            return !matches!(
                (a.part, b.part),
                (Part::Then, Part::Otherwise)
                    | (Part::Otherwise, Part::Then)
                    | (Part::Guarded, Part::Handler)
                    | (Part::Handler, Part::Guarded)
                    | (Part::Case(_), Part::Case(_))
            );
        }
        apart += 1;
    }
}

/// Whether the ways on from a place leave the function (or the loop's round)
/// before the statements after the outermost of these levels.
fn leaves(levels: &[Level<'_>]) -> bool {
    let mut in_loop = false;
    if ends_here(&levels[0], false) {
        return true;
    }
    for pair in levels.windows(2) {
        let (outer, inner) = (pair[0], pair[1]);
        match outer.part {
            // What returns in there returns from the callback.
            Part::Callback(_) => return false,
            // Thrown there is caught here.
            Part::Guarded => return false,
            Part::Body => in_loop = true,
            _ => {}
        }
        let rest = &inner.block[inner.position..];
        let after = rest
            .iter()
            .skip(1)
            .any(|statement| exits(statement, in_loop));
        if after || ends_here(&inner, in_loop) {
            return true;
        }
    }
    false
}

/// `return await query()`: nothing comes after it.
fn ends_here(level: &Level<'_>, in_loop: bool) -> bool {
    level.part == Part::Own && exits(&level.block[level.position], in_loop)
}

fn exits(statement: &StatementNode, in_loop: bool) -> bool {
    match &statement.kind {
        Statement::Return(_) | Statement::Throw(_) => true,
        Statement::Break(_) | Statement::Continue(_) => !in_loop,
        Statement::Block(body) => body.iter().any(|inner| exits(inner, in_loop)),
        _ => false,
    }
}

fn body(facts: &ModuleFacts, id: FunctionId) -> Option<&Block> {
    match &facts.function(id).body {
        FunctionBody::Block(block) => Some(block),
        _ => None,
    }
}

fn holder(block: &Block, at: Span) -> Option<(usize, &StatementNode)> {
    let mut statements = block.iter().enumerate();
    statements.find(|(_, statement)| statement.span.contains(at))
}

/// The part of a statement that holds a place, and the block of it.
fn part_of<'f>(
    facts: &'f ModuleFacts,
    statement: &'f StatementNode,
    at: Span,
) -> (Part, Option<&'f Block>) {
    let inside = |block: &'f Block| holder(block, at).is_some();
    let of = |part, block: &'f Block| (part, Some(block));
    match &statement.kind {
        Statement::If { then, .. } if inside(then) => return of(Part::Then, then),
        Statement::If {
            otherwise: Some(otherwise),
            ..
        } if inside(otherwise) => return of(Part::Otherwise, otherwise),
        Statement::For { body, .. }
        | Statement::ForOf { body, .. }
        | Statement::ForIn { body, .. }
        | Statement::While { body, .. }
        | Statement::DoWhile { body, .. }
            if inside(body) =>
        {
            return of(Part::Body, body);
        }
        Statement::Switch { cases, .. } => {
            let found = cases
                .iter()
                .enumerate()
                .find(|(_, case)| inside(&case.body));
            if let Some((n, case)) = found {
                return of(Part::Case(n), &case.body);
            }
        }
        Statement::Try {
            block,
            handler,
            finalizer,
            ..
        } => {
            if inside(block) {
                return of(Part::Guarded, block);
            }
            if let Some(handler) = handler.as_ref().filter(|block| inside(block)) {
                return of(Part::Handler, handler);
            }
            if let Some(finalizer) = finalizer.as_ref().filter(|block| inside(block)) {
                return of(Part::Finalizer, finalizer);
            }
        }
        Statement::Block(body) | Statement::Labeled { body, .. } if inside(body) => {
            return of(Part::Plain, body);
        }
        _ => {}
    }
    // A callback in one of the statement's expressions, the outermost first.
    let callback =
        facts.functions.iter().zip(0u32..).find(|(function, _)| {
            statement.span.contains(function.span) && function.span.contains(at)
        });
    match callback {
        Some((_, n)) => {
            let id = FunctionId(n);
            (Part::Callback(id), body(facts, id))
        }
        None => (Part::Own, None),
    }
}

/// Whether two places stand in different arms of one `? :`.
fn are_alternatives(facts: &ModuleFacts, a: Span, b: Span) -> bool {
    facts
        .all([ExpressionKind::Conditional])
        .any(|(_, node)| match &node.kind {
            Expression::Conditional {
                then, otherwise, ..
            } if node.span.contains(a) && node.span.contains(b) => {
                let (then, otherwise) = (facts.span(*then), facts.span(*otherwise));
                then.contains(a) && otherwise.contains(b)
                    || otherwise.contains(a) && then.contains(b)
            }
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::{Place, leads_to};
    use snell_extract::facts::{FunctionId, ModuleFacts};
    use snell_source::Span;

    fn span(text: &str, part: &str) -> Span {
        let start = u32::try_from(text.find(part).expect("part")).expect("short");
        Span::new(start, start + u32::try_from(part.len()).expect("short"))
    }

    fn both(body: &str) -> bool {
        let text = format!("async function f() {{ {body} }}");
        let facts: ModuleFacts = snell_extract::extract(&text, snell_extract::Dialect::TypeScript);
        let place = |part| Place::of(&facts, Some(FunctionId(0)), span(&text, part));
        leads_to(&facts, &place("a()"), &place("b()"))
    }

    #[test]
    fn one_after_the_other() {
        assert!(both("await a(); await b();"));
        assert!(both("if (x) { await a(); } await b();"));
        assert!(both(
            "for (const x of y) { await a(); continue; } await b();"
        ));
        assert!(both(
            "await Promise.all(xs.map(async () => { await a(); return await b(); }));"
        ));
        assert!(both(
            "await Promise.all(xs.map(async () => { return a(); })); await b();"
        ));
    }

    #[test]
    fn one_or_the_other() {
        assert!(!both("if (x) { await a(); } else { await b(); }"));
        assert!(!both("if (x) { await a(); return; } await b();"));
        assert!(!both("if (x) { return await a(); } await b();"));
        assert!(!both(
            "for (const x of y) { if (x) { await a(); continue; } await b(); }"
        ));
        assert!(!both(
            "switch (x) { case 1: await a(); break; default: await b(); }"
        ));
        assert!(!both("try { await a(); } catch { await b(); }"));
        assert!(!both("return x ? a() : b();"));
    }
}
