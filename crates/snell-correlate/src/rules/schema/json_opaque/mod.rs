//! JSON that nothing looks into.

use snell_project::schema::FieldRef;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    json::{JsonUse, JsonUses, Shape},
    together::{self, Column},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/json-opaque",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "JSON that is kept as it came, and that nothing looks into",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let uses = JsonUses::shared(context);
    let opaque: Vec<FieldRef> = uses
        .iter()
        .filter(|(_, uses)| is_opaque(uses))
        .map(|(column, _)| column)
        .collect();
    let schemas = together::columns(context, |column| {
        opaque.contains(&FieldRef {
            schema: column.table.id,
            field: column.field.id,
        })
    });
    schemas
        .iter()
        .filter_map(|columns| finding(columns))
        .collect()
}

/// Written with something that is not known, and never looked into.
fn is_opaque(uses: &JsonUse) -> bool {
    uses.writes.iter().any(|(_, shape)| *shape == Shape::Other)
        && uses.inside.is_empty()
        && uses.typed.is_empty()
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("JSON columns", "kept whole, and nothing looks inside"),
        "a document as it came: JSON is right for it",
    )?
    .confidence(Confidence::Likely)
    .help(
        "leave such columns out of lists with `select` or `omit`, and say how long they are kept",
    );
    Some(found.subject("schema:json-opaque"))
}
