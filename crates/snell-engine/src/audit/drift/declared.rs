//! The lines by which a schema says what the database has already.

use snell_prisma::{Field, Model};
use snell_project::schema::{History, Schema};
use snell_sql::{
    ast::ReferentialAction,
    catalog::{Index, KeyTarget, RelationKind, Table, TableConstraint},
    drift::{self, Difference, DriftKind},
};

use super::super::constraint_name;

/// The lines; none where Prisma has no words for it, or only a person knows them.
pub(super) fn lines(schema: &Schema, history: &History, difference: &Difference) -> Vec<String> {
    let Some((model, table)) = model(schema, history, difference) else {
        return Vec::new();
    };
    let found = match difference.kind {
        DriftKind::IndexExtraInDb => built_index(history, difference)
            .and_then(|index| of_index(model, table, difference, index)),
        DriftKind::FkExtraInDb => return foreign_key(schema, history, (model, table), difference),
        DriftKind::ColumnDefault => default(model, difference),
        DriftKind::FkAction => unsaid_action(schema, history, model, difference),
        _ => None,
    };
    found.into_iter().collect()
}

fn model<'a>(
    schema: &'a Schema,
    history: &'a History,
    difference: &Difference,
) -> Option<(&'a Model, &'a Table)> {
    let name = difference.table.as_deref()?;
    let mut models = schema.datamodel.models().iter();
    let model = models.find(|model| {
        let own = model
            .schema
            .as_ref()
            .map_or("public", |own| own.name.as_str());
        model.db_name == name && difference.schema == own
    })?;
    let catalog = &history.replay.catalog;
    let relation = catalog.find_named(Some(&difference.schema), name)?;
    Some((model, catalog.table(relation.id)?))
}

/// The index of the database that a difference is about.
pub(super) fn built_index<'a>(history: &'a History, difference: &Difference) -> Option<&'a Index> {
    let catalog = &history.replay.catalog;
    let name = difference.object.as_deref()?;
    match &catalog.find_named(Some(&difference.schema), name)?.kind {
        RelationKind::Index(index) => Some(index),
        _ => None,
    }
}

fn field<'a>(model: &'a Model, column: &str) -> Option<&'a Field> {
    model.columns().find(|field| field.db_name == column)
}

/// `model A: @@index([b, c(sort: Desc)], type: Gin, map: "d")`
fn of_index(
    model: &Model,
    table: &Table,
    difference: &Difference,
    index: &Index,
) -> Option<String> {
    if !drift::is_expressible(index) || !index.include.is_empty() {
        return None;
    }
    let mut columns: Vec<&str> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    for key in &index.keys {
        let KeyTarget::Column(number) = key.target else {
            return None;
        };
        let field = field(model, &table.column_at(number)?.name)?;
        let mut arguments: Vec<String> = Vec::new();
        if !key.default_class && index.method != "btree" {
            arguments.push(format!("ops: raw(\"{}\")", key.operator_class));
        }
        if key.descending {
            arguments.push("sort: Desc".to_owned());
        }
        columns.push(&field.db_name);
        keys.push(match arguments.is_empty() {
            true => field.name.to_string(),
            false => format!("{}({})", field.name, arguments.join(", ")),
        });
    }
    let mut text = format!("[{}]", keys.join(", "));
    let method = match index.method.as_str() {
        "btree" => None,
        "hash" => Some("Hash"),
        "gin" => Some("Gin"),
        "gist" => Some("Gist"),
        "spgist" => Some("SpGist"),
        _ => Some("Brin"),
    };
    if let Some(method) = method {
        text.push_str(&format!(", type: {method}"));
    }
    let (attribute, end) = match index.unique {
        true => ("unique", "key"),
        false => ("index", "idx"),
    };
    let name = difference.object.as_deref()?;
    if constraint_name(&model.db_name, &columns, end) != name {
        text.push_str(&format!(", map: \"{name}\""));
    }
    Some(format!("model {}: @@{attribute}({text})", model.name))
}

