//! A column of vectors of any length.

use snell_project::schema::{History, Schema};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{ExprKind, Part, walk_expression},
    catalog::{Catalog, Column, Relation, Table, TableConstraint},
};

use super::distance;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/dimension-missing",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A vector column does not say how many dimensions it has",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| Some((schema, schema.history.as_ref()?)))
        .flat_map(|(schema, history)| {
            let catalog = &history.replay.catalog;
            let columns = catalog.tables().flat_map(|(relation, table)| {
                table
                    .columns
                    .iter()
                    .map(move |column| (relation, table, column))
            });
            columns
                .filter(|(relation, table, column)| {
                    !relation.uncertain
                        && !column.uncertain
                        && distance::is_vector(catalog, column)
                        && column.data_type.modifiers.is_empty()
                        && distance::indexes(catalog, (relation.id, column.number)).is_empty()
                        && !is_measured(table, column)
                })
                .map(|(relation, _, column)| finding(schema, history, catalog, relation, column))
        })
        .collect()
}

/// Whether a check of the table asks for the number of dimensions.
fn is_measured(table: &Table, column: &Column) -> bool {
    table.constraints.iter().any(|constraint| {
        let TableConstraint::Check(expr) = &constraint.kind else {
            return false;
        };
        let (mut measures, mut names) = (false, false);
        walk_expression(expr, &mut |part| {
            if let Part::Expr(expr) = part {
                match &expr.kind {
                    ExprKind::Call(call) => measures |= call.name.name.text == "vector_dims",
                    ExprKind::Column(parts) => {
                        names |= parts.last().is_some_and(|part| part.text == column.name);
                    }
                    _ => {}
                }
            }
        });
        measures && names
    })
}

fn finding(
    schema: &Schema,
    history: &History,
    catalog: &Catalog,
    relation: &Relation,
    column: &Column,
) -> Diagnostic {
    let kind = catalog.type_name(column.data_type.id);
    let name = &relation.name;
    let place = history.part(column.provenance.shaped, &column.name);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place,
        format!(
            "`{name}.{}` takes vectors of any number of dimensions",
            column.name
        ),
    )
    .label(
        "no index can be created over it, and a distance between rows of two lengths fails (22000)",
    );
    let field = schema
        .datamodel
        .models_of_table(name)
        .find_map(|model| model.field_of_column(&column.name));
    if let Some(field) = field {
        found = found.related(schema.field_name(field), "the field");
    }
    found
        .help(format!(
            "say what the embedding model gives, in the schema and in a migration: `ALTER TABLE \"{name}\" ALTER COLUMN \"{}\" TYPE {kind}(1536)`",
            column.name
        ))
        .subject(format!("table:{name} column:{}", column.name))
}
