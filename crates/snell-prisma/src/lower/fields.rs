//! Fields: types, defaults, native types, what `@relation` says.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_source::Span;

use super::attributes::{
    named_constant, named_string, plain, string_argument, string_value, value,
};
use crate::ast::{self, Arity, Attribute};
use crate::datamodel::{
    Action, Declaration, Default, Field, FieldId, FieldType, ModelId, NativeType, Place,
    ReferentialAction, RelationField, ScalarType,
};

/// A field of a model or composite type; the fields that a relation names are resolved later.
pub(super) fn field(
    id: FieldId,
    field: &ast::Field,
    file: usize,
    names: &BTreeMap<SmolStr, Declaration>,
) -> Field {
    let map = attribute(field, "map").and_then(|a| string_argument(a, "name"));
    let ty = field_type(field, names);
    let in_enum = matches!(ty, FieldType::Enum(_));
    Field {
        id,
        name: field.name.text.clone(),
        db_name: map
            .as_ref()
            .map_or_else(|| field.name.text.clone(), |m| m.name.clone()),
        map,
        ty,
        arity: field.ty.as_ref().map_or(Arity::Required, |t| t.arity),
        native_type: field.attributes.iter().find_map(native_type),
        default: attribute(field, "default").and_then(|a| default(a, in_enum)),
        updated_at: attribute(field, "updatedAt").map(|a| a.span),
        ignored: attribute(field, "ignore").map(|a| a.span),
        attributes: field.attributes.clone(),
        comments: field.comments.clone(),
        at: Place {
            file,
            span: field.span,
        },
        name_span: field.name.span,
        type_span: field
            .ty
            .as_ref()
            .map_or(Span::empty(field.name.span.end), |t| t.span),
    }
}

fn attribute<'a>(field: &'a ast::Field, name: &str) -> Option<&'a Attribute> {
    field.attributes.iter().find(|a| a.name.text == name)
}

fn field_type(field: &ast::Field, names: &BTreeMap<SmolStr, Declaration>) -> FieldType {
    let Some(ty) = &field.ty else {
        return FieldType::Unknown(SmolStr::default());
    };
    let name = &ty.name.text;
    if ty.unsupported {
        return FieldType::Unsupported(name.clone());
    }
    if let Some(scalar) = ScalarType::of(name) {
        return FieldType::Scalar(scalar);
    }
    match names.get(name) {
        Some(Declaration::Enum(id)) => FieldType::Enum(*id),
        Some(Declaration::CompositeType(id)) => FieldType::Composite(*id),
        Some(Declaration::Model(id)) => FieldType::Relation(relation_field(field, *id)),
        None => FieldType::Unknown(name.clone()),
    }
}

fn relation_field(field: &ast::Field, target: ModelId) -> RelationField {
    let attribute = attribute(field, "relation");
    let name = attribute.and_then(|a| {
        named_string(a, "name").or_else(|| {
            let unnamed = a.arguments.iter().find(|a| a.name.is_none())?;
            string_value(&unnamed.value)
        })
    });
    RelationField {
        target,
        relation: None,
        opposite: None,
        name: name.filter(|n| !n.name.is_empty()),
        fields: Vec::new(),
        references: Vec::new(),
        holds_key: attribute
            .and_then(|a| a.named("fields"))
            .is_some_and(|a| !a.value.elements().is_empty()),
        on_delete: attribute.and_then(|a| action(a, "onDelete")),
        on_update: attribute.and_then(|a| action(a, "onUpdate")),
        map: attribute.and_then(|a| named_string(a, "map")),
        attribute: attribute.map(|a| a.span),
    }
}

fn action(attribute: &Attribute, name: &str) -> Option<Action> {
    Some(Action {
        action: ReferentialAction::of(named_constant(attribute, name)?)?,
        explicit: attribute.named(name).map(|a| a.span),
    })
}

fn native_type(attribute: &Attribute) -> Option<NativeType> {
    let (_, name) = attribute.name.text.split_once('.')?;
    Some(NativeType {
        name: SmolStr::new(name),
        arguments: attribute.arguments.iter().map(plain).collect(),
        span: attribute.span,
    })
}

fn default(attribute: &Attribute, in_enum: bool) -> Option<Default> {
    let argument = attribute.named_or_unnamed("value")?;
    Some(Default {
        value: value(&argument.value, in_enum),
        value_span: argument.value.span,
        map: named_string(attribute, "map"),
        span: attribute.span,
    })
}
