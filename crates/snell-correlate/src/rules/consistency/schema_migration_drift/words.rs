//! A difference in words: what, where on both sides, and which migration ends it.

use snell_source::Location;
use snell_sql::drift::{Difference, DriftKind};

use crate::support::drift::{Evidence, Sides};

/// What a finding says.
pub(super) struct Told {
    /// One sentence.
    pub message: String,
    /// Where the fix goes, with words.
    pub primary: Evidence,
    /// The other side, and the cause.
    pub related: Vec<Evidence>,
    /// The change of the schema that ends the difference instead.
    pub instead: Option<String>,
    /// What the finding is about.
    pub subject: String,
}

/// A difference in words; none when a place is missing that it must show.
pub(super) fn tell(sides: Sides<'_>, difference: &Difference) -> Option<Told> {
    use DriftKind as K;
    match difference.kind {
        K::TableMissingInDb | K::ModelIsAViewInDb => missing_table(sides, difference),
        K::TableExtraInDb => extra_table(sides, difference),
        K::ColumnMissingInDb => missing_column(sides, difference),
        K::ColumnExtraInDb => extra_column(sides, difference),
        K::ColumnType | K::ColumnNullability | K::ColumnDefault => column(sides, difference),
        K::EnumMissingInDb | K::EnumExtraInDb | K::EnumValuesDiffer => {
            enumeration(sides, difference)
        }
        K::PrimaryKey
        | K::IndexMissingInDb
        | K::IndexExtraInDb
        | K::IndexName
        | K::IndexShape
        | K::FkMissingInDb
        | K::FkExtraInDb
        | K::FkName => key(sides, difference),
        K::FkAction
        | K::EnumOrderDiffers
        | K::ColumnOrder
        | K::UniqueIsConstraint
        | K::CheckExtraInDb
        | K::TriggerExtraInDb
        | K::PolicyExtraInDb
        | K::ViewExtraInDb
        | K::FunctionExtraInDb => None,
    }
}

fn missing_table(sides: Sides<'_>, difference: &Difference) -> Option<Told> {
    let table = difference.table.as_deref()?;
    let name = model_name(sides, difference);
    let declared = sides.declaration(difference)?;
    let mut related = Vec::new();
    let taken = sides.taken(difference);
    let instead = taken
        .as_ref()
        .map(|_| format!("take {name} out of the schema, if that is meant"));
    let (message, label) = match sides.shaping(difference) {
        Some(at) => {
            related.push((at, "the migrations make a view of it here".to_owned()));
            (
                format!("{name} is a model, and the migrations make a view of `{table}`"),
                "a table, as the schema says",
            )
        }
        None => {
            related.extend(taken);
            (
                format!("no migration leaves a table `{table}` for {name}"),
                "Prisma Client asks for this table",
            )
        }
    };
    Some(Told {
        message,
        primary: (declared, label.to_owned()),
        related,
        instead,
        subject: subject(sides, difference, ""),
    })
}

fn extra_table(sides: Sides<'_>, difference: &Difference) -> Option<Told> {
    let table = difference.table.as_deref()?;
    let at = sides.shaping(difference)?;
    Some(Told {
        message: format!("the migrations build the table `{table}`, which no model declares"),
        primary: (at, "built here, and in no model".to_owned()),
        related: sides.without_effect(table).into_iter().collect(),
        instead: Some("declare a model for it".to_owned()),
        subject: format!("schema:{} table:{table}", sides.schema.path),
    })
}

fn missing_column(sides: Sides<'_>, difference: &Difference) -> Option<Told> {
    let (table, column) = (difference.table.as_deref()?, difference.object.as_deref()?);
    let declared = sides.declaration(difference)?;
    let mut related: Vec<Evidence> = sides.taken(difference).into_iter().collect();
    related.extend(sides.without_effect(column));
    if related.is_empty() {
        related.extend(sides.without_effect(table));
    }
    if related.is_empty()
        && let Some(place) = difference.actual_at
    {
        let at = sides.history.part(place, table);
        related.push((
            at,
            format!("`{table}` as the migrations leave it, without the column"),
        ));
    }
    Some(Told {
        message: format!(
            "no migration leaves a column `{column}` in `{table}` for {}",
            field_name(sides, difference)
        ),
        primary: (
            declared,
            "Prisma Client reads and writes this column".to_owned(),
        ),
        related,
        instead: Some("take the field out of the schema".to_owned()),
        subject: subject(sides, difference, "field"),
    })
}

fn extra_column(sides: Sides<'_>, difference: &Difference) -> Option<Told> {
    let (table, column) = (difference.table.as_deref()?, difference.object.as_deref()?);
    let at = sides.shaping(difference)?;
    let name = model_name(sides, difference);
    let detail = difference.actual.as_deref().unwrap_or_default();
    let mut related = Vec::new();
    if let Some(model) = sides.model(difference) {
        let declared = sides.schema.model_name(model);
        related.push((declared, "has no field for it".to_owned()));
    }
    Some(Told {
        message: format!(
            "the migrations leave a column `{column}` in `{table}`, which {name} does not declare"
        ),
        primary: (at, format!("`{column}` is `{detail}`")),
        related,
        instead: Some(format!("declare a field for it in {name}")),
        subject: subject(sides, difference, "column"),
    })
}

