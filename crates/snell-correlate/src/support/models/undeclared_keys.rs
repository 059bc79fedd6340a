//! Columns that are named and typed like the key of another table, though neither a relation
//! nor the migrations make them one: what a missing foreign key is sought among, and what the
//! diagram draws as undeclared.

use snell_prisma::{Comment, Field, Model};
use snell_project::schema::{FieldRef, Schema, SchemaId};

use crate::{
    rule::Context,
    support::{
        built, field_life,
        name_words::{has_word, words},
        records,
        tables::TableModel,
    },
};

/// Words in the names of models that are without relations on purpose: what they tell
/// has to outlive what it is about, or comes faster than keys can be checked.
const DETACHED: [&str; 30] = [
    "log",
    "audit",
    "event",
    "history",
    "archive",
    "snapshot",
    "outbox",
    "inbox",
    "metric",
    "analytic",
    "stat",
    "statistic",
    "queue",
    "job",
    "webhook",
    "cache",
    "activity",
    "tracking",
    "click",
    "impression",
    "report",
    "backup",
    "import",
    "export",
    "sync",
    "staging",
    "temp",
    "trash",
    "replication",
    "telemetry",
];

/// What a comment says at a column that refers to something outside, or on purpose without a key.
const LOOSE: [&str; 24] = [
    "external",
    "foreign id",
    "without a relation",
    "no relation",
    "not a relation",
    "no fk",
    "not fk",
    "not a fk",
    "not an fk",
    "without fk",
    "without a fk",
    "no foreign",
    "not foreign",
    "not a foreign",
    "intentional",
    "soft ref",
    "soft link",
    "loose",
    "snapshot",
    "denormal",
    "stripe",
    "clerk",
    "third party",
    "other service",
];

/// A column and the model that its name says.
#[derive(Debug, Clone, Copy)]
pub struct UndeclaredKey<'a> {
    /// The schema's number.
    pub id: SchemaId,
    /// The schema.
    pub schema: &'a Schema,
    /// The table of the column.
    pub model: &'a Model,
    /// The column.
    pub field: &'a Field,
    /// The model that its name says.
    pub target: &'a Model,
    /// That model's key.
    pub key: &'a Field,
}

impl UndeclaredKey<'_> {
    /// The column by its number.
    pub(crate) fn field_ref(&self) -> FieldRef {
        FieldRef {
            schema: self.id,
            field: self.field.id,
        }
    }
}

/// Those of a table, in source order.
pub fn undeclared_keys<'a>(table: TableModel<'a>) -> impl Iterator<Item = UndeclaredKey<'a>> {
    let TableModel { id, schema, model } = table;
    let columns = model.columns().filter(|field| is_loose(model, field));
    columns.filter_map(move |field| {
        let target = named(schema, field)?;
        let key = only_key(schema, target)?;
        let fits = target.id != model.id
            && field.scalar().is_some()
            && field.scalar() == key.scalar()
            && native(field) == native(key)
            && !is_one_of_several(model, field)
            && !is_kept_by_migrations(schema, model, field);
        fits.then_some(UndeclaredKey {
            id,
            schema,
            model,
            field,
            target,
            key,
        })
    })
}

/// Whether a comment says that a column is without a key on purpose: its own, or one above the
/// columns before it that speaks of several.
fn is_said_loose(model: &Model, field: &Field) -> bool {
    let own = field.comments.iter().any(says_loose);
    let before = model.fields.iter().take_while(|other| other.id != field.id);
    let mut above = before.collect::<Vec<_>>().into_iter().rev();
    let bare = field.comments.leading.is_empty();
    let spoken = above.find(|other| !other.comments.leading.is_empty());
    let of_several = spoken.filter(|_| bare).is_some_and(|other| {
        let leading = other.comments.leading.iter();
        leading.into_iter().any(|comment| {
            let plural = comment.text.to_lowercase().starts_with("these ");
            plural && says_loose(comment)
        })
    });
    own || of_several
}

fn says_loose(comment: &Comment) -> bool {
    let text = comment.text.to_lowercase();
    LOOSE.iter().any(|word| text.contains(word))
}

/// Those of a table whose rows are not without relations on purpose: a foreign key is missing.
pub(crate) fn missing<'a>(context: &Context<'a>, table: TableModel<'a>) -> Vec<UndeclaredKey<'a>> {
    let model = table.model;
    let owned = field_life::field_lives(context).owned(model).is_some();
    let detached = has_word(&model.name, &DETACHED) || records::record(model).is_some();
    if owned || detached || !model.is_complete {
        return Vec::new();
    }
    let named = undeclared_keys(table);
    named
        .filter(|candidate| !is_said_loose(model, candidate.field))
        .collect()
}

/// Whether a column belongs to no key.
fn is_loose(model: &Model, field: &Field) -> bool {
    field.is_visible()
        && !field.is_list()
        && !model.is_foreign_key(field.id)
        && !model.is_id(field.id)
}

/// The model that a column's name says: `Agent` of `agentId`.
fn named<'a>(schema: &'a Schema, field: &Field) -> Option<&'a Model> {
    let name = words(&field.name);
    let (last, stem) = name.split_last()?;
    if last != "id" || stem.is_empty() {
        return None;
    }
    let mut models = schema.datamodel.models().iter();
    models.find(|model| !model.is_view && model.ignored.is_none() && words(&model.name) == stem)
}

/// The one column that is a model's primary key.
fn only_key<'a>(schema: &'a Schema, target: &Model) -> Option<&'a Field> {
    match target.primary_key()?.columns.as_slice() {
        [only] => only.field.map(|field| &schema.datamodel[field]),
        _ => None,
    }
}

/// The type of the database, where it is another than the one that texts have anyway.
pub(crate) fn native(field: &Field) -> Option<&str> {
    let native = field.native_type.as_ref()?;
    Some(native.name.as_str()).filter(|name| *name != "Text")
}

/// Whether a column beside it says which table the id is one of: `subjectType`, `subjectId`.
fn is_one_of_several(model: &Model, field: &Field) -> bool {
    let name = words(&field.name);
    let stem = &name[..name.len() - 1];
    model.columns().any(|other| {
        let other = words(&other.name);
        let kinds = [
            "type", "kind", "model", "table", "entity", "source", "provider",
        ];
        other.len() == name.len()
            && other.starts_with(stem)
            && other
                .last()
                .is_some_and(|last| kinds.contains(&last.as_str()))
    })
}

/// Whether the migrations made the key, or a table of which not all is known.
fn is_kept_by_migrations(schema: &Schema, model: &Model, field: &Field) -> bool {
    built::table(schema, model)
        .is_some_and(|table| table.is_uncertain() || table.references_by(&field.db_name))
}
