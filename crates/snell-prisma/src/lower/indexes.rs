//! Primary keys, uniques and indexes of a model, with the names the database gets.

use smol_str::SmolStr;

use super::attributes::{named_constant, named_string};
use super::names;
use crate::ast::{Attribute, Expression, ExpressionKind};
use crate::datamodel::{
    Algorithm, Field, Index, IndexColumn, IndexKind, Mapped, Model, OperatorClass, Provider,
    SortOrder,
};

/// All of them, in the order that [`Model::all_indexes`] promises.
pub(super) fn of(model: &Model, provider: Provider) -> Vec<Index> {
    let mut indexes = Vec::new();
    for field in &model.fields {
        if let Some(attribute) = field.attribute("id") {
            indexes.push(on_field(field, attribute, IndexKind::PrimaryKey));
        }
    }
    on_block(model, "id", IndexKind::PrimaryKey, &mut indexes);
    for field in &model.fields {
        if let Some(attribute) = field.attribute("unique") {
            indexes.push(on_field(field, attribute, IndexKind::Unique));
        }
    }
    on_block(model, "index", IndexKind::Normal, &mut indexes);
    on_block(model, "unique", IndexKind::Unique, &mut indexes);
    on_block(model, "fulltext", IndexKind::Fulltext, &mut indexes);
    for index in &mut indexes {
        index.db_name = db_name(model, index, provider);
    }
    indexes
}

fn on_block(model: &Model, name: &str, kind: IndexKind, indexes: &mut Vec<Index>) {
    for attribute in model.attributes.iter().filter(|a| a.name.text == name) {
        let columns = attribute
            .named_or_unnamed("fields")
            .map(|a| a.value.elements())
            .unwrap_or_default();
        indexes.push(Index {
            kind,
            columns: columns.iter().filter_map(|c| column(model, c)).collect(),
            ..common(attribute, kind)
        });
    }
}

fn on_field(field: &Field, attribute: &Attribute, kind: IndexKind) -> Index {
    Index {
        columns: vec![IndexColumn {
            name: field.name.clone(),
            field: Some(field.id),
            sort: named_constant(attribute, "sort").and_then(sort_order),
            length: attribute.named("length").and_then(|a| length(&a.value)),
            operator_class: None,
            span: field.name_span,
        }],
        on_field: true,
        name: None,
        ..common(attribute, kind)
    }
}

/// What an attribute says about its index apart from the columns.
fn common(attribute: &Attribute, kind: IndexKind) -> Index {
    let name = named_string(attribute, "name");
    let map = named_string(attribute, "map");
    // The client does not address an index: there `name` is an old spelling of `map`.
    let (name, map) = match kind {
        IndexKind::PrimaryKey | IndexKind::Unique => (name, map),
        IndexKind::Normal | IndexKind::Fulltext => (None, map.or(name)),
    };
    Index {
        kind,
        columns: Vec::new(),
        name,
        map,
        db_name: None,
        algorithm: named_constant(attribute, "type").map(|name| Algorithm::of(name)),
        clustered: named_constant(attribute, "clustered").and_then(|c| c.parse().ok()),
        condition: attribute.named("where").map(|a| a.value.clone()),
        on_field: false,
        span: attribute.span,
    }
}

/// `field`, `composite.field` or either with `(sort: .., length: .., ops: ..)`.
fn column(model: &Model, expression: &Expression) -> Option<IndexColumn> {
    let (name, arguments) = match &expression.kind {
        ExpressionKind::Constant(name) => (name, &[][..]),
        ExpressionKind::Function { name, arguments } => (&name.text, arguments.as_slice()),
        _ => return None,
    };
    let argument = |key: &str| {
        arguments
            .iter()
            .find(|a| a.name.as_ref().is_some_and(|n| n.text == key))
            .map(|a| &a.value)
    };
    let first = name.split('.').next().unwrap_or(name);
    Some(IndexColumn {
        name: name.clone(),
        field: model.field(first).map(|f| f.id),
        sort: argument("sort")
            .and_then(Expression::as_constant)
            .and_then(sort_order),
        length: argument("length").and_then(length),
        operator_class: argument("ops").and_then(operator_class),
        span: expression.span,
    })
}

fn sort_order(name: &SmolStr) -> Option<SortOrder> {
    match name.as_str() {
        "Asc" => Some(SortOrder::Asc),
        "Desc" => Some(SortOrder::Desc),
        _ => None,
    }
}

fn length(value: &Expression) -> Option<u32> {
    match &value.kind {
        ExpressionKind::Number(text) => text.parse().ok(),
        _ => None,
    }
}

fn operator_class(value: &Expression) -> Option<OperatorClass> {
    match &value.kind {
        ExpressionKind::Constant(name) => Some(OperatorClass::Named(name.clone())),
        ExpressionKind::Function { name, arguments } if name.text == "raw" => {
            let text = arguments.first()?.value.as_string()?;
            Some(OperatorClass::Raw(text.clone()))
        }
        _ => None,
    }
}

fn db_name(model: &Model, index: &Index, provider: Provider) -> Option<SmolStr> {
    let has_name = match (index.kind, provider) {
        (IndexKind::PrimaryKey, Provider::MySql | Provider::Sqlite | Provider::MongoDb) => false,
        _ => index.columns.iter().all(|c| c.field.is_some()),
    };
    if !has_name {
        return None;
    }
    if let Some(Mapped { name, .. }) = &index.map {
        return Some(name.clone());
    }
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|c| column_name(model, c))
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Some(match index.kind {
        IndexKind::PrimaryKey => names::primary_key(provider, &model.db_name),
        IndexKind::Unique => names::unique(provider, &model.db_name, &columns),
        IndexKind::Normal | IndexKind::Fulltext => names::index(provider, &model.db_name, &columns),
    })
}

/// The column's database name; a path into a composite type joined by `_`.
fn column_name(model: &Model, column: &IndexColumn) -> String {
    let mut parts = column.name.split('.');
    let first = parts.next().unwrap_or_default();
    let mut name = model
        .field(first)
        .map_or_else(|| first.to_owned(), |f| f.db_name.to_string());
    for part in parts {
        name.push('_');
        name.push_str(part);
    }
    name
}
