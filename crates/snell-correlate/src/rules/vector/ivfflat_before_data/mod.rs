//! An ivfflat index whose lists were made of nothing.

use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{RebuildKind, StatementKind};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/ivfflat-before-data",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "An ivfflat index is created together with its table, before it has rows",
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
    let catalog = &history.replay.catalog;
    let rebuilt = history.migrations.iter().any(|migration| {
        let mut statements = migration.parse.statements.iter();
        statements.any(|statement| {
            matches!(&statement.kind, StatementKind::Rebuild(rebuild)
                if matches!(rebuild.kind, RebuildKind::Reindex(_)))
        })
    });
    let mut found = Vec::new();
    for (relation, index) in catalog.indexes() {
        let Some(table) = catalog.relation(index.table) else {
            continue;
        };
        let created = relation.provenance.created;
        let filled = catalog.table(index.table).is_none_or(|table| table.rows);
        if index.method != "ivfflat"
            || rebuilt
            || filled
            || relation.uncertain
            || created.migration != table.provenance.created.migration
        {
            continue;
        }
        let (name, of) = (&relation.name, &table.name);
        let one = Diagnostic::at(
            &RULE.metadata,
            history.location(created),
            format!("`{name}` is an ivfflat index over an empty table"),
        )
        .label("its lists are the centres of the rows that are there when it is created: none")
        .related(
            history.part(table.provenance.created, of),
            "created in the same migration",
        );
        found.push(
            one.help(format!(
                "use hnsw, which needs no rows first (`USING hnsw (...)`), or run `REINDEX INDEX \"{name}\"` once rows are there"
            ))
            .subject(format!("index:{name}")),
        );
    }
    found
}
