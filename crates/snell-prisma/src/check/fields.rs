//! Fields: types that exist, and that the provider and the attributes allow.

use super::Checker;
use crate::datamodel::{Datamodel, Field, FieldType, Provider, ScalarType};

pub(super) fn check(checker: &mut Checker<'_>) {
    let datamodel: &Datamodel = checker.datamodel;
    for field in datamodel.models().iter().flat_map(|m| &m.fields) {
        known_type(checker, field);
        provider_allows(checker, field);
        updated_at(checker, field);
    }
    for item in datamodel.composite_types() {
        if is_relational(datamodel.provider()) {
            let at = crate::datamodel::Place {
                span: item.name_span,
                ..item.at
            };
            checker.error(at, "composite types are for MongoDB only");
        }
        for field in &item.fields {
            known_type(checker, field);
            if field.relation().is_some() {
                let message = "a field of a composite type cannot be a relation";
                checker.in_field(field, field.type_span, message);
            }
        }
    }
}

fn is_relational(provider: Provider) -> bool {
    !matches!(provider, Provider::MongoDb | Provider::Unknown)
}

fn known_type(checker: &mut Checker<'_>, field: &Field) {
    let FieldType::Unknown(name) = &field.ty else {
        return;
    };
    if name.is_empty() {
        return;
    }
    let datamodel = checker.datamodel;
    let names = datamodel.names.keys().map(|n| n.as_str());
    let message = match snell_source::closest(name, names.chain(SCALARS)) {
        Some(closest) => format!("there is no type `{name}`; did you mean `{closest}`?"),
        None => format!("there is no type `{name}`"),
    };
    checker.in_field(field, field.type_span, message);
}

const SCALARS: [&str; 9] = [
    "String", "Int", "BigInt", "Float", "Decimal", "Boolean", "DateTime", "Json", "Bytes",
];

fn provider_allows(checker: &mut Checker<'_>, field: &Field) {
    let provider = checker.datamodel.provider();
    let without_lists = matches!(
        provider,
        Provider::MySql | Provider::Sqlite | Provider::SqlServer
    );
    let holds_values = matches!(field.ty, FieldType::Scalar(_) | FieldType::Enum(_));
    // SQLite lists came with a late version 6.
    if without_lists && provider != Provider::Sqlite && field.is_list() && holds_values {
        let message = format!("{} has no lists of values", provider.as_str());
        checker.in_field(field, field.type_span, message);
    }
    if provider == Provider::MongoDb && field.scalar() == Some(ScalarType::Decimal) {
        checker.in_field(field, field.type_span, "MongoDB has no `Decimal`");
    }
}

fn updated_at(checker: &mut Checker<'_>, field: &Field) {
    let Some(span) = field.updated_at else {
        return;
    };
    let is_column = field.relation().is_none() && !matches!(field.ty, FieldType::Unknown(_));
    if is_column && (field.scalar() != Some(ScalarType::DateTime) || field.is_list()) {
        checker.in_field(field, span, "`@updatedAt` stands on one `DateTime`");
    }
}
