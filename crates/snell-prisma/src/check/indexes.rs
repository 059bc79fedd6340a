//! Primary keys, uniques and indexes: over fields that exist, and at least one key to find a row by.

use std::collections::BTreeSet;

use super::Checker;
use crate::datamodel::{Datamodel, Field, FieldType, Index, IndexKind, Model};

pub(super) fn check(checker: &mut Checker<'_>) {
    let datamodel: &Datamodel = checker.datamodel;
    for model in datamodel.models() {
        for index in &model.all_indexes {
            columns(checker, model, index);
            client_name(checker, model, index);
        }
        one_primary_key(checker, model);
        if model.ignored.is_none() && !model.is_view {
            required_primary_key(checker, model);
        }
        if model.ignored.is_none() && !model.is_view && model.is_complete {
            unique_criterion(checker, model);
        }
    }
}

fn columns(checker: &mut Checker<'_>, model: &Model, index: &Index) {
    if index.columns.is_empty() {
        let named = model
            .attributes
            .iter()
            .find(|a| a.span == index.span)
            .is_some_and(|a| a.named_or_unnamed("fields").is_some());
        if named {
            checker.in_model(model, index.span, "an index needs a field");
        }
        return;
    }
    let mut seen = BTreeSet::new();
    for column in &index.columns {
        let Some(id) = column.field else {
            if !model.is_complete {
                continue;
            }
            let message = format!("`{}` has no field `{}`", model.name, column.name);
            checker.in_model(model, column.span, message);
            continue;
        };
        if !index.on_field && model.fields[id.index()].relation().is_some() {
            let message = format!(
                "`{}` is a relation field: an index is over the fields that hold its key",
                column.name
            );
            checker.in_model(model, column.span, message);
        }
        if !seen.insert(&column.name) {
            checker.in_model(
                model,
                column.span,
                format!("`{}` is in the index already", column.name),
            );
        }
    }
}

/// The client finds fields and compound keys under one roof.
fn client_name(checker: &mut Checker<'_>, model: &Model, index: &Index) {
    if let Some(name) = &index.name
        && model.field(&name.name).is_some()
    {
        let message = format!("`{}` is the name of a field already", name.name);
        checker.in_model(model, name.span, message);
    }
}

fn one_primary_key(checker: &mut Checker<'_>, model: &Model) {
    let mut keys = model
        .all_indexes
        .iter()
        .filter(|i| i.kind == IndexKind::PrimaryKey);
    keys.next();
    for key in keys {
        let message = format!("`{}` has a primary key already", model.name);
        checker.in_model(model, key.span, message);
    }
}

fn required_primary_key(checker: &mut Checker<'_>, model: &Model) {
    let Some(key) = model.primary_key() else {
        return;
    };
    for column in &key.columns {
        let field = column.field.map(|id| &model.fields[id.index()]);
        if field.is_some_and(|f| f.is_column() && !f.is_required() && !column.is_path()) {
            let message = format!(
                "a primary key is over required fields: `{}` is not",
                column.name
            );
            checker.in_model(model, column.span, message);
        }
    }
}

fn unique_criterion(checker: &mut Checker<'_>, model: &Model) {
    let is_strict =
        |field: &Field| !field.is_optional() && !matches!(field.ty, FieldType::Unsupported(_));
    // A column that does not exist was reported; whether the key would do is not known then.
    let found = model
        .all_indexes
        .iter()
        .filter(|i| i.is_unique())
        .any(|index| {
            index.columns.iter().all(|column| {
                let field = column.field.map(|id| &model.fields[id.index()]);
                field.is_none_or(|f| column.is_path() || is_strict(f))
            })
        });
    if !found {
        let message = format!(
            "`{}` needs a key of required fields: `@id`, `@unique`, `@@id` or `@@unique`",
            model.name
        );
        checker.in_model(model, model.name_span, message);
    }
}
