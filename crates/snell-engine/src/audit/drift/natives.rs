//! Columns whose type in the database says more than the schema's, which says nothing of its own: the
//! schema is to say it, and no table is written anew.

use std::collections::{BTreeMap, BTreeSet};

use snell_prisma::{Field, FieldId, ScalarType};
use snell_project::schema::{History, Schema};
use snell_sql::drift::{Difference, DriftKind};

use super::quoted;

/// The type of keys that hold one in 16 bytes.
const UUID: &str = "uuid";

/// The columns that keep the type of the database.
#[derive(Debug, Default)]
pub(in crate::audit) struct Natives {
    /// By table and column: the model, the field, and the type in the words of a schema.
    columns: BTreeMap<(String, String), (String, String, String)>,
    /// Those that refer to one of them, or to which one refers, and are texts in the database: its
    /// foreign keys join columns of one type.
    texts: BTreeSet<(String, String)>,
}

impl Natives {
    pub(in crate::audit) fn of(schema: &Schema, history: &History) -> Self {
        let datamodel = &schema.datamodel;
        let mut found = Natives::default();
        let mut keys: BTreeSet<FieldId> = BTreeSet::new();
        for difference in &history.drift.differences {
            let of_type = difference.kind == DriftKind::ColumnType;
            let Some(field) = field(schema, difference).filter(|_| of_type) else {
                continue;
            };
            let actual = difference.actual.as_deref().unwrap_or_default();
            if actual == UUID {
                keys.insert(field.id);
            } else if let Some(native) = native(field, actual) {
                found.add(schema, field, native);
            }
        }
        let pairs: Vec<(FieldId, FieldId)> = datamodel
            .models()
            .iter()
            .flat_map(|model| datamodel.foreign_keys_of(model.id))
            .flat_map(|(_, key)| {
                key.columns
                    .iter()
                    .copied()
                    .zip(key.references.iter().copied())
            })
            .collect();
        let mut done: BTreeSet<FieldId> = BTreeSet::new();
        for key in keys {
            let joined = joined(&pairs, key);
            let keeps = |id: &FieldId| {
                let field = &datamodel[*id];
                let built = built(schema, history, field);
                may_be_uuid(field) && built.is_none_or(|built| built == UUID || is_text(&built))
            };
            if !done.insert(key) || !joined.iter().all(keeps) {
                continue;
            }
            for id in joined {
                let field = &datamodel[id];
                let table = datamodel[id.model].db_name.to_string();
                if built(schema, history, field).is_some_and(|built| built != UUID) {
                    found.texts.insert((table, field.db_name.to_string()));
                }
                found.add(schema, field, uuid(field));
                done.insert(id);
            }
        }
        found
    }

    fn add(&mut self, schema: &Schema, field: &Field, native: String) {
        let model = &schema.datamodel[field.id.model];
        let key = (model.db_name.to_string(), field.db_name.to_string());
        let value = (model.name.to_string(), field.name.to_string(), native);
        self.columns.insert(key, value);
    }

    /// Whether a column, by its table and its name, holds keys in 16 bytes when the plan has run.
    pub(in crate::audit) fn is_uuid(&self, (table, column): (&str, &str)) -> bool {
        let key = (table.to_owned(), column.to_owned());
        self.columns
            .get(&key)
            .is_some_and(|(.., native)| native.ends_with("@db.Uuid"))
    }

    /// Whether the database keeps the type that a difference is about.
    pub(super) fn keep(&self, difference: &Difference) -> bool {
        difference.kind == DriftKind::ColumnType && !self.lines(difference).is_empty()
    }

    /// What the schema says of the columns of a difference then.
    pub(super) fn lines(&self, difference: &Difference) -> Vec<String> {
        let of_column = matches!(
            difference.kind,
            DriftKind::ColumnType | DriftKind::ColumnMissingInDb
        );
        if !of_column && difference.kind != DriftKind::TableMissingInDb {
            return Vec::new();
        }
        let is_it = |(table, column): &(String, String)| {
            difference.table.as_deref() == Some(table)
                && (!of_column || difference.object.as_deref() == Some(column))
        };
        let own = self.columns.iter().filter(|(key, _)| is_it(key));
        own.map(|(_, (model, field, native))| format!("model {model}: {field} {native}"))
            .collect()
    }

    /// Statements that make a table or a column, with keys of the type that they refer to.
    pub(super) fn typed(&self, difference: &Difference, sql: &mut [String]) {
        let of_table = |key: &&(String, String)| difference.table.as_deref() == Some(&key.0);
        for (_, column) in self.columns.keys().filter(of_table) {
            let name = quoted(column);
            for one in sql.iter_mut() {
                let makes = one.starts_with("CREATE TABLE ") || one.contains(" ADD COLUMN ");
                let types = ["text", "bigserial", "bigint", "serial", "integer"];
                let heads = ["(", ", ", "ADD COLUMN "];
                for (head, ty) in heads.iter().flat_map(|head| types.map(|ty| (head, ty))) {
                    let (old, new) = (format!("{head}{name} {ty}"), format!("{head}{name} uuid"));
                    let list = format!("{old}[]");
                    if makes && one.contains(&old) && !one.contains(&list) {
                        *one = one.replacen(&old, &new, 1);
                    }
                }
            }
        }
    }

