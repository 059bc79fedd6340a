//! A migration that stops on the database that the ones before it build.

use std::collections::BTreeMap;

use snell_project::schema::{History, Schema};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::Failure;

use crate::{
    rule::{Context, Rule},
    rules::vector,
    support::deployed,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/cannot-apply",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A migration fails on the state that the migrations before it leave",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let pushed = deployed::pushes_only(context.project);
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| Some((schema, schema.history.as_ref()?)))
        .flat_map(|(schema, history)| of_history(schema, history, pushed))
        .collect()
}

/// One finding for each file that stops: a file is one transaction, so its
/// first failure decides.
fn of_history(schema: &Schema, history: &History, pushed: bool) -> Vec<Diagnostic> {
    let mut files: BTreeMap<u32, Vec<&Failure>> = BTreeMap::new();
    let failures = history.replay.failures.iter();
    for failure in failures.filter(|f| f.certain && !vector::tells(f)) {
        files
            .entry(failure.statement.migration)
            .or_default()
            .push(failure);
    }
    let first = files.keys().next().copied();
    let stop = first
        .and_then(|first| history.migrations.get(first as usize))
        .map_or("", |migration| migration.name.as_str());
    files
        .iter()
        .filter_map(|(number, failures)| {
            let milder = match (pushed, Some(*number) == first) {
                (true, _) => Some("deployments push the schema, and run no migration".to_owned()),
                (false, true) => None,
                (false, false) => Some(format!("a deploy stops at `{stop}` before it gets here")),
            };
            finding(schema, history, failures, milder)
        })
        .collect()
}

/// `milder` says why it matters less.
fn finding(
    schema: &Schema,
    history: &History,
    failures: &[&Failure],
    milder: Option<String>,
) -> Option<Diagnostic> {
    let (failure, others) = failures.split_first()?;
    let migration = history
        .migrations
        .get(failure.statement.migration as usize)?;
    let mut diagnostic = Diagnostic::at(
        &RULE.metadata,
        history.within(failure.statement, failure.span),
        format!(
            "migration `{}` cannot be applied: {}",
            migration.name, failure.message
        ),
    )
    .label(format!("fails here ({})", failure.sqlstate));
    if let Some(related) = &failure.related {
        diagnostic = diagnostic.related(history.location(related.place), related.message.clone());
    }
    for other in others.iter().take(SHOWN) {
        let at = history.within(other.statement, other.span);
        diagnostic = diagnostic.related(at, format!("fails too: {}", other.message));
    }
    if others.len() > SHOWN {
        let more = others.len() - SHOWN;
        diagnostic = diagnostic.note(format!("{more} more statements of this file fail"));
    }
    diagnostic = diagnostic
        .help("`prisma migrate deploy` stops here on an empty database: in CI, on a colleague's machine, and in the shadow database of `prisma migrate dev`")
        .help("squash the history into a baseline that builds the real database, and mark it as applied: `prisma migrate resolve --applied <name>`");
    if let Some(reason) = milder {
        diagnostic = diagnostic.lowered(Severity::Medium, reason);
    }
    Some(diagnostic.confidence(Confidence::Certain).subject(format!(
        "schema:{} migration:{}",
        schema.path, migration.name
    )))
}

/// Further failures of a file that are shown.
const SHOWN: usize = 3;
