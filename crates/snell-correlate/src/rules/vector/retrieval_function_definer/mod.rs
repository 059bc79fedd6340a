//! A function that searches vectors with the rights of its owner.

use snell_project::schema::{History, Schema};
use snell_source::{Diagnostic, FileId, Location, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{CreateFunction, StatementKind},
    catalog::{Catalog, Relation, Table},
};

use super::distance;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/retrieval-function-definer",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A search function runs as its owner, past the row security of its table",
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
    let definers = catalog.functions.iter().filter(|f| f.security_definer);
    definers
        .filter_map(|function| {
            let place = function.provenance.shaped;
            let migration = history.migrations.get(place.migration as usize)?;
            let mut statements = migration.parse.statements.iter();
            let statement = statements.find(|statement| statement.span == place.span)?;
            let StatementKind::CreateFunction(create) = &statement.kind else {
                return None;
            };
            let (table, guarded) = catalog
                .tables()
                .find(|(relation, table)| searches(create, relation, table, catalog))?;
            (guarded.row_security && !guarded.force_row_security)
                .then(|| finding(history, migration.file, create, table, guarded))
        })
        .collect()
}

/// Whether the body of a function measures distances in a table of vectors.
fn searches(
    create: &CreateFunction,
    relation: &Relation,
    table: &Table,
    catalog: &Catalog,
) -> bool {
    let Some(body) = &create.body else {
        return false;
    };
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let names = |name: &str| {
        body.text
            .split(|c: char| !is_word(c))
            .any(|word| word == name)
    };
    let mut vectors = table
        .columns
        .iter()
        .filter(|c| distance::is_vector(catalog, c));
    names(&relation.name)
        && distance::is_in(&body.text)
        && vectors.any(|column| names(&column.name))
}

fn finding(
    history: &History,
    file: FileId,
    create: &CreateFunction,
    relation: &Relation,
    table: &Table,
) -> Diagnostic {
    let name = &create.name.name.text;
    let at = Location::new(file, create.name.span());
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "`{name}` searches `{}` past its row security",
            relation.name
        ),
    )
    .label("`SECURITY DEFINER`: runs as its owner, whom policies do not bind");
    if let Some(policy) = table.policies.first() {
        found = found.related(
            history.location(policy.provenance.created),
            "this policy is not asked",
        );
    }
    found
        .help("leave `SECURITY DEFINER` out, or filter by who asks inside the function")
        .subject(format!("function:{name}"))
}
