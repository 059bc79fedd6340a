//! What the tables of a schema have in common that is no name of theirs alone.

use smol_str::SmolStr;
use snell_prisma::{Datamodel, Field, Model, ScalarType};
use snell_project::{
    ownership::Ownership,
    schema::{Schema, SchemaId},
};

use super::Part;
use crate::{rule::Context, support::name_words::split};

fn tables(datamodel: &Datamodel) -> impl Iterator<Item = &Model> {
    let models = datamodel.models().iter();
    models.filter(|model| !model.is_view && model.ignored.is_none())
}

/// What makes primary keys of one column.
pub(super) fn keys(schema: &Schema) -> Vec<Part> {
    let datamodel = &schema.datamodel;
    let parts = tables(datamodel).filter_map(|model| {
        let fields = model.primary_key()?.fields()?;
        let [only] = fields.as_slice() else {
            return None;
        };
        let field = &datamodel[*only];
        // A key that is another row's is what that one is.
        if model.is_foreign_key(*only) {
            return None;
        }
        Some(Part {
            at: schema.field_name(field),
            name: format!("{}.{}", model.name, field.name).into(),
            is: key(field),
        })
    });
    parts.collect()
}

/// `autoincrement Int`, `uuid`; nothing for a key that comes from elsewhere.
fn key(field: &Field) -> Option<SmolStr> {
    let default = field.default.as_ref().map(|default| &default.value)?;
    if default
        .db_generated()
        .is_some_and(|sql| sql.contains("uuid"))
    {
        return Some("uuid".into());
    }
    let snell_prisma::Value::Function { name, .. } = default else {
        return None;
    };
    Some(match (name.as_str(), field.scalar()) {
        ("autoincrement", Some(scalar)) => format!("{} autoincrement", scalar.as_str()).into(),
        ("dbgenerated", _) => return None,
        (name, _) => name.into(),
    })
}

/// The columns by which rows name the person or tenant that owns them.
pub(super) fn owner_columns(context: &Context<'_>, id: SchemaId, schema: &Schema) -> Vec<Part> {
    let graph = context.project.owners.graph(id);
    let datamodel = &schema.datamodel;
    let Some(root) = graph.roots().first() else {
        return Vec::new();
    };
    let parts = tables(datamodel).filter_map(|model| {
        let Ownership::Owned(chains) = graph.of(model.id) else {
            return None;
        };
        let own = chains.iter().find(|chain| {
            chain.relations.len() == 1 && chain.root == root.model && chain.required
        })?;
        let field = &datamodel[own.key?];
        Some(Part {
            at: schema.field_name(field),
            name: format!("{}.{}", model.name, field.name).into(),
            is: Some(field.name.clone()),
        })
    });
    parts.collect()
}

/// The two times that rows have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    Made,
    Changed,
}

pub(super) fn times(schema: &Schema, wanted: Time) -> Vec<Part> {
    let is_it = |field: &Field| {
        let words = split(&field.name);
        let says = |word: &str| words.iter().any(|own| own == word);
        let is_now = field
            .default
            .as_ref()
            .is_some_and(|default| default.value.is_function("now"));
        match wanted {
            Time::Changed => field.updated_at.is_some(),
            Time::Made => {
                is_now
                    && field.updated_at.is_none()
                    && (says("created") || says("creation") || says("inserted"))
            }
        }
    };
    let parts = tables(&schema.datamodel).filter_map(|model| {
        let mut fields = model
            .columns()
            .filter(|field| field.scalar() == Some(ScalarType::DateTime) && is_it(field));
        let field = fields.next()?;
        Some(Part {
            at: schema.field_name(field),
            name: format!("{}.{}", model.name, field.name).into(),
            is: Some(field.name.clone()),
        })
    });
    parts.collect()
}

/// The types of columns that hold vectors.
pub(super) fn vectors(schema: &Schema) -> Vec<Part> {
    let parts = tables(&schema.datamodel).flat_map(|model| {
        model.columns().filter_map(move |field| {
            field.vector().map(|ty| Part {
                at: schema.field_name(field),
                name: format!("{}.{}", model.name, field.name).into(),
                is: Some(ty.clone()),
            })
        })
    });
    parts.collect()
}
