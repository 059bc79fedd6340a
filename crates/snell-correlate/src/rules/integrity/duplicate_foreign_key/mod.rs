//! Two foreign keys that say the same.

use snell_prisma::{ForeignKey, RelationMode};
use snell_project::schema::{History, Schema};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::catalog::{Constraint, Reference, Relation, Table, TableConstraint};

use crate::{
    rule::{Context, Rule},
    support::{
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/duplicate-foreign-key",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Two foreign keys over the same columns refer to the same table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = tables::of_postgres(context)
        .filter(|table| table.schema.datamodel.relation_mode() == RelationMode::ForeignKeys)
        .flat_map(declared)
        .collect();
    for (_, schema) in context.project.schemas.iter() {
        if let Some(history) = &schema.history {
            found.extend(built(schema, history));
        }
    }
    found
}

/// Relations of the schema over the same columns.
fn declared(table: TableModel<'_>) -> Vec<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let keys: Vec<&ForeignKey> = datamodel
        .foreign_keys_of(model.id)
        .map(|(_, k)| k)
        .collect();
    let target = |key: &ForeignKey| datamodel.target(&datamodel[key.field]).map(|one| one.id);
    let mut found = Vec::new();
    for (n, key) in keys.iter().enumerate() {
        let same = |other: &&&ForeignKey| {
            other.columns == key.columns
                && other.references == key.references
                && target(other) == target(key)
        };
        let Some(first) = keys[..n].iter().find(same) else {
            continue;
        };
        let columns = wording::fields(datamodel, &key.columns);
        let field = &datamodel[key.field];
        found.push(
            Diagnostic::at(
                &RULE.metadata,
                schema.field_name(field),
                format!(
                    "`{}` and `{}` of `{}` are the same foreign key",
                    datamodel[first.field].name, field.name, model.name
                ),
            )
            .label(format!("refers by ({columns}) as well"))
            .related(schema.field_name(&datamodel[first.field]), "the first")
            .help("leave one of the two relations out")
            .subject(wording::subject(model, &columns)),
        );
    }
    found
}

/// A foreign key of a table of the catalog.
type Key<'a> = (&'a Constraint, &'a Reference);

/// Constraints of the database over the same columns, where the schema has one.
fn built(schema: &Schema, history: &History) -> Vec<Diagnostic> {
    let catalog = &history.replay.catalog;
    let mut found = Vec::new();
    for (relation, table) in catalog.tables().filter(|(relation, _)| !relation.uncertain) {
        let keys: Vec<Key<'_>> = table
            .constraints
            .iter()
            .filter_map(|constraint| match &constraint.kind {
                TableConstraint::ForeignKey(reference) => Some((constraint, reference)),
                _ => None,
            })
            .collect();
        for (n, key) in keys.iter().enumerate() {
            let same = |other: &&Key<'_>| {
                other.0.columns == key.0.columns
                    && other.1.table == key.1.table
                    && other.1.columns == key.1.columns
            };
            let first = keys[..n].iter().find(same);
            // Two relations of the schema make two constraints: told there.
            if let Some(first) = first.filter(|_| relations(schema, relation, table, key) < 2) {
                found.push(constraint(schema, history, relation, table, *first, *key));
            }
        }
    }
    found
}

/// How many relations of the schema are over the columns of a constraint.
fn relations(schema: &Schema, relation: &Relation, table: &Table, key: &Key<'_>) -> usize {
    let datamodel = &schema.datamodel;
    let columns: Vec<_> = table.names(&key.0.columns).collect();
    let models = datamodel.models_of_table(&relation.name);
    models
        .flat_map(|model| datamodel.foreign_keys_of(model.id))
        .filter(|(_, key)| {
            key.columns.len() == columns.len()
                && key
                    .columns
                    .iter()
                    .zip(&columns)
                    .all(|(field, column)| datamodel[*field].db_name == **column)
        })
        .count()
}

fn constraint(
    schema: &Schema,
    history: &History,
    relation: &Relation,
    table: &Table,
    first: Key<'_>,
    second: Key<'_>,
) -> Diagnostic {
    let columns: Vec<&str> = table.names(&second.0.columns).map(|c| c.as_str()).collect();
    let columns = columns.join(", ");
    let mut found = Diagnostic::at(
        &RULE.metadata,
        history.location(second.0.provenance.created),
        format!(
            "`{}` checks what `{}` checks already",
            second.0.name, first.0.name
        ),
    )
    .label("each write of a row runs both")
    .related(history.location(first.0.provenance.created), "the first");
    if let Some(model) = schema.datamodel.models_of_table(&relation.name).next() {
        found = found.related(schema.model_name(model), "the table");
    }
    found
        .help(format!(
            "in a migration of your own: ALTER TABLE \"{}\" DROP CONSTRAINT \"{}\"",
            relation.name, second.0.name
        ))
        .subject(format!("table:{} columns:{columns}", relation.name))
}
