//! Who decides which values there are.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_prisma::{Enum, EnumId, Field, Model, Place, ScalarType, Value};
use snell_project::schema::{FieldRef, Schema, SchemaId};
use snell_source::Location;

use super::{comment, plain};
use crate::{rule::Context, support::built};

/// What decides, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// An enum of the schema.
    Enum(EnumId),
    /// A `CHECK` of the database.
    Check,
    /// The comment at the field.
    Comment,
}

/// A value that there is.
#[derive(Debug)]
pub(crate) struct Member {
    /// What the client calls it.
    pub(crate) name: SmolStr,
    /// What the database calls it.
    pub(crate) db_name: SmolStr,
    /// Where it is written.
    pub(crate) at: Location,
}

/// A set that decides.
#[derive(Debug)]
pub(crate) struct Authority {
    /// What it is.
    pub(crate) kind: Kind,
    /// The enum's name, or `Model.field`.
    pub(crate) name: String,
    /// What copies of it may be called, without case.
    pub(crate) names: Vec<String>,
    /// Its values.
    pub(crate) members: Vec<Member>,
    /// Where it is declared.
    pub(crate) at: Location,
    /// The fields that hold its values.
    pub(crate) fields: Vec<FieldRef>,
}

impl Authority {
    /// How a message calls it.
    pub(crate) fn words(&self) -> String {
        match self.kind {
            Kind::Enum(_) => format!("the enum `{}`", self.name),
            Kind::Check => format!("the check of `{}`", self.name),
            Kind::Comment => format!("the comment at `{}`", self.name),
        }
    }
}

/// All of them, in the order of schemas.
pub(super) fn all(context: &Context<'_>) -> Vec<Authority> {
    let mut found = Vec::new();
    for (id, schema) in context.project.schemas.iter() {
        let mut fields: FxHashMap<EnumId, Vec<FieldRef>> = FxHashMap::default();
        let models = schema.datamodel.models().iter();
        for field in models.flat_map(|model| &model.fields) {
            if let Some(of) = field.enumeration() {
                fields.entry(of).or_default().push(FieldRef {
                    schema: id,
                    field: field.id,
                });
            }
        }
        for enumeration in schema.datamodel.enums() {
            if enumeration.values.len() >= 2 {
                let fields = fields.remove(&enumeration.id).unwrap_or_default();
                found.push(of_enum(schema, enumeration, fields));
            }
        }
        for model in schema.datamodel.models() {
            if model.is_view || model.ignored.is_some() {
                continue;
            }
            let strings = model.columns().filter(|field| is_string(field));
            found.extend(strings.filter_map(|field| of_string(id, schema, model, field)));
        }
    }
    found
}

fn of_enum(schema: &Schema, enumeration: &Enum, fields: Vec<FieldRef>) -> Authority {
    let place = |span| {
        schema.location(Place {
            file: enumeration.at.file,
            span,
        })
    };
    let members = enumeration.values.iter().map(|value| Member {
        name: value.name.clone(),
        db_name: value.db_name.clone(),
        at: place(value.name_span),
    });
    Authority {
        kind: Kind::Enum(enumeration.id),
        name: enumeration.name.to_string(),
        names: vec![plain(&enumeration.name)],
        members: members.collect(),
        at: place(enumeration.name_span),
        fields,
    }
}

/// What a check allows, or else what the comment lists.
fn of_string(id: SchemaId, schema: &Schema, model: &Model, field: &Field) -> Option<Authority> {
    let default = match field.default.as_ref().map(|default| &default.value) {
        Some(Value::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let checked = built::table(schema, model)
        .and_then(|table| table.allowed(field))
        .map(|(values, at)| (Kind::Check, values, at));
    let (kind, values, at) = checked.or_else(|| {
        field.comments.iter().find_map(|comment| {
            let values = comment::listed(&comment.text, default)?;
            let at = schema.location(field.place(comment.span));
            Some((Kind::Comment, values, at))
        })
    })?;
    let members = values.into_iter().map(|value| Member {
        name: value.clone(),
        db_name: value,
        at,
    });
    let mut names = vec![format!("{}{}", plain(&model.name), plain(&field.name))];
    if has_two_words(&field.name) {
        names.push(plain(&field.name));
    }
    Some(Authority {
        kind,
        name: format!("{}.{}", model.name, field.name),
        names,
        members: members.collect(),
        at,
        fields: vec![FieldRef {
            schema: id,
            field: field.id,
        }],
    })
}

fn is_string(field: &Field) -> bool {
    field.scalar() == Some(ScalarType::String) && !field.is_list()
}

/// `responseLength`, `response_length`: a name that says more than `status` does.
pub(super) fn has_two_words(name: &str) -> bool {
    let inner = name.get(1..).unwrap_or_default();
    let lower = name.chars().any(|c| c.is_ascii_lowercase());
    inner.contains('_') || lower && inner.chars().any(|c| c.is_ascii_uppercase())
}
