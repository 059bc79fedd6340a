//! JSON that always has the same keys.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_project::schema::FieldRef;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::json::{JsonUse, JsonUses, Shape};
use crate::{
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/json-structured",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A JSON column always holds the same keys",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Keys of a structure: one is a wrapper, more than this a document.
const KEYS: std::ops::RangeInclusive<usize> = 2..=12;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let uses = JsonUses::shared(context);
    uses.iter()
        .filter_map(|(column, uses)| finding(context, column, uses))
        .collect()
}

/// The keys that every write gives, and the places; none when a write is not known.
fn stable(uses: &JsonUse) -> Option<(BTreeSet<SmolStr>, Vec<Location>)> {
    let mut keys: Option<&BTreeSet<SmolStr>> = None;
    let mut places = Vec::new();
    for (at, shape) in &uses.writes {
        match shape {
            Shape::Nothing => {}
            Shape::Other => return None,
            Shape::Keys(own) if keys.is_none_or(|known| known == own) => {
                keys = Some(own);
                places.push(*at);
            }
            Shape::Keys(_) => return None,
        }
    }
    keys.filter(|keys| KEYS.contains(&keys.len()))
        .map(|keys| (keys.clone(), places))
}

fn finding(context: &Context<'_>, column: FieldRef, uses: &JsonUse) -> Option<Diagnostic> {
    let (keys, places) = stable(uses)?;
    let name = &context.project.schemas.field(column).name;
    // What goes out to others, or came from them, is kept as it was.
    if super::words::of_others(name) {
        return None;
    }
    let reads: Vec<&Location> = uses
        .inside
        .iter()
        .filter(|(key, _)| keys.contains(key))
        .map(|(_, at)| at)
        .chain(&uses.typed)
        .collect();
    // One place that writes, and nothing that looks inside: a document that is kept as it came.
    if places.len() < 2 && reads.is_empty() {
        return None;
    }
    let schema = context.project.schemas.get(column.schema);
    let model = &schema.datamodel[column.field.model];
    let field = &schema.datamodel[column.field];
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!(
            "`{}.{}` always holds {}",
            model.name,
            field.name,
            wording::and(&quoted)
        ),
    )
    .label("columns in all but name: no types, no checks")
    .confidence(Confidence::Likely);
    for at in places.iter().take(3) {
        found = found.related(*at, "writes them");
    }
    for at in reads.iter().take(2) {
        found = found.related(**at, "reads them");
    }
    Some(
        found
            .help(format!(
                "columns of `{}`, or of a table of their own; else a check of the shape, and one schema that all readers parse it with",
                model.name
            ))
            .subject(wording::subject(model, &field.name)),
    )
}
