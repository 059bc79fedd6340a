//! `snell facts seeds`: what seeds put into the tables.

use serde::Serialize;
use snell_correlate::{SchemaSeeds, SeededModel, StartKind, seeds as find};
use snell_prisma::Model;
use snell_project::schema::Schema;

use super::place::Place;
use crate::Analysis;

/// What seeds put into one table; the position is that of the model's name in the schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeedOf<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// The schema's path.
    pub schema: &'a str,
    /// The model.
    pub model: &'a str,
    /// What starts the seeds of the schema.
    pub starts: Vec<StartOf<'a>>,
    /// How many rows are written out one by one.
    pub rows: usize,
    /// Whether there may be more.
    pub many: bool,
    /// Where rows are made.
    pub made: Vec<Place<'a>>,
    /// Whether rows are removed first.
    pub cleared: bool,
    /// How many owners the rows name; nothing when that is not known, or when nobody owns them.
    pub owners: Option<usize>,
    /// Relation fields that rows fill.
    pub relations: Vec<&'a str>,
    /// Relation fields with a foreign key of the model that none fills.
    pub relations_left_out: Vec<&'a str>,
    /// Fields of enums.
    pub enums: Vec<EnumOf<'a>>,
}

/// What starts a seed.
#[derive(Debug, Serialize)]
pub struct StartOf<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// `declared` (`prisma db seed`), `script`, `named`.
    pub kind: &'static str,
}

/// Which values of an enum a field is given.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnumOf<'a> {
    /// The field.
    pub field: &'a str,
    /// The enum.
    pub name: &'a str,
    /// The values that rows have.
    pub seeded: Vec<&'a str>,
    /// The others.
    pub missing: Vec<&'a str>,
    /// Whether some rows have a value that is not known.
    pub open: bool,
}

/// All models, in the order of the schemas.
#[must_use]
pub fn seeds(analysis: &Analysis) -> Vec<SeedOf<'_>> {
    let found = analysis.within(find);
    let mut documents = Vec::new();
    for (id, schema) in analysis.project.schemas.iter() {
        let own = found.schema(id);
        for model in schema.datamodel.models() {
            documents.push(of_model(analysis, schema, model, own));
        }
    }
    documents
}

fn of_model<'a>(
    analysis: &'a Analysis,
    schema: &'a Schema,
    model: &'a Model,
    own: &SchemaSeeds,
) -> SeedOf<'a> {
    let none = SeededModel::default();
    let seeded = own.model(model.id).unwrap_or(&none);
    let starts = own.starts.iter().map(|start| StartOf {
        place: Place::of(analysis, start.at),
        kind: match start.kind {
            StartKind::Declared => "declared",
            StartKind::Script(_) => "script",
            StartKind::Named => "named",
        },
    });
    let known = !seeded.owners_open && !seeded.owners.is_empty();
    let mut relations = Vec::new();
    let mut left_out = Vec::new();
    for field in model.relation_fields() {
        let Some(side) = field.relation().filter(|side| side.holds_key) else {
            continue;
        };
        match side
            .relation
            .is_some_and(|id| seeded.relations.contains(&id))
        {
            true => relations.push(field.name.as_str()),
            false => left_out.push(field.name.as_str()),
        }
    }
    SeedOf {
        place: Place::of(analysis, schema.model_name(model)),
        schema: schema.path.as_str(),
        model: &model.name,
        starts: starts.collect(),
        rows: seeded.rows,
        many: seeded.many,
        made: seeded
            .places
            .iter()
            .map(|at| Place::of(analysis, *at))
            .collect(),
        cleared: own.cleared.contains(&model.id),
        owners: known.then_some(seeded.owners.len()),
        relations,
        relations_left_out: left_out,
        enums: enums(schema, model, seeded),
    }
}

fn enums<'a>(schema: &'a Schema, model: &'a Model, seeded: &SeededModel) -> Vec<EnumOf<'a>> {
    let fields = model
        .columns()
        .filter_map(|field| Some((field, field.enumeration()?)));
    fields
        .map(|(field, id)| {
            let declared = &schema.datamodel[id];
            let given = seeded.fields.get(&field.id);
            let names = declared.values.iter().map(|value| value.name.as_str());
            let (has, lacks) = names.partition(|name| {
                given.is_some_and(|given| given.values.iter().any(|value| value == name))
            });
            EnumOf {
                field: &field.name,
                name: &declared.name,
                seeded: has,
                missing: lacks,
                open: given.is_some_and(|given| given.open) || seeded.open,
            }
        })
        .collect()
}
