//! `snell facts drift`: where the migrations depart from the schema.

use serde::Serialize;
use snell_prisma::Place;
use snell_project::schema::{History, Schema};
use snell_source::Location;
use snell_sql::drift::{self, Difference, DifferenceView, Weight};

use crate::Analysis;

/// One schema with migrations.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// The Prisma schema, from the root.
    pub schema: &'a str,
    /// The folder of its migrations, from the root.
    pub migrations: Option<&'a str>,
    /// Whether migrations were left out because they are another database's.
    pub foreign: bool,
    /// How many rows there are.
    pub totals: Totals,
    /// The differences, in the order of the objects' names.
    pub drift: Vec<Row<'a>>,
}

/// How many rows there are.
#[derive(Debug, Default, Serialize)]
pub struct Totals {
    /// All rows.
    pub all: usize,
    /// Those that a user must hear of: none of the flags is set.
    pub core: usize,
}

/// A difference with its places.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    /// What differs.
    #[serde(flatten)]
    pub difference: DifferenceView,
    /// True when a statement that could not be replayed may have shaped the object.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub doubted: bool,
    /// Where the schema says what is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<At<'a>>,
    /// The statement that last shaped what is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shaped: Option<At<'a>>,
    /// The statements that end the difference in the schema's favour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<Vec<String>>,
}

/// A line of a file.
#[derive(Debug, Serialize)]
pub struct At<'a> {
    /// The file, from the root.
    pub file: &'a str,
    /// 1-based.
    pub line: u32,
}

/// One document for each schema with migrations.
#[must_use]
pub fn drift(analysis: &Analysis) -> Vec<Document<'_>> {
    let schemas = analysis.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| Some(document(analysis, schema, schema.history.as_ref()?)))
        .collect()
}

fn document<'a>(analysis: &'a Analysis, schema: &'a Schema, history: &'a History) -> Document<'a> {
    let foreign = history.has_foreign();
    // What was left out cannot be missing.
    let differences = if foreign {
        &[]
    } else {
        history.drift.differences.as_slice()
    };
    let core = differences.iter().filter(|d| d.weight == Weight::Core);
    Document {
        schema: schema.path.as_str(),
        migrations: schema.migrations.as_ref().map(|folder| folder.as_str()),
        foreign,
        totals: Totals {
            all: differences.len(),
            core: core.count(),
        },
        drift: differences
            .iter()
            .map(|difference| row(analysis, schema, history, difference))
            .collect(),
    }
}

fn row<'a>(
    analysis: &'a Analysis,
    schema: &'a Schema,
    history: &'a History,
    difference: &Difference,
) -> Row<'a> {
    let at = |location: Location| {
        let file = analysis.sources.file(location.file);
        At {
            file: file.path.as_str(),
            line: file.position(location.span.start).line,
        }
    };
    let declared = difference.expected_at.map(|place| {
        at(schema.location(Place {
            file: place.migration as usize,
            span: place.span,
        }))
    });
    let shaped = difference
        .actual_at
        .map(|place| at(history.location(place)));
    let managed = !matches!(difference.weight, Weight::Unmanaged | Weight::Informational);
    Row {
        difference: difference.into(),
        doubted: history.is_doubted(difference),
        declared,
        shaped,
        cure: managed
            .then(|| drift::cure(difference, &history.drift.expected, &history.replay.catalog))
            .flatten(),
    }
}
