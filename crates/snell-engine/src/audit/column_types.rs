//! The types that the columns of a schema have in the database once the plan has run: those that the
//! migrations build, but for what the plan changes.

use snell_prisma::{Field, ScalarType};
use snell_project::schema::{History, Schema};
use snell_sql::drift::{Difference, DriftKind};

use super::drift::natives::Natives;

/// What a setting of the session is, and what compares with one as it is.
pub(super) const TEXT: &str = "text";

/// Those of one schema.
pub(super) struct ColumnTypes<'a> {
    schema: &'a Schema,
    built: Option<(&'a History, Natives)>,
}

impl<'a> ColumnTypes<'a> {
    pub(super) fn of(schema: &'a Schema) -> Self {
        let history = schema.history.as_ref();
        ColumnTypes {
            schema,
            built: history.map(|history| (history, Natives::of(schema, history))),
        }
    }

    /// The type of a column as a cast names it: `uuid`, `integer`; all that compares with texts is `text`.
    pub(super) fn of_field(&self, field: &Field) -> String {
        let Some((history, natives)) = &self.built else {
            return declared(field);
        };
        let model = &self.schema.datamodel[field.id.model];
        let names = (model.db_name.as_str(), field.db_name.as_str());
        if natives.is_uuid(names) {
            return "uuid".to_owned();
        }
        let is_changed = |one: &Difference| {
            one.kind == DriftKind::ColumnType
                && one.table.as_deref() == Some(names.0)
                && one.object.as_deref() == Some(names.1)
        };
        // What the schema says otherwise, the plan makes so; not where parts of the history are foreign.
        if !history.has_foreign() && history.drift.differences.iter().any(is_changed) {
            return declared(field);
        }
        let catalog = &history.replay.catalog;
        let column = history.table(names.0);
        match column.and_then(|(_, table)| table.column(names.1)) {
            Some(column) => in_words(&catalog.format_type(&column.data_type)),
            None => declared(field),
        }
    }
}

fn in_words(built: &str) -> String {
    let name = built.split('(').next().unwrap_or(built).trim();
    match name {
        "text" | "character varying" | "character" | "citext" | "name" => TEXT.to_owned(),
        _ => built.to_owned(),
    }
}

/// What Prisma makes of a field of a schema.
fn declared(field: &Field) -> String {
    let native = field
        .native_type
        .as_ref()
        .map(|native| native.name.as_str());
    match (field.scalar(), native) {
        (_, Some("Uuid")) => "uuid",
        (_, Some("SmallInt")) => "smallint",
        (Some(ScalarType::Int), _) => "integer",
        (Some(ScalarType::BigInt), _) => "bigint",
        _ => TEXT,
    }
    .to_owned()
}
