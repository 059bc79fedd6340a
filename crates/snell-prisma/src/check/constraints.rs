//! Database names: of tables, enums, columns and constraints, each once where it has to be.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::Checker;
use crate::datamodel::{Datamodel, IndexKind, Mapped, Model, Place, Provider};

pub(super) fn check(checker: &mut Checker<'_>) {
    let datamodel: &Datamodel = checker.datamodel;
    let mut tables = BTreeSet::new();
    let mut indexes = BTreeSet::new();
    database_schemas(checker);
    for model in datamodel.models() {
        columns(checker, model);
        if !tables.insert((schema(&model.schema), model.db_name.clone())) {
            let message = format!("the table `{}` has a model already", model.db_name);
            let span = model.map.as_ref().map_or(model.name_span, |m| m.span);
            checker.in_model(model, span, message);
        } else if datamodel.provider() == Provider::PostgreSql {
            index_names(checker, model, &mut indexes);
        }
    }
}

fn schema(schema: &Option<Mapped>) -> Option<SmolStr> {
    schema.as_ref().map(|s| s.name.clone())
}

/// Where the datasource lists `schemas`, each model and enum says which one it is in.
fn database_schemas(checker: &mut Checker<'_>) {
    let datamodel: &Datamodel = checker.datamodel;
    let schemas = datamodel.datasource().map_or(&[][..], |d| &d.schemas);
    if schemas.is_empty() {
        return;
    }
    let models = datamodel.models().iter();
    let models = models.map(|m| (&m.name, &m.schema, m.at.file, m.name_span));
    let enums = datamodel.enums().iter();
    let enums = enums.map(|e| (&e.name, &e.schema, e.at.file, e.name_span));
    for (name, schema, file, span) in models.chain(enums) {
        match schema {
            None => {
                let message =
                    format!("`{name}` needs a `@@schema`: the datasource lists `schemas`");
                checker.error(Place { file, span }, message);
            }
            Some(schema) if schemas.iter().all(|s| s.text != schema.name) => {
                let span = schema.span;
                let message = format!("`{}` is not in the datasource's `schemas`", schema.name);
                checker.error(Place { file, span }, message);
            }
            Some(_) => {}
        }
    }
}

fn columns(checker: &mut Checker<'_>, model: &Model) {
    let mut seen = BTreeMap::new();
    for field in model.columns() {
        if let Some(other) = seen.insert(&field.db_name, &field.name) {
            // Two fields of one name are reported as such.
            if *other != field.name {
                let message = format!(
                    "the column `{}` has the field `{other}` already",
                    field.db_name
                );
                let span = field.map.as_ref().map_or(field.name_span, |m| m.span);
                checker.in_field(field, span, message);
            }
        }
    }
}

/// PostgreSQL keeps the names of primary keys, uniques and indexes of a schema in one namespace.
fn index_names(
    checker: &mut Checker<'_>,
    model: &Model,
    seen: &mut BTreeSet<(Option<SmolStr>, SmolStr)>,
) {
    // A second primary key is reported as such.
    let key = model.primary_key().into_iter();
    let others = model
        .all_indexes
        .iter()
        .filter(|i| i.kind != IndexKind::PrimaryKey);
    for index in key.chain(others) {
        let Some(name) = &index.db_name else {
            continue;
        };
        if !seen.insert((schema(&model.schema), name.clone())) {
            let message = format!("the name `{name}` is that of another key or index already");
            let span = index.map.as_ref().map_or(index.span, |m| m.span);
            checker.in_model(model, span, message);
        }
    }
}
