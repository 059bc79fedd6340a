//! What seeds put into tables, as an audit lists it.

use snell_correlate::{SchemaSeeds, SeededModel, Seeds};
use snell_prisma::Model;
use snell_project::schema::Schema;
use snell_report::audit::tables::{Seed, SeededEnum};

use super::spot;
use crate::Analysis;

/// All models, in the order of the schemas.
pub(super) fn seeds(analysis: &Analysis, found: &Seeds) -> Vec<Seed> {
    let schemas = analysis.project.schemas.iter();
    schemas
        .flat_map(|(id, schema)| {
            let own = found.schema(id);
            let models = schema.datamodel.models().iter();
            models
                .filter(|model| !model.is_view)
                .map(|model| seed(analysis, schema, model, own))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn seed(analysis: &Analysis, schema: &Schema, model: &Model, own: &SchemaSeeds) -> Seed {
    let none = SeededModel::default();
    let seeded = own.model(model.id).unwrap_or(&none);
    let known = !seeded.owners_open && !seeded.owners.is_empty();
    let mut relations = (Vec::new(), Vec::new());
    for field in model.relation_fields() {
        let Some(side) = field.relation().filter(|side| side.holds_key) else {
            continue;
        };
        let filled = side
            .relation
            .is_some_and(|id| seeded.relations.contains(&id));
        let name = field.name.to_string();
        match filled {
            true => relations.0.push(name),
            false => relations.1.push(name),
        }
    }
    Seed {
        model: model.name.to_string(),
        starts: own
            .starts
            .iter()
            .map(|start| spot(analysis, start.at))
            .collect(),
        rows: seeded.rows,
        many: seeded.many,
        made: seeded.places.iter().map(|at| spot(analysis, *at)).collect(),
        owners: known.then_some(seeded.owners.len()),
        relations,
        enums: enums(schema, model, own, seeded),
        roles: roles(model, seeded),
    }
}

fn enums(
    schema: &Schema,
    model: &Model,
    own: &SchemaSeeds,
    seeded: &SeededModel,
) -> Vec<SeededEnum> {
    let fields = model.columns();
    fields
        .filter_map(|field| {
            let declared = &schema.datamodel[field.enumeration()?];
            let given = seeded.fields.get(&field.id);
            let names = declared.values.iter().map(|value| value.name.to_string());
            let (has, lacks) = names.partition(|name| {
                given.is_some_and(|given| given.values.iter().any(|value| value == name))
            });
            Some(SeededEnum {
                field: field.name.to_string(),
                seeded: has,
                missing: lacks,
                open: given.is_some_and(|given| given.open) || own.open,
            })
        })
        .collect()
}

/// The columns that say what somebody may do, with the constants that rows have.
fn roles(model: &Model, seeded: &SeededModel) -> Vec<(String, Vec<String>)> {
    let fields = model.columns().filter(|field| {
        let name = field.name.to_ascii_lowercase();
        matches!(name.as_str(), "role" | "roles" | "isadmin" | "admin")
    });
    fields
        .map(|field| {
            let given = seeded.fields.get(&field.id);
            let values = given.into_iter().flat_map(|given| &given.values);
            (
                field.name.to_string(),
                values.map(ToString::to_string).collect(),
            )
        })
        .collect()
}
