//! Tables that the document and the page show alike: what stands in their cells, without markup.

mod bound;
mod columns;
mod lives;
mod security;
mod vectors;

use std::collections::BTreeMap;

pub(super) use self::{
    bound::beside_conditions,
    columns::{columns, derived, texts},
    lives::{PARTS, parts},
    security::{owned, policies, without},
    vectors::{FIRST_GUESS, assessment, searches},
};
use super::Audit;
use crate::trace::Spot;

/// A table.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    /// What it shows, in a sentence.
    pub(super) lead: String,
    /// The heads; one that begins with `#` stands over numbers.
    pub(super) heads: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A cell: words with names in backticks, then places, then findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) words: String,
    pub(super) places: Vec<Spot>,
    pub(super) ids: Vec<String>,
}

impl Cell {
    /// Words, with names in backticks.
    pub(super) fn words(text: impl Into<String>) -> Self {
        Cell {
            words: text.into(),
            ..Cell::default()
        }
    }

    /// A name or a piece of code.
    pub(super) fn code(text: &str) -> Self {
        Cell::words(format!("`{text}`"))
    }

    /// Places alone, or a word that there are none.
    pub(super) fn places(spots: &[Spot], none: &str) -> Self {
        match spots.is_empty() {
            true => Cell::words(none),
            false => Cell {
                places: spots.to_vec(),
                ..Cell::default()
            },
        }
    }

    /// The same with these findings.
    pub(super) fn with(self, ids: &[String]) -> Self {
        Cell {
            ids: ids.to_vec(),
            ..self
        }
    }
}

/// Names in backticks with commas between them.
fn names<'a>(all: impl IntoIterator<Item = &'a String>) -> String {
    let all = all.into_iter().map(|name| format!("`{name}`"));
    all.collect::<Vec<_>>().join(", ")
}

/// Indexes that queries lack.
pub(super) fn missing_indexes(audit: &Audit) -> Sheet {
    let tables = audit.indexes.iter();
    let proposed = tables.flat_map(|table| table.proposed.iter().map(move |one| (table, one)));
    Sheet {
        lead: "Indexes that queries of the code lack.".to_owned(),
        heads: vec![
            "Model",
            "In the schema",
            "On a table in use, alone in its migration",
            "What is lacking",
            "Queries that it serves",
            "Replaces",
        ],
        rows: proposed
            .map(|(table, one)| {
                vec![
                    Cell::code(&table.model),
                    one.prisma.as_ref().map_or_else(
                        || Cell::words("Prisma cannot say where its NULLs stand: declare it without (part 2 has the line), and write that into its migration"),
                        |text| Cell::code(text),
                    ),
                    match step_of(audit, &one.sql) {
                        Some(step) => Cell::words(format!("step {step} of the plan")),
                        None => Cell::code(&one.sql),
                    },
                    Cell::words(&one.lacks),
                    Cell::places(&one.uses, "\u{2013}"),
                    match one.replaces.is_empty() {
                        true => Cell::words("\u{2013}"),
                        false => Cell::words(names(&one.replaces)),
                    },
                ]
            })
            .collect(),
    }
}

/// The step of the plan that has a statement.
fn step_of<'a>(audit: &'a Audit, sql: &str) -> Option<&'a str> {
    let mut steps = audit.plan.iter().flat_map(|phase| &phase.steps);
    let step = steps.find(|step| step.sql.iter().any(|one| one.text == sql))?;
    Some(&step.number)
}

/// The types of the code that mirror models.
pub(super) fn mirrors(audit: &Audit) -> Sheet {
    let mut by_model: BTreeMap<&str, Vec<&super::Mirror>> = BTreeMap::new();
    for mirror in &audit.mirrors {
        by_model.entry(&mirror.model).or_default().push(mirror);
    }
    let rows = by_model.into_iter().flat_map(|(model, mirrors)| {
        mirrors.into_iter().map(move |mirror| {
            let fields = match mirror.properties {
                Some((all, bound)) if bound < all => format!("{bound} of {all}"),
                Some((all, _)) => format!("all {all}"),
                None => "not all known".to_owned(),
            };
            let name = match mirror.name.is_empty() {
                true => Cell::words("inline"),
                false => Cell::code(&mirror.name),
            };
            vec![
                Cell::code(model),
                Cell {
                    places: vec![mirror.spot.clone()],
                    ..name
                },
                Cell::words(&mirror.evidence),
                Cell::words(fields),
            ]
        })
    });
    Sheet {
        lead: "Types of the code that mirror models: how that is known (written to the model, mapped from its rows, returned with them, or named after it), and how many of their properties are fields.".to_owned(),
        heads: vec!["Model", "Type", "Known by", "Properties that are fields"],
        rows: rows.collect(),
    }
}

/// What the database keeps, whoever writes, with the part that lists each.
pub(super) fn constraints(audit: &Audit) -> Vec<(usize, &'static str)> {
    let rows = || audit.indexes.iter().flat_map(|table| &table.indexes);
    let of = |kind: &str| rows().filter(|row| row.kind == kind).count();
    let checks = audit
        .drift
        .iter()
        .filter(|one| one.what.starts_with("check `"));
    vec![
        (of("primary key"), "primary key"),
        (of("unique"), "unique constraint"),
        (audit.relations.len(), "foreign key"),
        (checks.count(), "check"),
    ]
}
