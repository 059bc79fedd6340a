//! A search inside a document or a list that no index serves.

use snell_prisma::{FieldId, ScalarType};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::contents::{self, Unfound};
use crate::{
    rule::{Context, Rule},
    support::asked::Manner,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/json-needs-gin",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A search inside documents or lists reads the whole table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let unfound = contents::unfound(context, &[Manner::Contents], contents::looks_inside);
    unfound.into_iter().filter_map(finding).collect()
}

fn finding(mut unfound: Unfound<'_>) -> Option<Diagnostic> {
    let (schema, model) = (unfound.table.schema, unfound.table.model);
    // A list under an ordinary index is told of that index.
    let sorted: Vec<FieldId> = unfound
        .idle
        .iter()
        .flat_map(|index| index.fields())
        .collect();
    unfound
        .columns
        .retain(|field| !schema.datamodel[*field].is_list() || !sorted.contains(field));
    let (documents, lists): (Vec<FieldId>, Vec<FieldId>) = unfound
        .columns
        .iter()
        .partition(|field| schema.datamodel[**field].scalar() == Some(ScalarType::Json));
    if documents.is_empty() && lists.is_empty() {
        return None;
    }
    let message = format!(
        "no index finds `{}` rows by what {} holds",
        model.name,
        unfound.names()
    );
    let mut found = unfound.finding(&RULE.metadata, &message, "looks into every row")?;
    found = match lists.first().filter(|_| documents.is_empty()) {
        Some(list) => found.help(format!(
            "add `@@index([{}], type: Gin)` to `{}`",
            schema.datamodel[*list].name, model.name
        )),
        None => found.help(
            "make what is asked for a column of its own; raw queries with the operator @> are served by GIN with jsonb_path_ops",
        ),
    };
    Some(found.subject(unfound.subject()))
}
