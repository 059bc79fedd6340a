//! A seed makes one user, so that nobody sees whether users are kept apart.

use snell_flow::{Root, Value};
use snell_prisma::Model;
use snell_project::ownership::Ownership;
use snell_project::schema::{Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::seeds::{SchemaSeeds, SeededModel},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/single-user",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A seed gives all owned rows to one user",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |id, schema, own| finding(context, id, schema, own))
}

/// What NestJS calls when an application starts
/// (<https://docs.nestjs.com/fundamentals/lifecycle-events>).
const STARTS: [&str; 2] = ["onModuleInit", "onApplicationBootstrap"];

fn finding(
    context: &Context<'_>,
    id: SchemaId,
    schema: &Schema,
    own: &SchemaSeeds,
) -> Option<Diagnostic> {
    let people = words::people(context, id)?;
    let made = own.model(people.id)?;
    let owned = owned(context, id, schema, own);
    let (first, _) = *owned.first()?;
    if own.open || made.many || owned.iter().any(|(_, seeded)| seeded.owners_open) {
        return None;
    }
    // What the application runs when it starts is no seed of development.
    let at = *made.places.first()?;
    let text = &context.sources.file(at.file).text;
    if STARTS.iter().any(|hook| text.contains(hook)) {
        return None;
    }
    let owners = distinct(&owned);
    let (message, label) = match (made.rows, owners.len()) {
        (1, _) => (
            format!(
                "the seed makes one `{}`, and all rows are theirs",
                people.name
            ),
            "the only one",
        ),
        (_, 1) => (
            format!(
                "the seed makes {} rows of `{}`, and gives all rows that have an owner to one of them",
                made.rows, people.name
            ),
            "one of these owns everything",
        ),
        _ => return None,
    };
    let place = own.models.get(&first.id)?.places.first().copied()?;
    Some(
        Diagnostic::at(&RULE.metadata, at, message)
            .label(label)
            .related(place, format!("rows of `{}` have an owner", first.name))
            .confidence(Confidence::Likely)
            .help("seed a second user with rows of their own: a query without its owner filter then shows rows that do not belong to who asks, in the first minute of work")
            .subject(words::subject(schema, &format!("model:{}", people.name))),
    )
}

/// The models with an owner of their own that get rows, in the order of the schema.
fn owned<'a>(
    context: &Context<'_>,
    id: SchemaId,
    schema: &'a Schema,
    own: &'a SchemaSeeds,
) -> Vec<(&'a Model, &'a SeededModel)> {
    let graph = context.project.owners.graph(id);
    let models = schema.datamodel.models().iter();
    models
        .filter(|model| matches!(graph.of(model.id), Ownership::Owned(_)))
        .filter_map(|model| {
            let seeded = own.model(model.id)?;
            (!seeded.owners.is_empty() || seeded.owners_open).then_some((model, seeded))
        })
        .collect()
}

/// The owners that rows name; a row that is looked up and its key are told apart, which only
/// makes more of them.
fn distinct<'a>(owned: &[(&Model, &'a SeededModel)]) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = Vec::new();
    for value in owned.iter().flat_map(|(_, seeded)| &seeded.owners) {
        let same = |known: &&&Value| match (known, value) {
            (Value::Opaque(a), Value::Opaque(b)) => match (&a.root, &b.root) {
                (Root::Row(a), Root::Row(b)) => a.call == b.call && a.arguments == b.arguments,
                _ => a == b,
            },
            (a, b) => **a == b,
        };
        if !found.iter().any(|known| same(&known)) {
            found.push(value);
        }
    }
    found
}