    /// What gives the texts among them the type of the others.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&str, String, String)> {
        self.texts.iter().filter_map(|key| {
            let (model, field, native) = self.columns.get(key)?;
            let (table, column) = (quoted(&key.0), quoted(&key.1));
            Some((
                key.0.as_str(),
                format!("ALTER TABLE {table} ALTER COLUMN {column} SET DATA TYPE uuid USING {column}::uuid;"),
                format!("model {model}: {field} {native}"),
            ))
        })
    }
}

fn field<'a>(schema: &'a Schema, difference: &Difference) -> Option<&'a Field> {
    let (table, column) = (difference.table.as_deref()?, difference.object.as_deref()?);
    let mut models = schema.datamodel.models().iter();
    let model = models.find(|model| model.db_name == table)?;
    model.columns().find(|field| field.db_name == column)
}

/// A column and all that foreign keys tie to it.
fn joined<T: Copy + Ord>(pairs: &[(T, T)], first: T) -> BTreeSet<T> {
    let mut found = BTreeSet::from([first]);
    let mut open = vec![first];
    while let Some(id) = open.pop() {
        for (own, other) in pairs {
            let next = match id {
                _ if *own == id => *other,
                _ if *other == id => *own,
                _ => continue,
            };
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

/// The type that a column has in the database that the migrations build.
fn built(schema: &Schema, history: &History, field: &Field) -> Option<String> {
    let catalog = &history.replay.catalog;
    let relation = catalog.find_named(None, &schema.datamodel[field.id.model].db_name)?;
    let column = catalog.table(relation.id)?.column(&field.db_name)?;
    Some(catalog.format_type(&column.data_type))
}

fn is_text(built: &str) -> bool {
    built == "text" || built.starts_with("character varying")
}

/// Whether the schema can say that a field is one: a text, of whatever length, or a number, which no
/// row of such a column can be read as.
fn may_be_uuid(field: &Field) -> bool {
    let scalar = field.scalar();
    let may = [ScalarType::String, ScalarType::Int, ScalarType::BigInt];
    scalar.is_some_and(|scalar| may.contains(&scalar)) && !field.is_list()
}

/// What the schema says of a key that stays one: another maker of keys makes none, so that every row
/// of it is refused.
fn uuid(field: &Field) -> String {
    let other = |value: &snell_prisma::Value| {
        ["cuid", "nanoid", "ulid", "autoincrement"]
            .iter()
            .any(|maker| value.is_function(maker))
    };
    let made = match &field.default {
        Some(default) if other(&default.value) => "@default(uuid()) @db.Uuid",
        _ => "@db.Uuid",
    };
    match field.scalar() {
        Some(ScalarType::String) => made.to_owned(),
        _ => format!("String {made}"),
    }
}

fn is_plain(field: &Field, scalar: ScalarType) -> bool {
    field.scalar() == Some(scalar) && field.native_type.is_none() && !field.is_list()
}

/// What a schema says of a type of the database, where that refuses more, or says more, than the
/// one that Prisma takes by itself.
fn native(field: &Field, actual: &str) -> Option<String> {
    match actual {
        "inet" if is_plain(field, ScalarType::String) => Some("@db.Inet".to_owned()),
        "citext" if is_plain(field, ScalarType::String) => Some("@db.Citext".to_owned()),
        _ if actual.starts_with("timestamp") && actual.ends_with(" with time zone") => {
            let digits: String = actual.chars().filter(char::is_ascii_digit).collect();
            let digits = if digits.is_empty() { "6" } else { &digits };
            is_plain(field, ScalarType::DateTime).then(|| format!("@db.Timestamptz({digits})"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_tie_columns() {
        let pairs = [(1, 0), (2, 0), (4, 3)];
        assert_eq!(joined(&pairs, 1), BTreeSet::from([0, 1, 2]));
    }

    #[test]
    fn columns_are_made_with_the_type_of_their_key() {
        let mut natives = Natives::default();
        let key = ("a".to_owned(), "b".to_owned());
        let value = ("A".to_owned(), "b".to_owned(), "@db.Uuid".to_owned());
        natives.columns.insert(key.clone(), value);
        natives.texts.insert(key);
        let difference = Difference {
            kind: DriftKind::TableMissingInDb,
            weight: snell_sql::drift::Weight::Core,
            schema: "public".into(),
            table: Some("a".into()),
            object: None,
            expected: None,
            actual: None,
            expected_at: None,
            actual_at: None,
        };
        let mut sql = vec!["CREATE TABLE \"a\" (\"id\" text, \"b\" text NOT NULL);".to_owned()];
        natives.typed(&difference, &mut sql);
        assert_eq!(
            sql,
            ["CREATE TABLE \"a\" (\"id\" text, \"b\" uuid NOT NULL);"]
        );
        assert_eq!(natives.lines(&difference), ["model A: b @db.Uuid"]);
        let (_, sql, _) = natives.changed().next().expect("a statement");
        assert!(sql.ends_with("TYPE uuid USING \"b\"::uuid;"));
    }
}
