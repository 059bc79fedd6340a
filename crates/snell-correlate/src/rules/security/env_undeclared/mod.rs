//! Variables without which the application does not work, and of which the
//! example of the environment says nothing.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, BindingId, BindingKind, Block, Expression, ExpressionId, ExpressionKind,
    ModuleFacts, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_project::module::ModuleId;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use super::{calls, material};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/env-undeclared",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A required variable is missing from the example of the environment",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Variables that platforms set, or that say where code runs.
const GIVEN: [&str; 12] = [
    "NODE_ENV",
    "PORT",
    "HOME",
    "PATH",
    "CI",
    "TZ",
    "HOSTNAME",
    "VERCEL_URL",
    "VERCEL",
    "PWD",
    "AWS_REGION",
    "NEXT_RUNTIME",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let examples = &context.project.workspace.environment_examples;
    let mut declared: BTreeSet<&str> = examples
        .iter()
        .flat_map(|example| example.names.iter().map(String::as_str))
        .collect();
    // Without an example nothing is promised.
    if declared.is_empty() {
        return Vec::new();
    }
    // A compose file gives it to the service: nobody has to, but what its value is made of.
    let given: Vec<&str> = context
        .project
        .workspace
        .deployment
        .variables
        .iter()
        .filter(|one| {
            one.needs
                .iter()
                .all(|name| declared.contains(name.as_str()))
        })
        .map(|one| one.name.as_str())
        .collect();
    declared.extend(given);
    let mut found: BTreeMap<SmolStr, Diagnostic> = BTreeMap::new();
    for (module, facts) in calls::modules(context) {
        for required in required(context, module, facts) {
            let name = &required.name;
            let front = ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_", "NUXT_"]
                .iter()
                .any(|start| name.starts_with(start));
            if !front
                && !GIVEN.contains(&name.as_str())
                && !declared.contains(name.as_str())
                && !found.contains_key(name)
            {
                found.insert(name.clone(), finding(context, module, &required));
            }
        }
    }
    found.into_values().collect()
}

/// A variable that has to be set.
struct Required {
    name: SmolStr,
    /// Where it is read.
    at: Span,
    /// Where the code gives up without it.
    fails: Option<Span>,
}

fn required(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> Vec<Required> {
    let mut found = Vec::new();
    for call in calls::of_module(module, facts) {
        let demands = call.name == "getOrThrow"
            && call
                .object
                .is_some_and(|object| material::is_config(facts, object));
        if !demands {
            continue;
        }
        if let Some(first) = call.argument(0)
            && let Expression::String(name) = facts.expression(first.id)
            && is_variable(name)
        {
            found.push(Required {
                name: name.clone(),
                at: facts.span(first.id),
                fails: None,
            });
        }
    }
    let read = facts.all([ExpressionKind::Member, ExpressionKind::Index]);
    let read: Vec<(ExpressionId, Span, SmolStr)> = read
        .filter_map(|(id, node)| Some((id, node.span, variable(facts, id)?)))
        .collect();
    if read.is_empty() {
        return found;
    }
    let mut gives = GivesUp::default();
    walk::walk_module(&mut gives, facts);
    let switches = switches(facts);
    let named = named(facts);
    for (id, at, name) in read {
        // `const mode = process.env.MODE`, and `mode` is only ever compared.
        let only_compared = || {
            let uses = named.get(&id).map(|binding| facts.uses(*binding));
            uses.is_some_and(|uses| !uses.is_empty() && uses.iter().all(|id| switches.contains(id)))
        };
        let goes_on = || {
            let mut uses = made_of(facts, at).flat_map(|binding| facts.uses(binding));
            uses.any(|used| {
                gives
                    .back
                    .iter()
                    .any(|asked| asked.contains(facts.span(*used)))
            })
        };
        if switches.contains(&id) || only_compared() || goes_on() {
            continue;
        }
        let fails = gives.throws.iter().copied().find(|span| {
            let text = context.text(context.project.modules.at(module, *span));
            says(text, &name)
        });
        if fails.is_some() {
            found.push(Required { name, at, fails });
        }
    }
    found
}

/// What is compared with a text: `process.env.FEATURE !== 'true'`. Unset is off.
fn switches(facts: &ModuleFacts) -> BTreeSet<ExpressionId> {
    let is_text = |id: ExpressionId| matches!(facts.expression(id), Expression::String(_));
    let compared = facts
        .all([ExpressionKind::Binary])
        .filter_map(|(_, node)| match &node.kind {
            Expression::Binary {
                operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                left,
                right,
            } if is_text(*right) => Some(*left),
            Expression::Binary {
                operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                left,
                right,
            } if is_text(*left) => Some(*right),
            _ => None,
        });
    compared.map(|id| facts.unwrap_casts(id)).collect()
}

/// The variables that hold an expression as it is, and nothing else.
fn named(facts: &ModuleFacts) -> BTreeMap<ExpressionId, BindingId> {
    let all = facts.bindings.iter().zip(0u32..);
    let held = all.filter_map(|(binding, n)| {
        let BindingKind::Variable {
            init: Some(init), ..
        } = &binding.kind
        else {
            return None;
        };
        let whole = init.path.is_empty() && init.default.is_none() && !binding.reassigned;
        whole.then(|| (facts.unwrap_casts(init.value), BindingId(n)))
    });
    held.collect()
}

/// The variables that are made of what stands at a place, however.
fn made_of(facts: &ModuleFacts, at: Span) -> impl Iterator<Item = BindingId> {
    let all = facts.bindings.iter().zip(0u32..);
    all.filter_map(move |(binding, n)| match &binding.kind {
        BindingKind::Variable {
            init: Some(init), ..
        } if facts.span(init.value).contains(at) => Some(BindingId(n)),
        _ => None,
    })
}

/// `return`, `return null`: whoever called goes on without.
fn gives_nothing(facts: &ModuleFacts, then: &Block) -> bool {
    let [only] = then.as_slice() else {
        return false;
    };
    match &only.kind {
        Statement::Return(None) => true,
        Statement::Return(Some(value)) => matches!(
            facts.expression(facts.unwrap_casts(*value)),
            Expression::Null | Expression::Undefined
        ),
        Statement::Block(inner) => gives_nothing(facts, inner),
        _ => false,
    }
}

/// Whether a text says a name as a word of its own, and does not merely read it.
fn says(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(part) && !after.starts_with(part) && !before.ends_with("env.")
    })
}

