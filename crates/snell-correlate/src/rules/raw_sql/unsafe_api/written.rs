//! How the code writes a statement that is constant.

use std::collections::BTreeSet;

use snell_extract::facts::Expression;
use snell_flow::raw::RawQuery;

use crate::rule::Context;

/// How a text comes about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As one literal.
    Whole,
    /// With constants in it, in the text that stands there: `vector(1536)`.
    Interpolated(String),
    /// Of several literals, of which some may be left out.
    PutTogether,
}

pub(super) fn how(context: &Context<'_>, query: &RawQuery) -> How {
    let own = query.runs.iter().filter(|run| run.chain.is_empty());
    let texts: BTreeSet<&str> = own
        .flat_map(|run| &run.texts)
        .map(|text| text.text.as_str())
        .collect();
    if texts.len() > 1 {
        return How::PutTogether;
    }
    let call = context.project.calls.get(query.call);
    let facts = context.project.modules.facts(call.module);
    let Expression::Call { arguments, .. } = facts.expression(call.expression) else {
        return How::Whole;
    };
    let Some(first) = arguments.first() else {
        return How::Whole;
    };
    let Expression::Template { values, .. } = facts.expression(first.value) else {
        return How::Whole;
    };
    if values.is_empty() {
        return How::Whole;
    }
    let at = context
        .project
        .modules
        .at(call.module, facts.span(first.value));
    let text = texts.first().copied().unwrap_or_default();
    let parts = modifiers(context.text(at), text);
    match parts.is_empty() {
        true => How::Interpolated("a name or a number".to_owned()),
        false => How::Interpolated(format!("`{}`", parts.join("`, `"))),
    }
}

/// The types whose modifier a source interpolates, `::vector(${size})`, as the text has them.
fn modifiers(source: &str, text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for before in source
        .split("(${")
        .collect::<Vec<_>>()
        .split_last()
        .map_or(&[][..], |(_, all)| all)
    {
        let name = before.rsplit("::").next().unwrap_or_default();
        let is_type = before.contains("::")
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let head = format!("::{name}(");
        let written = is_type
            .then(|| text.split_once(&head))
            .flatten()
            .and_then(|(_, rest)| rest.split_once(')'))
            .map(|(inside, _)| format!("{name}({inside})"));
        if let Some(written) = written.filter(|one| !found.contains(one)) {
            found.push(written);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::modifiers;

    #[test]
    fn the_size_of_a_type_is_written_out() {
        assert_eq!(
            modifiers(
                "`SELECT $1::vector(${SIZE}), f(${N})`",
                "SELECT $1::vector(8), f(2)"
            ),
            ["vector(8)"]
        );
        assert!(modifiers("`SELECT f(${N})`", "SELECT f(2)").is_empty());
    }
}
