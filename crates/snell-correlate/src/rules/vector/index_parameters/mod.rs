//! An ivfflat index with the number of lists left open.

use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/index-parameters",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "An ivfflat index does not say how many lists it has",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas.flat_map(|(_, schema)| of_schema(schema)).collect()
}

fn of_schema(schema: &Schema) -> Vec<Diagnostic> {
    let Some(history) = &schema.history else {
        return Vec::new();
    };
    let indexes = history.replay.catalog.indexes();
    indexes
        .filter(|(relation, index)| {
            index.method == "ivfflat"
                && !relation.uncertain
                && index.options.iter().all(|(name, _)| name != "lists")
        })
        .map(|(relation, _)| {
            let name = &relation.name;
            Diagnostic::at(
                &RULE.metadata,
                history.location(relation.provenance.created),
                format!("`{name}` has 100 lists, because it does not say how many"),
            )
            .label("no `WITH (lists = n)`")
            .help("a list for each thousand rows, up to a million rows: `WITH (lists = 500)`; or use hnsw")
            .subject(format!("index:{name}"))
        })
        .collect()
}
