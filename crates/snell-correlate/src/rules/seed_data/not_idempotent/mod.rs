//! A seed that fails, or makes its rows again, when it runs a second time.

use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::seeds::{Creation, Guard, SchemaSeeds, StartKind},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/not-idempotent",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A seed fails or makes its rows again when it runs twice",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Further places that are shown.
const SHOWN: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |_, schema, own| finding(schema, own))
}

fn finding(schema: &Schema, own: &SchemaSeeds) -> Option<Diagnostic> {
    let bare = again(own);
    // What fails is told before what is only made again.
    let first = bare
        .iter()
        .find(|creation| creation.key.is_some())
        .or_else(|| bare.first())?;
    let name = |creation: &Creation| schema.datamodel[creation.model].name.clone();
    let message = match &first.key {
        Some(key) => format!(
            "the seed cannot run twice: the second run fails on the unique key of `{}` ({key})",
            name(first)
        ),
        None => format!(
            "the seed makes its rows of `{}` again at each run",
            name(first)
        ),
    };
    let mut finding = Diagnostic::at(&RULE.metadata, first.at, message).label(match first.key {
        Some(_) => "a row with this key is there already",
        None => "nothing asks whether they are there",
    });
    let mut models = vec![first.model];
    for other in bare.iter().filter(|other| other.at != first.at) {
        if models.len() > SHOWN {
            break;
        }
        if !models.contains(&other.model) {
            models.push(other.model);
            finding = finding.related(other.at, format!("rows of `{}`, too", name(other)));
        }
    }
    finding = finding
        .confidence(Confidence::Likely)
        .help("write `upsert` by a unique key, `createMany` with `skipDuplicates: true`, or delete at the start what the seed makes: a run that broke off can then be repeated");
    if own
        .starts
        .iter()
        .all(|start| start.kind == StartKind::Named)
    {
        finding = finding.lowered(Severity::Low, "no command of the repository runs it");
    }
    Some(finding.subject(words::subject(schema, "twice")))
}

/// The statements that make rows whatever is there, in the order in which they run.
fn again(own: &SchemaSeeds) -> Vec<&Creation> {
    // What is put together at run time may well empty the tables.
    if own.open || own.starts.is_empty() {
        return Vec::new();
    }
    let bare = own
        .creations
        .iter()
        .filter(|creation| creation.guard == Guard::None && !own.cleared.contains(&creation.model));
    bare.collect()
}
