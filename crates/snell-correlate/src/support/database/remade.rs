//! Tables that the application makes itself, under a name that a function is handed.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, ExpressionKind, ModuleFacts, Property,
};
use snell_flow::raw::{PieceKind, SqlText};
use snell_project::{
    module::{ExpressionRef, FunctionRef, In, ModuleId},
    types::Types,
};

use crate::{functions, rule::Context};

/// Their names, as far as callers write them down.
#[derive(Debug, Default)]
pub(crate) struct Remade {
    names: FxHashSet<SmolStr>,
}

impl Remade {
    /// Finds them, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Remade {
            names: names(context),
        })
    }

    /// Whether the application makes a table of this name.
    pub(crate) fn holds(&self, table: &str) -> bool {
        self.names.contains(table)
    }
}

/// What a caller puts in the place of a parameter.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Given {
    Name(SmolStr),
    /// `job.output.table`: the last names of the way, innermost first.
    Way(Vec<SmolStr>),
}

fn names(context: &Context<'_>) -> FxHashSet<SmolStr> {
    let mut makers: FxHashSet<(FunctionRef, u32)> = FxHashSet::default();
    let texts = context.raw.iter().flat_map(|query| &query.runs);
    for text in texts.flat_map(|run| &run.texts) {
        makers.extend(made(text).filter_map(|at| parameter(context, at)));
    }
    if makers.is_empty() {
        return FxHashSet::default();
    }
    let mut given: FxHashSet<Given> = FxHashSet::default();
    each_module(context, |module, facts| {
        for (_, node) in facts.all([ExpressionKind::Call]) {
            let Expression::Call {
                callee, arguments, ..
            } = &node.kind
            else {
                continue;
            };
            let Some(name) = last_name(facts, *callee) else {
                continue;
            };
            let of_name = makers.iter().filter(|(function, _)| {
                functions::name(context.project, *function)
                    .rsplit('.')
                    .next()
                    == Some(name)
            });
            for (function, index) in of_name {
                let callee = Types::new(&context.project.modules).callee(In {
                    module,
                    id: *callee,
                });
                let argument = arguments.get(*index as usize).filter(|one| !one.spread);
                if let (true, Some(argument)) = (callee == Some(*function), argument) {
                    given.extend(what(facts, argument.value));
                }
            }
        }
    });
    let ways: Vec<&[SmolStr]> = given
        .iter()
        .filter_map(|one| match one {
            Given::Way(way) => Some(way.as_slice()),
            Given::Name(_) => None,
        })
        .collect();
    let mut found: FxHashSet<SmolStr> = FxHashSet::default();
    if !ways.is_empty() {
        each_module(context, |_, facts| settings(facts, &ways, &mut found));
    }
    found.extend(given.iter().filter_map(|one| match one {
        Given::Name(name) => Some(name.clone()),
        Given::Way(_) => None,
    }));
    found
}

fn each_module<'a>(context: &Context<'a>, mut each: impl FnMut(ModuleId, &'a ModuleFacts)) {
    let project = context.project;
    for (module, owner) in project.modules.iter() {
        if functions::is_application(project, module) {
            each(module, &owner.facts);
        }
    }
}

/// The holes of a text that are the whole name of a table which it makes.
fn made(text: &SqlText) -> impl Iterator<Item = ExpressionRef> {
    text.pieces.iter().filter_map(|piece| {
        let PieceKind::Hole(hole) = &piece.kind else {
            return None;
        };
        let (before, after) = (
            &text.text[..piece.start as usize],
            &text.text[piece.end as usize..],
        );
        let before = before.strip_suffix('"').unwrap_or(before);
        let after = after.strip_prefix('"').unwrap_or(after);
        let ends =
            !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"'));
        let words: Vec<String> = before
            .split_whitespace()
            .map(str::to_ascii_lowercase)
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let makes = before.ends_with(char::is_whitespace)
            && (words.ends_with(&["create", "table"])
                || words.ends_with(&["table", "if", "not", "exists"])
                || words.contains(&"table") && words.ends_with(&["rename", "to"]));
        (makes && ends).then_some(hole.at)
    })
}

/// The parameter that an expression is.
fn parameter(context: &Context<'_>, at: ExpressionRef) -> Option<(FunctionRef, u32)> {
    let facts = context.project.modules.facts(at.module);
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return None;
    };
    let BindingKind::Parameter {
        function,
        index,
        path,
    } = &facts.binding(*binding).kind
    else {
        return None;
    };
    let function = In {
        module: at.module,
        id: *function,
    };
    path.is_empty().then_some((function, *index))
}

fn last_name(facts: &ModuleFacts, callee: ExpressionId) -> Option<&str> {
    match facts.expression(callee) {
        Expression::Identifier { name, .. } => Some(name),
        Expression::Member { property, .. } => Some(&property.text),
        _ => None,
    }
}

/// What an argument says of the name.
fn what(facts: &ModuleFacts, argument: ExpressionId) -> Option<Given> {
    let mut id = facts.unwrap_casts(argument);
    if let Expression::String(name) = facts.expression(id) {
        return Some(Given::Name(name.clone()));
    }
    let mut way = Vec::new();
    while let Expression::Member {
        object, property, ..
    } = facts.expression(id)
    {
        way.push(property.text.clone());
        id = facts.unwrap_casts(*object);
    }
    if let Expression::Identifier { name, .. } = facts.expression(id) {
        way.push(name.clone());
    }
    way.truncate(2);
    (way.len() == 2).then_some(Given::Way(way))
}

/// `output: { table: 'DailyRank' }`: the texts that stand at one of some ways.
fn settings(facts: &ModuleFacts, ways: &[&[SmolStr]], found: &mut FxHashSet<SmolStr>) {
    for (_, node) in facts.all([ExpressionKind::Object]) {
        let Expression::Object(outer) = &node.kind else {
            continue;
        };
        for (holder, inner) in entries(outer) {
            let Expression::Object(inner) = facts.expression(facts.unwrap_casts(inner)) else {
                continue;
            };
            for (name, value) in entries(inner) {
                let known = ways.iter().any(|way| way[0] == name && way[1] == holder);
                if let (true, Expression::String(text)) =
                    (known, facts.expression(facts.unwrap_casts(value)))
                {
                    found.insert(text.clone());
                }
            }
        }
    }
}

fn entries(properties: &[Property]) -> impl Iterator<Item = (&str, ExpressionId)> {
    properties.iter().filter_map(|property| match property {
        Property::Value { key, value, .. } => Some((key.name()?.text.as_str(), *value)),
        _ => None,
    })
}
