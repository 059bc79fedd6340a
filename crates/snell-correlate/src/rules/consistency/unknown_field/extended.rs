//! Extensions of the client that give every operation a `where`: a create takes none, and Prisma
//! refuses it.

use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, ExpressionNode, Function, ModuleFacts, Pattern, Property,
};
use snell_project::{
    client::ClientCall,
    module::{ModuleId, Modules},
};
use snell_source::{Confidence, Diagnostic, Span};

use super::RULE;
use crate::Context;

/// What an extension is called by that stands before every operation, or before creates.
const ALL: &str = "$allOperations";
const CREATES: [&str; 3] = ["create", "createMany", "createManyAndReturn"];

/// One finding for each extension.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let creates = |call: &ClientCall| {
        call.operation.is_create() && project.path_facts(call.module).is_production()
    };
    let mut calls = project.calls.iter();
    let Some((_, create)) = calls.find(|(_, call)| creates(call)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (module, owner) in project.modules.iter() {
        if !project.path_facts(module).is_production() {
            continue;
        }
        for (key, function) in handlers(&owner.facts) {
            let handler = Handler::of(&owner.facts, function);
            if let Some(at) = handler.sets_where(key == ALL) {
                found.push(tell(&project.modules, module, at, create));
            }
        }
    }
    found
}

/// The functions that stand before operations, each with what it is called by.
fn handlers(facts: &ModuleFacts) -> impl Iterator<Item = (&str, &Function)> {
    let objects = facts
        .expressions
        .iter()
        .filter_map(|node| match &node.kind {
            Expression::Object(properties) => Some(properties),
            _ => None,
        });
    objects.flatten().filter_map(|property| {
        let (key, function) = match property {
            Property::Method { key, function, .. } => (key, *function),
            Property::Value { key, value, .. } => match facts.expression(*value) {
                Expression::Function(function) => (key, *function),
                _ => return None,
            },
            Property::Spread { .. } => return None,
        };
        let name = key.name()?.text.as_str();
        (name == ALL || CREATES.contains(&name)).then_some((name, facts.function(function)))
    })
}

/// A function that is handed `{ args, query }`.
struct Handler<'a> {
    facts: &'a ModuleFacts,
    function: &'a Function,
    /// The names under which it holds what was asked.
    asked: Vec<&'a str>,
}

impl<'a> Handler<'a> {
    fn of(facts: &'a ModuleFacts, function: &'a Function) -> Self {
        let mut handler = Handler {
            facts,
            function,
            asked: vec!["args"],
        };
        for binding in &facts.bindings {
            if let BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
                && function.span.contains(binding.span)
                && init.path.is_empty()
                && handler.is_asked(init.value)
            {
                handler.asked.push(&binding.name);
            }
        }
        handler
    }

    /// `args`, or a copy of it.
    fn is_asked(&self, id: ExpressionId) -> bool {
        match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Identifier { name, .. } => self.asked.contains(&name.as_str()),
            Expression::Object(properties) => {
                matches!(&properties[..], [Property::Spread { value, .. }] if self.is_asked(*value))
            }
            _ => false,
        }
    }

    /// What it is handed has these parts.
    fn takes(&self, part: &str) -> bool {
        let first = self.function.parameters.first();
        let Some(Pattern::Object { .. }) = first.map(|first| &first.pattern) else {
            return false;
        };
        let mut bindings = self.facts.bindings.iter();
        bindings.any(|binding| {
            binding.name == part
                && self.function.span.contains(binding.span)
                && matches!(&binding.kind, BindingKind::Parameter { index: 0, path, .. } if path.len() == 1)
        })
    }

    fn inside(&self) -> impl Iterator<Item = &'a ExpressionNode> {
        let span = self.function.span;
        let all = self.facts.expressions.iter();
        all.filter(move |node| span.contains(node.span))
    }

    /// Where it sets `where` whatever the operation is, and goes on with that.
    fn sets_where(&self, every: bool) -> Option<Span> {
        if !self.takes("args") || !self.takes("query") || !self.goes_on() {
            return None;
        }
        let at = self.inside().find_map(|node| {
            let Expression::Assign { target, .. } = &node.kind else {
                return None;
            };
            let Pattern::Expression(target) = **target else {
                return None;
            };
            match self.facts.expression(target) {
                Expression::Member {
                    object, property, ..
                } if property.text == "where" && self.is_asked(*object) => {
                    Some((node.span, property.span))
                }
                _ => None,
            }
        });
        let (whole, at) = at?;
        // What was asked of the operation before may be why: nobody gets here with a create.
        let asks = every && self.inside().any(|node| {
            node.span.start < whole.end
                && matches!(&node.kind, Expression::Identifier { name, .. } if name == "operation")
        });
        let deletes = self.inside().any(|node| {
            matches!(&node.kind, Expression::Unary { operand, .. }
                if matches!(self.facts.expression(*operand),
                    Expression::Member { property, .. } if property.text == "where"))
        });
        (!asks && !deletes).then_some(at)
    }

    /// `query(args)`
    fn goes_on(&self) -> bool {
        self.inside().any(|node| {
            let Expression::Call {
                callee, arguments, ..
            } = &node.kind
            else {
                return false;
            };
            matches!(self.facts.expression(*callee),
                Expression::Identifier { name, .. } if name == "query")
                && arguments
                    .first()
                    .is_some_and(|first| self.is_asked(first.value))
        })
    }
}

fn tell(modules: &Modules, module: ModuleId, at: Span, create: &ClientCall) -> Diagnostic {
    let operation = create.operation.as_str();
    Diagnostic::at(
        &RULE.metadata,
        modules.at(module, at),
        format!("an extension gives every `{operation}` a `where`, and Prisma Client refuses it"),
    )
    .label("`create` and `createMany` take no argument `where`")
    .example(
        modules.at(create.module, create.name.span),
        "such a call: it throws once the extension sets the condition",
    )
    .confidence(Confidence::Certain)
    .help("set `where` for operations that take one only, and fill `data` where a row is made")
    .subject("extension:where on create".to_owned())
}
