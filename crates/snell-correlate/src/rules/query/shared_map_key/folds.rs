//! Lists that become a table by a property of their elements: `acc[row.key] = ...`, `new Map(rows.map(...))`.

use smol_str::SmolStr;
use snell_extract::facts::{
    AssignOperator, BindingId, Element, Expression, ExpressionId, ExpressionKind, FunctionBody,
    FunctionId, ModuleFacts, Pattern, Property, PropertyKey, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_source::Span;

/// A list that becomes a table, in which a later element takes the place of an earlier one of the same key.
pub(super) struct Fold {
    /// The call, or the variable's call, that gives the list.
    pub(super) source: ExpressionId,
    /// The property of an element under which it is kept.
    pub(super) key: SmolStr,
    /// The first properties of an element that are kept there; nothing when the whole element is.
    pub(super) kept: Option<Vec<SmolStr>>,
    /// Where it is kept.
    pub(super) at: Span,
}

/// All of a module.
pub(super) fn folds(facts: &ModuleFacts) -> Vec<Fold> {
    let mut found = Folds {
        facts,
        found: Vec::new(),
    };
    for (id, _) in facts.all([ExpressionKind::Call, ExpressionKind::New]) {
        found.call(id);
    }
    let mut loops = Loops { found };
    walk::walk_module(&mut loops, facts);
    loops.found.found
}

struct Folds<'f> {
    facts: &'f ModuleFacts,
    found: Vec<Fold>,
}

/// Looks for loops over lists.
struct Loops<'f> {
    found: Folds<'f>,
}

impl Visitor for Loops<'_> {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if let Statement::ForOf {
            target,
            iterable,
            body,
            ..
        } = &statement.kind
        {
            self.found.block(*iterable, target, body);
        }
        walk::walk_statement(self, facts, statement);
    }
}