fn column(sides: Sides<'_>, difference: &Difference) -> Option<Told> {
    let field = field_name(sides, difference);
    let (wanted, built) = (difference.expected.as_deref(), difference.actual.as_deref());
    let (message, here, there) = match difference.kind {
        DriftKind::ColumnType => {
            let (wanted, built) = (wanted?, built?);
            (
                format!("{field} is `{wanted}` in the schema and `{built}` after the migrations"),
                format!("`{wanted}`"),
                format!("`{built}`"),
            )
        }
        DriftKind::ColumnNullability if wanted == Some("not null") => (
            format!("{field} is required, and its column takes NULL"),
            "Prisma Client fails on a row where this is NULL".to_owned(),
            "the column takes NULL".to_owned(),
        ),
        DriftKind::ColumnNullability => (
            format!("{field} is optional, and its column refuses NULL"),
            "Prisma Client lets it be left out".to_owned(),
            "the column is NOT NULL".to_owned(),
        ),
        _ => {
            let words = |side: Option<&str>| match side {
                Some(value) => format!("default {value}"),
                None => "no default".to_owned(),
            };
            (
                format!(
                    "{field} has {} in the schema and {} after the migrations",
                    quoted(wanted),
                    quoted(built)
                ),
                words(wanted),
                words(built),
            )
        }
    };
    let declared = sides.declaration(difference)?;
    Some(Told {
        message,
        primary: (declared, here),
        related: vec![(sides.shaping(difference)?, there)],
        instead: Some("change the field to what the migrations build".to_owned()),
        subject: subject(sides, difference, "field"),
    })
}

fn quoted(default: Option<&str>) -> String {
    default.map_or_else(
        || "no default".to_owned(),
        |value| format!("the default `{value}`"),
    )
}

fn enumeration(sides: Sides<'_>, difference: &Difference) -> Option<Told> {
    let name = difference.object.as_deref()?;
    let subject = match sides.enumeration(difference) {
        Some(entry) => format!("enum:{}", entry.name),
        None => format!("schema:{} enum:{name}", sides.schema.path),
    };
    if difference.kind == DriftKind::EnumExtraInDb {
        return Some(Told {
            message: format!(
                "the migrations leave an enum `{name}`, which the schema does not declare"
            ),
            primary: (sides.shaping(difference)?, "in no schema".to_owned()),
            related: Vec::new(),
            instead: None,
            subject,
        });
    }
    let declared = sides.declaration(difference)?;
    let Some(shaped) = sides.shaping(difference) else {
        return Some(Told {
            message: format!("no migration leaves an enum `{name}`"),
            primary: (declared, "columns of the schema have this type".to_owned()),
            related: sides.taken(difference).into_iter().collect(),
            instead: None,
            subject,
        });
    };
    let (missing, extra) = values(sides, difference);
    let message = match (missing.is_empty(), extra.is_empty()) {
        (false, true) => format!("the enum `{name}` lacks {missing} after the migrations"),
        (true, _) => {
            format!("the enum `{name}` has {extra} after the migrations, and not in the schema")
        }
        (false, false) => format!(
            "the enum `{name}` has {extra} after the migrations where the schema has {missing}"
        ),
    };
    let at = missing_value(sides, difference).unwrap_or(declared);
    Some(Told {
        message,
        primary: (
            at,
            format!("the schema has {}", difference.expected.as_deref()?),
        ),
        related: vec![(
            shaped,
            format!("the migrations leave {}", difference.actual.as_deref()?),
        )],
        instead: None,
        subject,
    })
}

fn list<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.map(|value| format!("`{value}`")).collect();
    values.join(", ")
}

/// The values that only the schema has, and those that only the database has.
fn values(sides: Sides<'_>, difference: &Difference) -> (String, String) {
    let (wanted, built) = sides.enum_values(difference);
    let without = |values: &[&str], others: &[&str]| {
        let values = values.iter().filter(|value| !others.contains(value));
        list(values.copied())
    };
    (without(&wanted, &built), without(&built, &wanted))
}

/// Where the schema declares the first value that the database lacks.
fn missing_value(sides: Sides<'_>, difference: &Difference) -> Option<Location> {
    let entry = sides.enumeration(difference)?;
    let (_, built) = sides.enum_values(difference);
    let mut values = entry.values.iter();
    let value = values.find(|value| !built.contains(&value.db_name.as_str()))?;
    Some(sides.schema.location(snell_prisma::Place {
        file: entry.at.file,
        span: value.name_span,
    }))
}

