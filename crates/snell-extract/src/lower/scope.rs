//! Scopes: which declaration each name means.
//!
//! The walk declares names and notes where names are used; after it, when
//! everything that is hoisted is known, the uses are resolved.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_source::Span;

use super::{Lowering, position};
use crate::facts::{
    Binding, BindingId, BindingKind, Expression, ExpressionId, FunctionId, ModuleFacts,
    VariableKind,
};

/// The number of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScopeId(u32);

/// The number of a distinct name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Symbol(u32);

struct Scope {
    parent: Option<ScopeId>,
    /// Whether `var` stops here.
    holds_vars: bool,
}

/// All scopes of a module, and the uses of names in them.
pub(super) struct Scopes {
    scopes: Vec<Scope>,
    current: ScopeId,
    symbols: FxHashMap<SmolStr, Symbol>,
    /// For each symbol, where it is declared.
    declared: Vec<Vec<(ScopeId, BindingId)>>,
    uses: Vec<(ExpressionId, Symbol, ScopeId)>,
    /// Assignment targets.
    writes: Vec<ExpressionId>,
}

const MODULE: ScopeId = ScopeId(0);

impl Scopes {
    pub(super) fn new() -> Self {
        Scopes {
            scopes: vec![Scope {
                parent: None,
                holds_vars: true,
            }],
            current: MODULE,
            symbols: FxHashMap::default(),
            declared: Vec::new(),
            uses: Vec::new(),
            writes: Vec::new(),
        }
    }

    /// Whether the walk is at the top of the module.
    pub(super) fn at_top(&self) -> bool {
        self.current == MODULE
    }

    fn enter(&mut self, holds_vars: bool) -> ScopeId {
        let outer = self.current;
        self.current = ScopeId(position(self.scopes.len()));
        self.scopes.push(Scope {
            parent: Some(outer),
            holds_vars,
        });
        outer
    }

    fn symbol(&mut self, name: &SmolStr) -> Symbol {
        if let Some(symbol) = self.symbols.get(name) {
            return *symbol;
        }
        let symbol = Symbol(position(self.declared.len()));
        self.declared.push(Vec::new());
        self.symbols.insert(name.clone(), symbol);
        symbol
    }

    fn chain(&self, from: ScopeId) -> impl Iterator<Item = ScopeId> + '_ {
        std::iter::successors(Some(from), |scope| self.scopes[scope.0 as usize].parent)
    }

    fn declared_in(&self, scope: ScopeId, symbol: Symbol) -> Option<BindingId> {
        // The last one: what shadows an earlier declaration of the same scope.
        self.declared[symbol.0 as usize]
            .iter()
            .rev()
            .find(|(at, _)| *at == scope)
            .map(|(_, binding)| *binding)
    }

    /// Notes that an identifier is used here.
    pub(super) fn use_name(&mut self, expression: ExpressionId, name: &SmolStr) {
        let symbol = self.symbol(name);
        self.uses.push((expression, symbol, self.current));
    }

    /// Notes that an expression is assigned to.
    pub(super) fn write(&mut self, expression: ExpressionId) {
        self.writes.push(expression);
    }

    /// Binds every noted use and marks what is reassigned.
    pub(super) fn resolve(&mut self, facts: &mut ModuleFacts) {
        for (expression, symbol, scope) in &self.uses {
            if self.declared[symbol.0 as usize].is_empty() {
                continue;
            }
            let found = self
                .chain(*scope)
                .find_map(|scope| self.declared_in(scope, *symbol));
            if let Expression::Identifier { binding, .. } =
                &mut facts.expressions[expression.index()].kind
            {
                *binding = found;
            }
        }
        for target in &self.writes {
            let target = facts.unwrap_casts(*target);
            if let Expression::Identifier {
                binding: Some(binding),
                ..
            } = facts.expression(target)
            {
                let binding = binding.index();
                facts.bindings[binding].reassigned = true;
            }
        }
    }
}

impl Lowering<'_, '_> {
    /// Runs `lower` in a block's scope.
    pub(super) fn in_scope<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.scopes.enter(false);
        let result = lower(self);
        self.scopes.current = outer;
        result
    }

    /// Runs `lower` in the scope of a function's parameters or body.
    pub(super) fn in_function_scope<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.scopes.enter(true);
        let result = lower(self);
        self.scopes.current = outer;
        result
    }

    /// Declares a name in the current scope.
    pub(super) fn declare(&mut self, name: SmolStr, span: Span, kind: BindingKind) -> BindingId {
        let scope = self.scopes.current;
        let symbol = self.scopes.symbol(&name);
        if let Some(earlier) = self.scopes.declared_in(scope, symbol)
            && matches!(kind, BindingKind::Namespace)
        {
            // A namespace merges with the class, function or enum of its name.
            return earlier;
        }
        self.declare_in(scope, symbol, name, span, kind)
    }

    /// Declares a `var`: in the function around, where it may already be known.
    pub(super) fn declare_var(
        &mut self,
        name: SmolStr,
        span: Span,
        kind: BindingKind,
    ) -> BindingId {
        let symbol = self.scopes.symbol(&name);
        let scope = self
            .scopes
            .chain(self.scopes.current)
            .find(|scope| self.scopes.scopes[scope.0 as usize].holds_vars)
            .unwrap_or(MODULE);
        // A body's scope lies in that of its function's parameters.
        let parameters = self
            .function
            .and(self.scopes.scopes[scope.0 as usize].parent);
        let earlier = self
            .scopes
            .declared_in(scope, symbol)
            .or_else(|| self.parameter_in(parameters?, symbol));
        if let Some(earlier) = earlier {
            if matches!(&kind, BindingKind::Variable { init: Some(_), .. }) {
                self.facts.bindings[earlier.index()].reassigned = true;
            }
            return earlier;
        }
        self.declare_in(scope, symbol, name, span, kind)
    }

    fn parameter_in(&self, scope: ScopeId, symbol: Symbol) -> Option<BindingId> {
        let binding = self.scopes.declared_in(scope, symbol)?;
        let kind = &self.facts.bindings[binding.index()].kind;
        let own = |function: FunctionId| Some(function) == self.function;
        matches!(kind, BindingKind::Parameter { function, .. } if own(*function)).then_some(binding)
    }

    fn declare_in(
        &mut self,
        scope: ScopeId,
        symbol: Symbol,
        name: SmolStr,
        span: Span,
        kind: BindingKind,
    ) -> BindingId {
        let id = BindingId(position(self.facts.bindings.len()));
        self.facts.bindings.push(Binding {
            name,
            span,
            kind,
            function: self.function,
            reassigned: false,
        });
        self.scopes.declared[symbol.0 as usize].push((scope, id));
        id
    }

    /// Declares a variable, by the rules of its keyword.
    pub(super) fn declare_variable(
        &mut self,
        name: SmolStr,
        span: Span,
        keyword: VariableKind,
        kind: BindingKind,
    ) -> BindingId {
        if keyword == VariableKind::Var {
            self.declare_var(name, span, kind)
        } else {
            self.declare(name, span, kind)
        }
    }

    /// An identifier as an expression.
    pub(super) fn identifier(&mut self, name: SmolStr, span: Span) -> ExpressionId {
        let id = self.add(
            span,
            Expression::Identifier {
                name: name.clone(),
                binding: None,
            },
        );
        self.scopes.use_name(id, &name);
        id
    }
}