impl Folds<'_> {
    fn call(&mut self, id: ExpressionId) {
        let facts = self.facts;
        let expression = facts.expression(id);
        // `new Map(rows.map(...))`
        if let Expression::New {
            callee, arguments, ..
        } = expression
        {
            let map = matches!(facts.expression(*callee),
                Expression::Identifier { name, .. } if name == "Map");
            if let [only] = &**arguments
                && map
            {
                self.pairs(only.value);
            }
            return;
        }
        let Some(call) = facts.method_call(expression) else {
            return;
        };
        let first = call
            .arguments
            .first()
            .map(|first| facts.unwrap_casts(first.value));
        match (
            call.property.text.as_str(),
            first.map(|id| facts.expression(id)),
        ) {
            ("fromEntries", _) => {
                if let Some(first) = first {
                    self.pairs(first);
                }
            }
            ("forEach", Some(Expression::Function(each))) => {
                let function = facts.function(*each);
                if let (Some(row), FunctionBody::Block(body)) =
                    (function.parameters.first(), &function.body)
                {
                    self.block(call.object, &row.pattern, body);
                }
            }
            ("reduce", Some(Expression::Function(each))) => self.reduced(call.object, *each),
            _ => {}
        }
    }

    /// `rows.reduce((all, row) => { all[row.key] = ...; return all; }, {})`
    fn reduced(&mut self, list: ExpressionId, each: FunctionId) {
        let function = self.facts.function(each);
        let [_, row, ..] = function.parameters.as_slice() else {
            return;
        };
        match &function.body {
            FunctionBody::Block(body) => {
                self.block(list, &row.pattern, body);
                if let [
                    StatementNode {
                        kind: Statement::Return(Some(value)),
                        ..
                    },
                ] = body.as_slice()
                {
                    self.spread(list, &row.pattern, *value);
                }
            }
            FunctionBody::Expression(value) => self.spread(list, &row.pattern, *value),
            FunctionBody::None => {}
        }
    }

    /// `({ ...all, [row.key]: row })`
    fn spread(&mut self, list: ExpressionId, row: &Pattern, value: ExpressionId) {
        let Expression::Object(properties) = self.facts.expression(self.facts.unwrap_casts(value))
        else {
            return;
        };
        if let [
            Property::Spread { .. },
            Property::Value {
                key: PropertyKey::Computed(key),
                value,
                span,
                ..
            },
        ] = &**properties
        {
            self.add(list, row, *key, *value, *span, None);
        }
    }

    /// `rows.map((row) => [row.key, ...])`
    fn pairs(&mut self, mapped: ExpressionId) {
        let facts = self.facts;
        let Some(call) = facts.method_call(facts.expression(facts.unwrap_casts(mapped))) else {
            return;
        };
        let Some(Expression::Function(each)) = call
            .arguments
            .first()
            .map(|first| facts.expression(facts.unwrap_casts(first.value)))
        else {
            return;
        };
        let function = facts.function(*each);
        let returned = function.body.returned();
        if let (Some(row), [pair]) = (function.parameters.first(), returned.as_slice()) {
            self.pair(&call, &row.pattern, *pair);
        }
    }

    fn pair(
        &mut self,
        call: &snell_extract::facts::MethodCall<'_>,
        row: &Pattern,
        pair: ExpressionId,
    ) {
        let facts = self.facts;
        let pair = facts.unwrap_casts(pair);
        if let Expression::Array(elements) = facts.expression(pair)
            && let [Element::Value(key), Element::Value(value)] = &**elements
            && call.property.text == "map"
        {
            self.add(call.object, row, *key, *value, facts.span(pair), None);
        }
    }

    /// What the body of a loop keeps of each element, whatever else holds: `table[row.key] = ...`,
    /// `table.set(row.key, ...)`.
    fn block(&mut self, list: ExpressionId, row: &Pattern, body: &[StatementNode]) {
        let facts = self.facts;
        for statement in body {
            // What is left out before may be what would be lost.
            if let Statement::If { .. } | Statement::Try { .. } | Statement::Switch { .. } =
                statement.kind
            {
                return;
            }
            let Statement::Expression(id) = statement.kind else {
                continue;
            };
            match facts.expression(id) {
                Expression::Assign {
                    operator: AssignOperator::Assign,
                    target,
                    value,
                } => {
                    if let Pattern::Expression(place) = **target
                        && let Expression::Index { object, index, .. } = facts.expression(place)
                    {
                        self.add(
                            list,
                            row,
                            *index,
                            *value,
                            facts.span(place),
                            self.name(*object),
                        );
                    }
                }
                call => {
                    if let Some(call) = facts.method_call(call)
                        && let [key, value] = call.arguments
                        && call.property.text == "set"
                    {
                        let table = self.name(call.object);
                        self.add(list, row, key.value, value.value, facts.span(id), table);
                    }
                }
            }
        }
    }

    fn add(
        &mut self,
        list: ExpressionId,
        row: &Pattern,
        key: ExpressionId,
        value: ExpressionId,
        at: Span,
        table: Option<BindingId>,
    ) {
        let facts = self.facts;
        let (Some(source), Some(key)) = (self.source(list), self.property(row, key)) else {
            return;
        };
        // What is there already goes into what is put there.
        let inside = facts.span(value);
        let gathers = table.is_some_and(|table| {
            let mut uses = facts.uses(table).iter();
            uses.any(|id| inside.contains(facts.span(*id)))
        });
        let kept = self.kept(row, inside);
        let tells = kept
            .as_ref()
            .is_none_or(|kept| kept.iter().any(|name| *name != key));
        if !gathers && tells {
            self.found.push(Fold {
                source,
                key,
                kept,
                at,
            });
        }
    }

    /// The call that gives a list: awaited here, or where its variable is made.
    fn source(&self, list: ExpressionId) -> Option<ExpressionId> {
        let facts = self.facts;
        let awaited = facts.given(list).unwrap_or(list);
        match facts.expression(facts.unwrap_casts(awaited)) {
            Expression::Await(call) => Some(facts.unwrap_casts(*call)),
            _ => None,
        }
    }

    fn name(&self, id: ExpressionId) -> Option<BindingId> {
        match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Identifier { binding, .. } => *binding,
            _ => None,
        }
    }

    /// The property of an element that an expression is: `row.key`, or `key` of `({ key }) => ...`.
    fn property(&self, row: &Pattern, id: ExpressionId) -> Option<SmolStr> {
        let facts = self.facts;
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::Member {
                object, property, ..
            } => {
                let Pattern::Binding(own) = row else {
                    return None;
                };
                (self.name(*object) == Some(*own)).then(|| property.text.clone())
            }
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => taken(row, *binding),
            _ => None,
        }
    }

    /// The properties of an element that are read inside a span; nothing when the whole element is.
    fn kept(&self, row: &Pattern, inside: Span) -> Option<Vec<SmolStr>> {
        let facts = self.facts;
        let mut names = Vec::new();
        let mut whole = 0usize;
        let within = |id: &&ExpressionId| inside.contains(facts.span(**id));
        match row {
            Pattern::Binding(own) => {
                whole += facts.uses(*own).iter().filter(within).count();
                for (_, node) in facts.all([ExpressionKind::Member]) {
                    if let Expression::Member {
                        object, property, ..
                    } = &node.kind
                        && inside.contains(node.span)
                        && self.name(*object) == Some(*own)
                    {
                        names.push(property.text.clone());
                    }
                }
            }
            Pattern::Object { properties, .. } => {
                for property in properties {
                    if let (Some(name), Pattern::Binding(own)) =
                        (property.key.name(), &property.value)
                        && facts.uses(*own).iter().any(|id| within(&id))
                    {
                        names.push(name.text.clone());
                    }
                }
            }
            _ => return None,
        }
        let only_named = matches!(row, Pattern::Object { .. }) || names.len() == whole;
        only_named.then_some(names)
    }
}

/// The property that a pattern takes into a name.
fn taken(row: &Pattern, binding: BindingId) -> Option<SmolStr> {
    let Pattern::Object { properties, .. } = row else {
        return None;
    };
    let own = properties
        .iter()
        .find(|one| matches!(one.value, Pattern::Binding(own) if own == binding))?;
    own.key.name().map(|name| name.text.clone())
}