/// Keys, indexes and foreign keys.
fn key(sides: Sides<'_>, difference: &Difference) -> Option<Told> {
    use DriftKind as K;
    let table = difference.table.as_deref()?;
    let name = difference.object.as_deref().unwrap_or(table);
    let (wanted, built) = (
        difference.expected.as_deref().unwrap_or("none"),
        difference.actual.as_deref().unwrap_or("none"),
    );
    let (message, here, there) = match difference.kind {
        K::PrimaryKey => (
            format!(
                "the primary key of `{table}` is ({wanted}) in the schema and ({built}) after the migrations"
            ),
            format!("the schema's key: {wanted}"),
            format!("the migrations' key: {built}"),
        ),
        K::IndexMissingInDb => (
            format!("no migration leaves the index `{name}` on `{table}`"),
            format!("`{wanted}` in the schema"),
            String::new(),
        ),
        K::IndexExtraInDb => (
            format!(
                "the migrations leave an index `{name}` on `{table}`, which the schema does not declare"
            ),
            String::new(),
            format!("`{built}`"),
        ),
        K::IndexName | K::FkName => {
            let what = if difference.kind == K::IndexName {
                "index"
            } else {
                "foreign key"
            };
            (
                format!("an {what} of `{table}` is `{wanted}` in the schema and `{built}` after the migrations")
                    .replace("an foreign", "a foreign"),
                format!("its name here is `{wanted}`"),
                format!("its name here is `{built}`"),
            )
        }
        K::IndexShape => (
            format!("the index `{name}` is not what the schema declares"),
            format!("`{wanted}`"),
            format!("`{built}`"),
        ),
        K::FkMissingInDb => (
            format!("no migration leaves the foreign key `{name}` of `{table}`"),
            "the database does not hold this relation to be true".to_owned(),
            String::new(),
        ),
        _ => (
            format!(
                "the migrations leave a foreign key `{name}` on `{table}`, which the schema does not declare"
            ),
            String::new(),
            format!("`{built}`"),
        ),
    };
    let mut told = placed(sides, difference, here, there)?;
    told.message = message;
    told.instead = match difference.kind {
        K::IndexName | K::FkName => Some(format!("say `map: \"{built}\"` in the schema")),
        K::IndexExtraInDb => Some("declare it in the schema".to_owned()),
        K::FkExtraInDb => Some("declare the relation in the schema".to_owned()),
        _ => None,
    };
    Some(told)
}

/// The places of a key: the schema's line first, where it has one.
fn placed(sides: Sides<'_>, difference: &Difference, here: String, there: String) -> Option<Told> {
    use DriftKind as K;
    let name = difference.object.as_deref().unwrap_or_default();
    let missing = matches!(difference.kind, K::IndexMissingInDb | K::FkMissingInDb);
    let extra = matches!(difference.kind, K::IndexExtraInDb | K::FkExtraInDb);
    let mut related = Vec::new();
    let primary = if extra {
        if let Some(model) = sides.model(difference) {
            let at = sides.schema.model_name(model);
            related.push((at, "declares none such".to_owned()));
        }
        related.extend(sides.without_effect(name));
        (sides.shaping(difference)?, there)
    } else {
        if missing {
            related.extend(sides.taken(difference));
            related.extend(sides.without_effect(name));
        } else if let Some(at) = shaped_key(sides, difference) {
            related.push((at, there));
        }
        (sides.declaration(difference)?, here)
    };
    Some(Told {
        message: String::new(),
        primary,
        related,
        instead: None,
        subject: subject(sides, difference, "key"),
    })
}

/// The statement of a key, found by the name that it has there.
fn shaped_key(sides: Sides<'_>, difference: &Difference) -> Option<Location> {
    let place = difference.actual_at?;
    let name = match difference.kind {
        DriftKind::IndexName | DriftKind::FkName => difference.actual.as_deref()?,
        DriftKind::PrimaryKey => {
            let built = sides.built(difference)?;
            match built.primary_key() {
                Some(key) => key.name.as_str(),
                None => "",
            }
        }
        _ => difference.object.as_deref()?,
    };
    Some(sides.history.part(place, name))
}

/// The model in backquotes; the table where there is none (a join table).
fn model_name(sides: Sides<'_>, difference: &Difference) -> String {
    let table = difference.table.as_deref().unwrap_or_default();
    match sides.model(difference) {
        Some(model) => format!("`{}`", model.name),
        None => format!("the relation table `{table}`"),
    }
}

fn field_name(sides: Sides<'_>, difference: &Difference) -> String {
    match (sides.model(difference), sides.field(difference)) {
        (Some(model), Some(field)) => format!("`{}.{}`", model.name, field.name),
        _ => format!(
            "`{}.{}`",
            difference.table.as_deref().unwrap_or_default(),
            difference.object.as_deref().unwrap_or_default()
        ),
    }
}

/// What a finding is about: the model, and its part by `what`.
fn subject(sides: Sides<'_>, difference: &Difference, what: &str) -> String {
    let owner = match sides.model(difference) {
        Some(model) => format!("model:{}", model.name),
        None => format!("table:{}", difference.table.as_deref().unwrap_or_default()),
    };
    let field = sides.field(difference).map(|field| field.name.as_str());
    match (what, field.or(difference.object.as_deref())) {
        ("", _) => owner,
        (what, Some(name)) => format!("{owner} {what}:{name}"),
        (what, None) => format!("{owner} {what}:primary"),
    }
}
