//! A deployment runs a seed that is for development.

use snell_prisma::Model;
use snell_project::schema::{Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::{hardcoded_secret, words},
    support::{
        deployed::{self, Deployed},
        seeds::{Guard, SchemaSeeds, seeds},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/runs-in-production",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A deployment runs a seed that removes rows, or makes users and rows for development",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let seeds = seeds(context);
    let mut found = Vec::new();
    for run in deployed::commands(context.project, is_seed) {
        let path = run.command.fact.path.as_str();
        let Some(id) = context.project.schemas.nearest(path) else {
            continue;
        };
        let schema = context.project.schemas.get(id);
        found.extend(finding(context, id, schema, seeds.schema(id), &run));
    }
    found
}

/// `prisma db seed`, or the file of a seed.
fn is_seed(text: &str) -> bool {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&'));
    let is_file = |word: &str| {
        let file = word.rsplit('/').next().unwrap_or(word);
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        matches!(extension, "ts" | "mts" | "cts" | "js" | "mjs" | "cjs")
            && stem.split(['-', '_', '.']).any(|part| part == "seed")
    };
    text.contains("db seed") || words.into_iter().any(is_file)
}

/// What a seed does that nobody wants where people work.
struct Harm {
    message: String,
    at: Location,
    label: String,
    lowered: Option<&'static str>,
}

fn finding(
    context: &Context<'_>,
    id: SchemaId,
    schema: &Schema,
    own: &SchemaSeeds,
    run: &Deployed<'_>,
) -> Option<Diagnostic> {
    // Who asks for the environment has thought of it.
    if words::asks_environment(context, own) {
        return None;
    }
    let harm = removes(own)
        .or_else(|| accounts(context, id, own))
        .or_else(|| repeats(schema, own))?;
    let mut finding = run
        .finding(&RULE.metadata, &harm.message, "runs the seed at each deployment")
        .related(harm.at, harm.label)
        .help("keep what every database needs (settings, plans, permissions) in migrations or in a seed of upserts alone, and run the one for development by hand");
    if let Some(why) = harm.lowered {
        finding = finding.lowered(Severity::Medium, why);
    }
    Some(finding.confidence(Confidence::Likely).subject(format!(
        "{} {}",
        run.subject(),
        words::subject(schema, "deployed")
    )))
}

fn removes(own: &SchemaSeeds) -> Option<Harm> {
    Some(Harm {
        message: "a deployment runs the seed, and the seed removes rows".to_owned(),
        at: *own.clears.first()?,
        label: "what people wrote is gone after the next deployment".to_owned(),
        lowered: None,
    })
}

/// Accounts whose password everybody can read.
fn accounts(context: &Context<'_>, id: SchemaId, own: &SchemaSeeds) -> Option<Harm> {
    let people: &Model = words::people(context, id)?;
    let made = own.model(people.id)?;
    let secret = hardcoded_secret::of_model(context, people, made);
    if let Some(secret) = secret {
        return Some(Harm {
            message: format!(
                "a deployment runs the seed, which makes a `{}` whose password stands in the code",
                people.name
            ),
            at: secret.at,
            label: "whoever can read the code can sign in".to_owned(),
            lowered: None,
        });
    }
    let named = made.fields.values().any(|field| {
        field.values.iter().any(|value| {
            ["@example.", "@test.", "test@", "demo@"]
                .iter()
                .any(|words| value.contains(words))
        })
    });
    let at = made.places.first().copied()?;
    named.then(|| Harm {
        message: format!(
            "a deployment runs the seed, which makes users of `{}` for development",
            people.name
        ),
        at,
        label: "nobody's account".to_owned(),
        lowered: Some("the seed gives them no password"),
    })
}

/// Rows that a second deployment makes again, or fails on.
fn repeats(schema: &Schema, own: &SchemaSeeds) -> Option<Harm> {
    let first = own.creations.iter().find(|one| one.guard == Guard::None)?;
    let model = &schema.datamodel[first.model].name;
    Some(Harm {
        message: match first.key {
            Some(_) => "a deployment runs the seed, and the second one fails".to_owned(),
            None => {
                format!("a deployment runs the seed, which adds its rows of `{model}` each time")
            }
        },
        at: first.at,
        label: "nothing asks whether the rows are there".to_owned(),
        lowered: Some("no row that people wrote is changed"),
    })
}