/// `model A: b @relation(..., onDelete: Cascade)`: what the migrations wrote and the schema leaves to
/// Prisma's default.
fn unsaid_action(
    schema: &Schema,
    history: &History,
    model: &Model,
    difference: &Difference,
) -> Option<String> {
    let mut keys = schema.datamodel.foreign_keys_of(model.id);
    let (_, key) = keys.find(|(_, key)| difference.object.as_deref() == Some(&key.db_name))?;
    let field = &schema.datamodel[key.field];
    let side = field.relation()?;
    let place = difference.actual_at?;
    let relation = history
        .replay
        .catalog
        .find_named(Some(&difference.schema), &model.db_name)?;
    let table = history.replay.catalog.table(relation.id)?;
    let columns: Vec<&str> = key
        .columns
        .iter()
        .map(|id| schema.datamodel[*id].db_name.as_str())
        .collect();
    let mut built = table.constraints.iter().filter_map(|one| match &one.kind {
        TableConstraint::ForeignKey(reference) if one.provenance.shaped == place => {
            let own: Vec<&str> = table
                .names(&one.columns)
                .map(|name| name.as_str())
                .collect();
            (own == columns).then_some(reference)
        }
        _ => None,
    });
    let reference = built.next()?;
    let mut said = Vec::new();
    for (name, wanted, written, does) in [
        (
            "onDelete",
            key.on_delete,
            side.on_delete,
            reference.on_delete,
        ),
        (
            "onUpdate",
            key.on_update,
            side.on_update,
            reference.on_update,
        ),
    ] {
        if wanted.action.as_str() == action(does) {
            continue;
        }
        if written.is_some() {
            return None;
        }
        said.push(format!("{name}: {}", action(does)));
    }
    (!said.is_empty()).then(|| {
        format!(
            "model {}: {} @relation(..., {})",
            model.name,
            field.name,
            said.join(", ")
        )
    })
}

/// `model A: updatedAt @default(now())`
fn default(model: &Model, difference: &Difference) -> Option<String> {
    let field = field(model, difference.object.as_deref()?)?;
    let value = difference.actual.as_deref()?;
    let is_now = ["now()", "current_timestamp"].contains(&value.to_ascii_lowercase().as_str());
    is_now.then(|| format!("model {}: {} @default(now())", model.name, field.name))
}

/// Both sides of a relation.
fn foreign_key(
    schema: &Schema,
    history: &History,
    (model, table): (&Model, &Table),
    difference: &Difference,
) -> Vec<String> {
    let told = || {
        let name = difference.object.as_deref()?;
        let key = table.constraint(name)?;
        let TableConstraint::ForeignKey(reference) = &key.kind else {
            return None;
        };
        let catalog = &history.replay.catalog;
        let relation = catalog.relation(reference.table)?;
        let mut models = schema.datamodel.models().iter();
        let target = models.find(|other| other.db_name == relation.name)?;
        let fields = |model: &'_ Model, table: &Table, numbers: &[u16]| -> Option<Vec<String>> {
            let names = table.names(numbers);
            let fields = names.map(|name| Some(field(model, name)?.name.to_string()));
            fields.collect()
        };
        let own = fields(model, table, &key.columns)?;
        let others = fields(target, catalog.table(reference.table)?, &reference.columns)?;
        let columns: Vec<&str> = table
            .names(&key.columns)
            .map(|name| name.as_str())
            .collect();
        let optional = own.iter().any(|name| {
            model
                .columns()
                .any(|field| field.name == name.as_str() && field.is_optional())
        });
        let first = own.first()?;
        let stem = first.strip_suffix("Id").filter(|stem| !stem.is_empty());
        let here = free(
            model,
            &[stem.unwrap_or(&camel(&target.name)), &camel(&target.name)],
        );
        let plural = format!("{}s", camel(&model.name));
        let there = free(target, &[&plural, &format!("{plural}Of{}", capital(&here))]);
        let several = target.id == model.id || related(model, target);
        let named = match several {
            true => format!("\"{}{}\", ", model.name, capital(&here)),
            false => String::new(),
        };
        let map = match constraint_name(&model.db_name, &columns, "fkey") == name {
            true => String::new(),
            false => format!(", map: \"{name}\""),
        };
        Some(vec![
            format!(
                "model {}: {here} {}{} @relation({named}fields: [{}], references: [{}], onDelete: {}, onUpdate: {}{map})",
                model.name,
                target.name,
                if optional { "?" } else { "" },
                own.join(", "),
                others.join(", "),
                action(reference.on_delete),
                action(reference.on_update),
            ),
            format!(
                "model {}: {there} {}[]{}",
                target.name,
                model.name,
                match several {
                    true => format!(" @relation({})", named.trim_end_matches(", ")),
                    false => String::new(),
                }
            ),
        ])
    };
    told().unwrap_or_default()
}

/// Whether a relation joins two models already: a second one needs a name.
fn related(model: &Model, target: &Model) -> bool {
    let to = |one: &Model, other: &Model| {
        let mut sides = one.relation_fields().filter_map(|field| field.relation());
        sides.any(|side| side.target == other.id)
    };
    to(model, target) || to(target, model)
}

/// The first of some names that no field has.
fn free(model: &Model, names: &[&str]) -> String {
    let taken = |name: &str| model.field(name).is_some();
    let found = names.iter().find(|name| !taken(name));
    found.map_or_else(|| format!("{}Again", names[0]), |name| (*name).to_owned())
}

fn camel(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn action(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::NoAction => "NoAction",
        ReferentialAction::Restrict => "Restrict",
        ReferentialAction::Cascade => "Cascade",
        ReferentialAction::SetNull => "SetNull",
        ReferentialAction::SetDefault => "SetDefault",
    }
}