fn is_variable(name: &str) -> bool {
    name.len() > 2
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// The name of `process.env.NAME`.
fn variable(facts: &ModuleFacts, id: ExpressionId) -> Option<SmolStr> {
    let (object, name) = match facts.expression(id) {
        Expression::Member {
            object, property, ..
        } => (*object, &property.text),
        Expression::Index { object, index, .. } => match facts.expression(*index) {
            Expression::String(name) => (*object, name),
            _ => return None,
        },
        _ => return None,
    };
    let Expression::Member {
        object: process,
        property,
        ..
    } = facts.expression(object)
    else {
        return None;
    };
    let is_environment = property.text == "env"
        && matches!(facts.expression(*process), Expression::Identifier { name, binding: None } if name == "process");
    (is_environment && is_variable(name)).then(|| name.clone())
}

/// Where code gives up, and how.
#[derive(Default)]
struct GivesUp {
    /// What it throws.
    throws: Vec<Span>,
    /// The conditions under which it gives back nothing: `if (!key) return undefined`.
    back: Vec<Span>,
}

impl Visitor for GivesUp {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::Throw(_) => self.throws.push(statement.span),
            Statement::If { test, then, .. } if gives_nothing(facts, then) => {
                self.back.push(facts.span(*test));
            }
            _ => {}
        }
        walk::walk_statement(self, facts, statement);
    }
}

fn finding(context: &Context<'_>, module: ModuleId, required: &Required) -> Diagnostic {
    let modules = &context.project.modules;
    let name = &required.name;
    let examples = &context.project.workspace.environment_examples;
    let path = modules.get(module).path.as_str();
    // The nearest example is the one that people copy.
    let nearest = examples
        .iter()
        .filter(|example| {
            let folder = example.path.parent().map_or("", |folder| folder.as_str());
            folder.is_empty() || path.starts_with(folder)
        })
        .max_by_key(|example| example.path.components().count())
        .or(examples.first());
    let example = nearest.map_or("the example", |example| example.path.as_str());
    let at: Location = modules.at(module, required.at);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{name}` has to be set, and `{example}` does not name it"),
    )
    .label("read here");
    if let Some(fails) = required.fails {
        found = found.related(modules.at(module, fails), "nothing works without it");
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "add `{name}=` to `{example}`, with a word on how to get it"
        ))
        .subject(format!("variable:{name}"))
}
