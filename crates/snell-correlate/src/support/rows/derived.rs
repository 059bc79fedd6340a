//! Columns that repeat what other rows or columns say, on purpose as their comments or names tell:
//! for an audit, which says what keeps each of them right.

use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::Location;

use crate::{
    rule::Context,
    support::{
        field_life::field_lives,
        name_words::words,
        tables::{self, TableModel},
        wording::and,
    },
};

/// A column that follows from others.
#[derive(Debug, Clone)]
pub struct DerivedColumn {
    /// The model.
    pub model: ModelRef,
    /// The column.
    pub field: FieldId,
    /// What it follows from, and how that is known, in words.
    pub why: String,
    /// Where code writes it.
    pub written: Vec<Location>,
}

/// All of them, in the order of the schemas.
#[must_use]
pub fn derived_columns(context: &Context<'_>) -> Vec<DerivedColumn> {
    let lives = field_lives(context);
    tables::of_any(context)
        .flat_map(|table| {
            let TableModel { id, model, .. } = table;
            let lives = &lives;
            let columns = model.columns();
            let own =
                columns.filter(|field| !model.is_id(field.id) && !model.is_foreign_key(field.id));
            own.filter_map(move |field| {
                let why = said(field).or_else(|| named(model, field))?;
                let mut written = lives
                    .field(FieldRef {
                        schema: id,
                        field: field.id,
                    })
                    .written;
                written.sort_unstable();
                written.dedup();
                Some(DerivedColumn {
                    model: ModelRef {
                        schema: id,
                        model: model.id,
                    },
                    field: field.id,
                    why,
                    written,
                })
            })
        })
        .collect()
}

/// What the schema's own comment says of it.
fn said(field: &Field) -> Option<String> {
    const WORDS: [&str; 10] = [
        "denormal",
        "derived from",
        "computed from",
        "calculated from",
        "cached from",
        "cached copy",
        "cache of",
        "copy of",
        "copied from",
        "snapshot of",
    ];
    const LONGEST: usize = 80;
    field.comments.iter().find_map(|comment| {
        let lines = comment.text.lines().map(str::trim);
        let line = lines.into_iter().find(|line| {
            let lower = line.to_lowercase();
            WORDS.iter().any(|word| lower.contains(word))
        })?;
        let line: String = line.chars().take(LONGEST).collect();
        Some(format!("the schema says: \u{201c}{line}\u{201d}"))
    })
}

/// What its name says of columns and rows beside it.
fn named(model: &Model, field: &Field) -> Option<String> {
    let name = words(&field.name);
    let (first, last) = (name.first()?.as_str(), name.last()?.as_str());
    match field.scalar()? {
        ScalarType::DateTime if first == "last" && last == "at" => {
            let rows = rows_called(model, &name[1..name.len() - 1])?;
            Some(format!("by its name the newest of its `{rows}` says it"))
        }
        ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal => {
            let counted = match (first, last) {
                (_, "count" | "total") => rows_called(model, &name[..name.len() - 1]),
                ("total" | "count" | "num", _) => rows_called(model, &name[1..]),
                ("number", _) if name.get(1).is_some_and(|word| word == "of") => {
                    rows_called(model, &name[2..])
                }
                _ => None,
            };
            match counted {
                Some(rows) => Some(format!("by its name it counts its `{rows}`")),
                None => parts(model, field, &name),
            }
        }
        _ => None,
    }
}

/// The relation to many rows that has these words for a name.
fn rows_called<'m>(model: &'m Model, wanted: &[String]) -> Option<&'m str> {
    let mut lists = model.relation_fields().filter(|field| field.is_list());
    let found = lists.find(|field| !wanted.is_empty() && words(&field.name) == wanted)?;
    Some(&found.name)
}

/// The numbers beside a total that add up to it: `promptTokens` and `completionTokens` beside
/// `totalTokens`.
fn parts(model: &Model, field: &Field, name: &[String]) -> Option<String> {
    let (first, rest) = name.split_first()?;
    if first != "total" || rest.is_empty() {
        return None;
    }
    let beside: Vec<String> = model
        .columns()
        .filter(|other| other.id != field.id && other.scalar() == field.scalar())
        .filter(|other| {
            let other = words(&other.name);
            other.len() > rest.len() && other.ends_with(rest)
        })
        .map(|other| format!("`{}`", other.name))
        .collect();
    match beside.len() {
        0 | 1 => None,
        _ => Some(format!("by their names {} add up to it", and(&beside))),
    }
}
