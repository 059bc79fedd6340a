//! A table that inherits.

use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::catalog::{Relation, Table};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/table-inheritance",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A table inherits from another one",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas.flat_map(|(_, schema)| inherited(schema)).collect()
}

fn inherited(schema: &Schema) -> Vec<Diagnostic> {
    let Some(history) = &schema.history else {
        return Vec::new();
    };
    let catalog = &history.replay.catalog;
    let parent = |table: &Table| {
        let id = table.parents.first()?;
        let partitioned = catalog.table(*id)?.partitioned;
        catalog.relation(*id).filter(|_| !partitioned)
    };
    let tables = catalog.tables();
    tables
        .filter_map(|(relation, table)| Some((relation, parent(table)?)))
        .map(|(relation, parent)| {
            finding(
                history.location(relation.provenance.created),
                relation,
                parent,
            )
        })
        .collect()
}

fn finding(at: snell_source::Location, relation: &Relation, parent: &Relation) -> Diagnostic {
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{}` inherits from `{}`", relation.name, parent.name),
    )
    .label(format!(
        "unique and foreign keys of `{}` do not see these rows",
        parent.name
    ))
    .help("partition the parent, or give the two tables a foreign key between them")
    .subject(format!("table:{}", relation.name))
}
