//! Seeded texts that are like nothing that people write.

use snell_prisma::ScalarType;
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::seeds::SchemaSeeds,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/unrealistic",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Many seeded texts are fillers",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |_, schema, own| finding(schema, own))
}

/// Fewer texts say nothing about the rest.
const FEWEST: usize = 8;

fn finding(schema: &Schema, own: &SchemaSeeds) -> Option<Diagnostic> {
    let mut texts = 0;
    let mut fillers: Vec<(Location, &str)> = Vec::new();
    for model in schema.datamodel.models() {
        let Some(made) = own.model(model.id) else {
            continue;
        };
        let strings = model
            .columns()
            .filter(|field| field.scalar() == Some(ScalarType::String));
        for given in strings.filter_map(|field| made.fields.get(&field.id)) {
            // Defaults stand in the schema.
            let Some(at) = given.places.first().copied() else {
                continue;
            };
            texts += given.values.len();
            let own = given.values.iter().filter(|value| is_filler(value));
            fillers.extend(own.map(|value| (at, value.as_str())));
        }
    }
    if texts < FEWEST || fillers.len() * 3 < texts {
        return None;
    }
    let (at, first) = fillers.first()?;
    Some(
        Diagnostic::at(
            &RULE.metadata,
            *at,
            format!("{} of {texts} seeded texts are fillers, as `{first}`", fillers.len()),
        )
        .label("like nothing that people write")
        .confidence(Confidence::Possible)
        .help("take texts of the length, the languages and the odd characters that people use: what breaks a layout or a sort is never `test`")
        .subject(words::subject(schema, "texts")),
    )
}

/// `test 1`, `foo`, `Lorem ipsum ...`
fn is_filler(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "test",
        "tests",
        "testing",
        "foo",
        "bar",
        "baz",
        "asdf",
        "qwerty",
        "xxx",
        "abc",
        "lorem",
        "dummy",
        "sample",
        "placeholder",
    ];
    let lower = text.to_lowercase();
    let mut words = lower
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty());
    words.next().is_some_and(|first| WORDS.contains(&first))
}
