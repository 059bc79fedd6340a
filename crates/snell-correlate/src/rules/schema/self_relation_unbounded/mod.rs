//! Trees without bounds.

use snell_prisma::{Cardinality, Model};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{together, words};
use crate::{
    rule::{Context, Rule},
    support::tables::TableModel,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/self-relation-unbounded",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Nothing bounds the depth of a tree",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Columns that say where in the tree a row stands.
const PLACED: [&str; 7] = [
    "depth",
    "level",
    "path",
    "lineage",
    "ancestors",
    "lft",
    "root",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = together::schemas(context);
    schemas
        .iter()
        .filter_map(|tables| finding(tables))
        .collect()
}

fn finding(tables: &[TableModel<'_>]) -> Option<Diagnostic> {
    let schema = tables.first()?.schema;
    let datamodel = &schema.datamodel;
    let mut names: Vec<String> = Vec::new();
    let mut places: Vec<(Location, String)> = Vec::new();
    for table in tables {
        for (relation, key) in datamodel.foreign_keys_of(table.model.id) {
            let field = &datamodel[key.field];
            let itself = datamodel
                .target(field)
                .is_some_and(|target| target.id == table.model.id);
            if itself
                && relation.cardinality == Cardinality::OneToMany
                && is_upward(&field.name)
                && !is_placed(table.model)
            {
                let name = format!("{}.{}", table.model.name, field.name);
                places.push((schema.field_name(field), name.clone()));
                names.push(name);
            }
        }
    }
    let found = together::finding(
        &RULE.metadata,
        &places,
        format!("{} a tree of any depth", together::are(&names, "relations")),
        "a row can be an ancestor of itself, and the database does not mind",
    )?
    .help("forbid the shortest circle with a check that no row is its own parent, walk the tree with a recursive CTE that has a limit, or store the path");
    Some(found.subject("schema:trees"))
}

/// Whether a relation leads to what stands above: `relatedTicket` makes no tree.
fn is_upward(name: &str) -> bool {
    const ABOVE: [&str; 9] = [
        "parent",
        "ancestor",
        "manager",
        "supervisor",
        "superior",
        "boss",
        "reply",
        "replied",
        "above",
    ];
    words::of(name)
        .iter()
        .any(|word| ABOVE.contains(&word.as_str()))
}

fn is_placed(model: &Model) -> bool {
    model.columns().any(|field| {
        let words = words::of(&field.name);
        words.iter().any(|word| PLACED.contains(&word.as_str()))
    })
}
