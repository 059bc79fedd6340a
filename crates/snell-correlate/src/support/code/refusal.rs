//! Functions that are called to ask for something and refuse nobody, whatever their names say.

use snell_extract::facts::{
    Expression, ExpressionId, FunctionId, ModuleFacts, Statement, StatementNode,
    walk::{Visitor, walk_expression, walk_function, walk_statement},
};
use snell_project::{
    Project,
    module::{ExpressionRef, FunctionRef, In},
    types::Types,
};

/// Calls inside calls that are looked into.
const DEPTH: u32 = 4;

/// Globals that only reckon.
const RECKONS: [&str; 12] = [
    "console",
    "JSON",
    "Math",
    "Date",
    "Object",
    "Number",
    "String",
    "Boolean",
    "Array",
    "parseInt",
    "parseFloat",
    "Buffer",
];

/// Whether a function can refuse nobody: it throws nothing, gives nothing back by which to tell, and calls nothing
/// that may do either. What it does is to write a log.
pub(crate) fn refuses_nobody(project: &Project, function: FunctionRef) -> bool {
    is_harmless(project, function, DEPTH)
}

/// The same of what a call calls, where that is of the workspace.
pub(crate) fn call_refuses_nobody(project: &Project, callee: ExpressionRef) -> bool {
    let function = Types::new(&project.modules).callee(callee);
    function.is_some_and(|function| refuses_nobody(project, function))
}

fn is_harmless(project: &Project, function: FunctionRef, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let facts = project.modules.facts(function.module);
    let declared = facts.function(function.id);
    let mut reader = Reader {
        project,
        function,
        depth,
        refuses: false,
        empty: true,
    };
    walk_function(&mut reader, facts, declared);
    let tells = declared.body.returned().iter().any(|value| {
        !matches!(
            facts.expression(facts.unwrap_casts(*value)),
            Expression::Boolean(true) | Expression::Undefined
        )
    });
    !reader.empty && !reader.refuses && !tells
}

struct Reader<'p> {
    project: &'p Project,
    function: FunctionRef,
    depth: u32,
    refuses: bool,
    /// It has no statement: what it is declared to do is done elsewhere.
    empty: bool,
}

impl Reader<'_> {
    fn is_harmless(&self, facts: &ModuleFacts, callee: ExpressionId) -> bool {
        let mut names: Vec<&str> = Vec::new();
        let mut id = facts.unwrap_casts(callee);
        while let Expression::Member {
            object, property, ..
        } = facts.expression(id)
        {
            names.push(property.text.as_str());
            id = facts.unwrap_casts(*object);
        }
        match facts.expression(id) {
            Expression::Identifier {
                name,
                binding: None,
            } => RECKONS.contains(&name.as_str()),
            Expression::Identifier { name, .. }
                if name.to_ascii_lowercase().contains("log") && !names.is_empty() =>
            {
                true
            }
            Expression::This if names.len() > 1 => names
                .last()
                .is_some_and(|field| field.to_ascii_lowercase().contains("log")),
            Expression::This | Expression::Identifier { .. } => {
                let callee = In {
                    module: self.function.module,
                    id: callee,
                };
                let called = Types::new(&self.project.modules).callee(callee);
                called.is_some_and(|called| {
                    called != self.function && is_harmless(self.project, called, self.depth)
                })
            }
            _ => false,
        }
    }
}

impl Visitor for Reader<'_> {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        self.empty = false;
        self.refuses |= matches!(statement.kind, Statement::Throw(_));
        walk_statement(self, facts, statement);
    }

    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Call { callee, .. } => self.refuses |= !self.is_harmless(facts, *callee),
            Expression::New { callee, .. } => {
                self.refuses |= !matches!(facts.expression(*callee),
                    Expression::Identifier { name, binding: None } if RECKONS.contains(&name.as_str()));
            }
            _ => {}
        }
        walk_expression(self, facts, id);
    }

    fn function(&mut self, _: &ModuleFacts, _: FunctionId) {
        // What is only made here runs where it is called.
        self.refuses = true;
    }
}
