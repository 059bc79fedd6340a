//! Decorators that apply others themselves: `return (target, key, descriptor) => {
//! Post(path)(target, key, descriptor); }`.

use snell_extract::facts::{
    Block, Expression, ExpressionId, ExpressionKind, FunctionBody, FunctionId, ModuleFacts,
    Pattern, Statement,
};

use super::{
    handed::{Around, holds, list},
    scan,
};
use crate::module::{BindingRef, ExpressionRef, FunctionRef, In, Modules, Symbol};

/// What a function does with what it decorates.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// The decorators that it applies whatever it is handed.
    pub(super) always: Vec<ExpressionRef>,
    /// Those that it may apply.
    pub(super) perhaps: Vec<ExpressionRef>,
    /// It does something else with it: it may put another method in its place.
    pub(super) more: bool,
}

/// What a function does that is handed what a decorator is: the class, the key, the descriptor.
pub(super) fn of(modules: &Modules, around: &Around, function: FunctionRef) -> Option<Applied> {
    let facts = modules.facts(function.module);
    let declared = facts.function(function.id);
    let target = match declared.parameters.first()?.pattern {
        Pattern::Binding(target) => target,
        _ => return None,
    };
    let mut reader = Reader {
        modules,
        around,
        function,
        facts,
        target: In {
            module: function.module,
            id: target,
        },
        sure: true,
        found: Applied::default(),
    };
    match &declared.body {
        FunctionBody::Block(block) => reader.block(block),
        FunctionBody::Expression(value) => reader.expression(*value),
        FunctionBody::None => return None,
    }
    Some(reader.found)
}

struct Reader<'a> {
    modules: &'a Modules,
    around: &'a Around,
    function: FunctionRef,
    facts: &'a ModuleFacts,
    /// The first of what it is handed.
    target: BindingRef,
    /// What is read runs whatever it is handed.
    sure: bool,
    found: Applied,
}

impl Reader<'_> {
    const fn here(&self, id: ExpressionId) -> ExpressionRef {
        In {
            module: self.function.module,
            id,
        }
    }

    fn block(&mut self, block: &Block) {
        for statement in block {
            match &statement.kind {
                Statement::Expression(id) | Statement::Return(Some(id)) => self.expression(*id),
                Statement::If {
                    test,
                    then,
                    otherwise,
                } => {
                    let known = holds(self.modules, self.around, self.here(*test));
                    let sure = self.sure;
                    self.sure &= known.is_some();
                    if known != Some(false) {
                        self.block(then);
                    }
                    if let Some(otherwise) = otherwise.as_ref().filter(|_| known != Some(true)) {
                        self.block(otherwise);
                    }
                    self.sure = sure;
                }
                Statement::ForOf {
                    target: Pattern::Binding(one),
                    iterable,
                    body,
                    ..
                } => {
                    let one = self.here_binding(*one);
                    if self.applies_in(body, one) {
                        self.each(*iterable);
                    }
                }
                Statement::Block(block) => self.block(block),
                Statement::Return(None) | Statement::Variable { .. } => {}
                _ => self.found.more = true,
            }
        }
    }

    const fn here_binding(&self, id: snell_extract::facts::BindingId) -> BindingRef {
        In {
            module: self.function.module,
            id,
        }
    }

    fn expression(&mut self, id: ExpressionId) {
        let id = self.facts.unwrap_casts(id);
        if let Some(call) = self.facts.method_call(self.facts.expression(id))
            && call.property.text == "forEach"
        {
            let callback = call.arguments.first().map(|first| first.value);
            let callback =
                callback.map(|first| self.facts.expression(self.facts.unwrap_casts(first)));
            if let Some(Expression::Function(inner)) = callback
                && self.applies_its_own(*inner)
            {
                self.each(call.object);
                return;
            }
        }
        match self.facts.expression(id) {
            Expression::Call { callee, .. } if self.is_handed_on(id) => {
                let one = self.here(self.facts.unwrap_casts(*callee));
                self.add(one);
            }
            // `return descriptor`
            Expression::Identifier { .. } | Expression::Undefined => {}
            _ => self.found.more = true,
        }
    }

    fn add(&mut self, one: ExpressionRef) {
        match self.sure {
            true => self.found.always.push(one),
            false => self.found.perhaps.push(one),
        }
    }

    fn each(&mut self, of: ExpressionId) {
        let of = self.here(of);
        match list(self.modules, self.around, of) {
            Some(all) => {
                all.into_iter().for_each(|one| self.add(one));
                self.pushed(of);
            }
            None => self.found.more = true,
        }
    }

    /// What is pushed to a list beside what it begins with: perhaps, as it is not known when.
    fn pushed(&mut self, of: ExpressionRef) {
        let of = scan::symbol(self.modules, of);
        if !matches!(of, Symbol::Variable(_)) {
            return;
        }
        let calls = self.facts.all([ExpressionKind::Call]);
        let calls = calls.filter_map(|(_, node)| self.facts.method_call(&node.kind));
        for call in calls.filter(|call| call.property.text == "push") {
            if scan::symbol(self.modules, self.here(call.object)) == of {
                let given = call.arguments.iter();
                self.found.perhaps.extend(given.map(|one| In {
                    module: self.function.module,
                    id: one.value,
                }));
            }
        }
    }

    /// Whether a call hands on what is decorated.
    fn is_handed_on(&self, id: ExpressionId) -> bool {
        let Expression::Call { arguments, .. } = self.facts.expression(id) else {
            return false;
        };
        arguments.first().is_some_and(|first| {
            scan::symbol(self.modules, self.here(first.value)) == Symbol::Variable(self.target)
        })
    }

    /// Whether a block calls a variable with what is decorated.
    fn applies_in(&self, block: &Block, one: BindingRef) -> bool {
        block.iter().any(|statement| {
            matches!(&statement.kind, Statement::Expression(id) if self.applies(*id, one))
        })
    }

    fn applies(&self, id: ExpressionId, one: BindingRef) -> bool {
        let id = self.facts.unwrap_casts(id);
        matches!(self.facts.expression(id), Expression::Call { callee, .. }
            if scan::symbol(self.modules, self.here(*callee)) == Symbol::Variable(one))
            && self.is_handed_on(id)
    }

    fn applies_its_own(&self, inner: FunctionId) -> bool {
        let declared = self.facts.function(inner);
        let Some(Pattern::Binding(one)) = declared.parameters.first().map(|first| &first.pattern)
        else {
            return false;
        };
        let one = self.here_binding(*one);
        match &declared.body {
            FunctionBody::Block(block) => self.applies_in(block, one),
            FunctionBody::Expression(value) => self.applies(*value, one),
            FunctionBody::None => false,
        }
    }
}
