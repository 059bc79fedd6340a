//! A migration that stops on the database that the ones before it build.

use std::collections::BTreeMap;

use snell_project::schema::{History, MigrationFile, Schema};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};
use snell_sql::Failure;

use crate::{
    rule::{Context, Rule},
    rules::vector,
    support::{deployed, drift::Sides},
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
        .flat_map(|(schema, history)| of_history(context, schema, history, pushed))
        .collect()
}

/// One finding for each file that stops: a file is one transaction, so its
/// first failure decides. What fails for want of what an earlier one would have made is told there.
fn of_history(
    context: &Context<'_>,
    schema: &Schema,
    history: &History,
    pushed: bool,
) -> Vec<Diagnostic> {
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
    let mut found: BTreeMap<u32, Diagnostic> = BTreeMap::new();
    let elsewhere = is_made_elsewhere(schema, history);
    for (number, failures) in &files {
        if elsewhere && failures.iter().all(|one| wants_table(schema, one)) {
            continue;
        }
        let earlier = files.range(..number).flat_map(|(_, failures)| failures);
        let mut wants = failures
            .iter()
            .map(|failure| wanted(context, history, failure, earlier.clone().copied()));
        let cause = wants
            .next()
            .flatten()
            .filter(|_| wants.all(|one| one.is_some()));
        if let Some(finding) = cause.and_then(|cause| found.get_mut(&cause)) {
            let text = "cannot be applied for want of what this one makes";
            finding.also(
                history.within(failures[0].statement, failures[0].span),
                text,
            );
            continue;
        }
        let milder = match (pushed, Some(*number) == first) {
            (true, _) => Some("deployments push the schema, and run no migration".to_owned()),
            (false, true) => None,
            (false, false) => Some(format!("a deploy stops at `{stop}` before it gets here")),
        };
        found.extend(
            finding(context, schema, history, (failures, milder)).map(|one| (*number, one)),
        );
    }
    found.into_values().collect()
}

/// Whether the migrations make none of the schema's tables: they add to a database that is made another way,
/// which is told of the schema.
fn is_made_elsewhere(schema: &Schema, history: &History) -> bool {
    let sides = Sides { schema, history };
    let unmade = sides.unmade().map_or(0, |unmade| unmade.len());
    unmade > 0 && unmade == sides.tables()
}

/// Whether a statement fails for want of a table that the schema declares.
fn wants_table(schema: &Schema, failure: &Failure) -> bool {
    let name = failure.message.split('"').nth(1);
    let mut models = schema.datamodel.models().iter();
    failure.sqlstate.as_str() == "42P01"
        && name.is_some_and(|name| models.any(|model| model.db_name == name))
}

/// The migration of an earlier failure whose statement would have made what a failure lacks.
fn wanted<'a>(
    context: &Context<'_>,
    history: &History,
    failure: &Failure,
    mut earlier: impl Iterator<Item = &'a Failure>,
) -> Option<u32> {
    if !matches!(failure.sqlstate.as_str(), "42P01" | "42704") {
        return None;
    }
    let name = failure.message.split('"').nth(1)?;
    let makes = |other: &&Failure| {
        let text = context.text(history.location(other.statement));
        let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let first = words.find(|word| !word.is_empty());
        first.is_some_and(|word| word.eq_ignore_ascii_case("create"))
            && words.any(|word| word == name)
    };
    earlier.find(makes).map(|other| other.statement.migration)
}

/// The later migration that makes what a failure lacks, and where.
fn made_later<'a>(
    context: &Context<'_>,
    history: &'a History,
    failure: &Failure,
) -> Option<(&'a MigrationFile, Location)> {
    let word = match failure.sqlstate.as_str() {
        "42P01" => "table",
        "42704" => "type",
        _ => return None,
    };
    let name = failure.message.split('"').nth(1)?;
    let later = history.migrations.iter();
    later
        .skip(failure.statement.migration as usize + 1)
        .find_map(|migration| {
            let mut start = 0u32;
            let text = &context.sources.file(migration.file).text;
            text.split_inclusive('\n').find_map(|line| {
                let length = |text: &str| u32::try_from(text.len()).unwrap_or_default();
                let at = start;
                start += length(line);
                let mut words = line
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .filter(|word| !word.is_empty());
                let makes = words.next()?.eq_ignore_ascii_case("create")
                    && words.next()?.eq_ignore_ascii_case(word)
                    && words.any(|word| word == name);
                let end = at + length(line.trim_end());
                makes.then(|| (migration, Location::new(migration.file, Span::new(at, end))))
            })
        })
}

/// `milder` says why it matters less.
fn finding(
    context: &Context<'_>,
    schema: &Schema,
    history: &History,
    (failures, milder): (&[&Failure], Option<String>),
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
        let at = history.location(related.place);
        diagnostic = diagnostic.related(at, related.message.clone());
        // Several files make anew what one has made.
        diagnostic = diagnostic.caused_by(format!("{}:{}", at.file.index(), at.span.start));
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
        .help("`prisma migrate deploy` stops here on an empty database: in CI, on a colleague's machine, and in the shadow database of `prisma migrate dev`");
    diagnostic = match made_later(context, history, failure) {
        Some((later, at)) => diagnostic.related(at, "made here, which comes later").help(format!(
            "migrations run in the order of their folders' names, and `{}` comes before `{}`: rename one of the two folders, and in the databases that have run it its row of `_prisma_migrations`",
            migration.name, later.name
        )),
        None => diagnostic.help("squash the history into a baseline that builds the real database, and mark it as applied: `prisma migrate resolve --applied <name>`"),
    };
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
