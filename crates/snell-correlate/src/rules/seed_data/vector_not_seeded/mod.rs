//! Columns of vectors that no seeded row has.

use snell_prisma::{Field, Model};
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::seeds::{SchemaSeeds, seeds},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/vector-not-seeded",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A seed gives no row a vector, so that no search finds anything",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let seeds = seeds(context);
    let schemas = context.project.schemas.iter();
    schemas
        .flat_map(|(id, schema)| {
            let own = seeds.schema(id);
            let models = schema.datamodel.models().iter();
            let fields = models.flat_map(|model| model.columns().map(move |field| (model, field)));
            let found: Vec<Diagnostic> = fields
                .filter_map(|(model, field)| finding(schema, own, model, field))
                .collect();
            found
        })
        .collect()
}

fn finding(schema: &Schema, own: &SchemaSeeds, model: &Model, field: &Field) -> Option<Diagnostic> {
    let ty = field.vector()?;
    let at = own.place()?;
    if own.open {
        return None;
    }
    let message = match own.model(model.id) {
        Some(made)
            if made.open
                || made
                    .fields
                    .get(&field.id)
                    .is_some_and(|given| !given.places.is_empty()) =>
        {
            return None;
        }
        Some(_) => format!(
            "the rows that the seed makes of `{}` have no vector: no search finds them",
            model.name
        ),
        None => format!(
            "the seed makes no row of `{}`: no search finds anything",
            model.name
        ),
    };
    Some(
        Diagnostic::at(&RULE.metadata, schema.field_name(field), message)
            .label(format!("`{ty}`"))
            .related(at, "the seed")
            .confidence(Confidence::Likely)
            .help("insert a few rows with fixed vectors by `$executeRaw`: Prisma's client cannot write the column, and a search over constants gives the same answer each time")
            .subject(words::subject(schema, &format!("field:{}.{}", model.name, field.name))),
    )
}
