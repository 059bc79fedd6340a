//! Functions that ask whether a text is one of a set: `isKind`, `parseKind`.

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, BindingId, BindingKind, Element, Expression, ExpressionId, Function,
    FunctionId, ModuleFacts, Name, Pattern, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_source::Span;

/// A function that lists the values which it takes.
pub(super) struct Guard<'f> {
    /// What it is called.
    pub(super) name: &'f Name,
    /// What it asks for: `Kind` of `isKind`.
    pub(super) of: SmolStr,
    /// The values, and where each is written.
    pub(super) values: Vec<(SmolStr, Span)>,
}

/// What names of such functions begin with.
const STARTS: [&str; 8] = [
    "isValid", "is", "assert", "parse", "validate", "check", "ensure", "to",
];

/// All of a module that stand for themselves: functions of one parameter.
pub(super) fn all(facts: &ModuleFacts) -> Vec<Guard<'_>> {
    let functions = facts.functions.iter().zip(0u32..);
    functions
        .filter_map(|(function, n)| guard(facts, function, FunctionId(n)))
        .collect()
}

fn guard<'f>(facts: &'f ModuleFacts, function: &'f Function, id: FunctionId) -> Option<Guard<'f>> {
    let name = function.name.as_ref()?;
    let of = STARTS.iter().find_map(|start| {
        let rest = name.text.strip_prefix(start)?;
        rest.starts_with(|c: char| c.is_ascii_uppercase())
            .then_some(rest)
    })?;
    let [parameter] = function.parameters.as_slice() else {
        return None;
    };
    let Pattern::Binding(asked) = parameter.pattern else {
        return None;
    };
    let mut reader = Reader {
        asked,
        values: Vec::new(),
        other: false,
    };
    walk::walk_function(&mut reader, facts, function);
    let is_own = facts.bindings.iter().all(|binding| {
        !matches!(binding.kind, BindingKind::Parameter { function, .. } if function == id)
            || !binding.reassigned
    });
    (is_own && !reader.other && reader.values.len() >= 2).then(|| Guard {
        name,
        of: of.into(),
        values: reader.values,
    })
}

struct Reader {
    asked: BindingId,
    values: Vec<(SmolStr, Span)>,
    /// Something else decides as well.
    other: bool,
}

impl Reader {
    /// The parameter, whatever its case is made.
    fn is_asked(&self, facts: &ModuleFacts, id: ExpressionId) -> bool {
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => *binding == self.asked,
            Expression::Call {
                callee, arguments, ..
            } if arguments.is_empty() => match facts.expression(*callee) {
                Expression::Member {
                    object, property, ..
                } => {
                    matches!(
                        property.text.as_str(),
                        "toUpperCase" | "toLowerCase" | "trim" | "toString"
                    ) && self.is_asked(facts, *object)
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn value(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::String(text) => self.values.push((text.clone(), facts.span(id))),
            Expression::Undefined | Expression::Null => {}
            _ => self.other = true,
        }
    }

    /// `['a', 'b'].includes(value)`, `new Set(['a', 'b']).has(value)`
    fn listed(&mut self, facts: &ModuleFacts, list: ExpressionId) {
        match facts.expression(facts.unwrap_casts(list)) {
            Expression::Array(elements) => {
                for element in elements {
                    match element {
                        Element::Value(value) => self.value(facts, *value),
                        _ => self.other = true,
                    }
                }
            }
            Expression::New { arguments, .. } if arguments.len() == 1 => {
                self.listed(facts, arguments[0].value);
            }
            // A list with a name is a copy of its own.
            _ => self.other = true,
        }
    }
}

impl Visitor for Reader {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Binary {
                operator: BinaryOperator::Equal,
                left,
                right,
            } => {
                if self.is_asked(facts, *left) {
                    self.value(facts, *right);
                } else if self.is_asked(facts, *right) {
                    self.value(facts, *left);
                }
            }
            Expression::Call {
                callee, arguments, ..
            } => {
                if let Expression::Member {
                    object, property, ..
                } = facts.expression(*callee)
                    && matches!(property.text.as_str(), "includes" | "has" | "indexOf")
                    && let [argument] = &arguments[..]
                    && self.is_asked(facts, argument.value)
                {
                    self.listed(facts, *object);
                }
            }
            _ => {}
        }
        walk::walk_expression(self, facts, id);
    }

    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if let Statement::Switch { subject, cases } = &statement.kind
            && self.is_asked(facts, *subject)
        {
            for test in cases.iter().filter_map(|case| case.test) {
                self.value(facts, test);
            }
        }
        walk::walk_statement(self, facts, statement);
    }
}
