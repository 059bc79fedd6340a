//! What the code around a query has names for: what is told to be written there has to be at hand.

use snell_extract::facts::{Expression, ExpressionId, ModuleFacts, Property};
use snell_project::client::CallId;

use crate::{rule::Context, support::name_words::words};

/// Words in the names of columns that say what became of a row, or what somebody may do.
const STATES: [&str; 12] = [
    "status",
    "state",
    "stage",
    "active",
    "enabled",
    "disabled",
    "blocked",
    "banned",
    "suspended",
    "approved",
    "verified",
    "role",
];

/// Words in the names of what is written beside a state.
const BESIDE: [&str; 7] = ["at", "by", "note", "notes", "reason", "comment", "history"];

/// The state that an update writes, where it writes nothing else but when, by whom and why.
pub(super) fn state(context: &Context<'_>, call: CallId) -> Option<String> {
    let call = context.project.calls.get(call);
    let facts = context.project.modules.facts(call.module);
    let Expression::Call { arguments, .. } = facts.expression(call.expression) else {
        return None;
    };
    let data = property(facts, arguments.first()?.value, "data")?;
    let Expression::Object(properties) = facts.expression(data) else {
        return None;
    };
    let mut found = None;
    for property in properties {
        let Property::Value { key, .. } = property else {
            return None;
        };
        let name = &key.name()?.text;
        let words = words(name);
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        match (has(&BESIDE), has(&STATES)) {
            (true, _) => {}
            (false, true) => {
                found.get_or_insert_with(|| name.to_string());
            }
            (false, false) => return None,
        }
    }
    found
}

/// The condition on a list of keys as the query has it: `noteId: { in: ids }`. None where the
/// condition is no list.
pub(super) fn listed(context: &Context<'_>, call: CallId, field: &str) -> Option<String> {
    let call = context.project.calls.get(call);
    let facts = context.project.modules.facts(call.module);
    let Expression::Call { arguments, .. } = facts.expression(call.expression) else {
        return None;
    };
    let filter = property(facts, arguments.first()?.value, "where")?;
    let value = property(facts, filter, field)?;
    let keys = property(facts, value, "in")?;
    let at = context.project.modules.at(call.module, facts.span(keys));
    let text = context.text(at);
    let is_name = text
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
    is_name.then(|| format!("{field}: {{ in: {text} }}"))
}

fn property(facts: &ModuleFacts, object: ExpressionId, name: &str) -> Option<ExpressionId> {
    let Expression::Object(properties) = facts.expression(object) else {
        return None;
    };
    properties.iter().find_map(|property| match property {
        Property::Value { key, value, .. } if key.name().is_some_and(|key| key.text == name) => {
            Some(*value)
        }
        _ => None,
    })
}

/// Whether the function around a query has a word in it.
pub(super) fn knows(context: &Context<'_>, call: CallId, word: &str) -> bool {
    let call = context.project.calls.get(call);
    let module = context.project.modules.get(call.module);
    let Some(function) = module.context.function(call.expression) else {
        return true;
    };
    let function = module.facts.outermost(function);
    let span = module.facts.function(function).span;
    let text = context.text(context.project.modules.at(call.module, span));
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|own| own == word)
}
