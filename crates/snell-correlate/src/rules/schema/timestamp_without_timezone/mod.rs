//! Moments without a time zone.

use snell_flow::raw::Reading;
use snell_prisma::ScalarType;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/timestamp-without-timezone",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Moments are stored without their time zone",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Raw queries that a finding shows.
const SHOWN: usize = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = together::columns(context, |column| {
        column.field.scalar() == Some(ScalarType::DateTime)
    });
    schemas
        .iter()
        .filter_map(|times| finding(context, times))
        .collect()
}

/// Whether a column is a moment whose zone is not stored: `timestamp`, Prisma's default.
fn is_bare(column: &Column<'_>) -> bool {
    let native = column.field.native_type.as_ref();
    native.is_none_or(|native| native.name == "Timestamp")
}

fn finding(context: &Context<'_>, times: &[Column<'_>]) -> Option<Diagnostic> {
    let bare: Vec<Column<'_>> = times.iter().copied().filter(is_bare).collect();
    let zoned = times.iter().find(|column| {
        let native = column.field.native_type.as_ref();
        native.is_some_and(|native| native.name == "Timestamptz")
    });
    let mut found = together::finding(
        &RULE.metadata,
        &together::places(&bare, Column::at_type),
        match bare.as_slice() {
            [only] => format!("`{}` is a `timestamp` without time zone", only.name()),
            _ => format!("{} moments are `timestamp` without time zone", bare.len()),
        },
        "means UTC to Prisma, and the session's zone to SQL",
    )?;
    if let Some(zoned) = zoned {
        found = found.related(zoned.at_type(), format!("`{}` has one", zoned.name()));
    }
    for at in clocks(context, &bare).into_iter().take(SHOWN) {
        found = found.related(at, "the clock of the session's zone");
    }
    Some(
        found
            .help("`@db.Timestamptz(6)`; the migration says that the old values are UTC, and rewrites no table with all six digits: `SET timezone = 'UTC'` before `ALTER COLUMN ... TYPE timestamptz(6)`")
            .subject("schema:timestamps"),
    )
}

/// Raw queries of the application on those tables that ask the server what time it is.
fn clocks(context: &Context<'_>, bare: &[Column<'_>]) -> Vec<Location> {
    const CLOCKS: [&str; 5] = [
        "now()",
        "current_timestamp",
        "localtimestamp",
        "current_date",
        "clock_timestamp()",
    ];
    let project = context.project;
    let is_one = |reading: &&Reading| {
        let serves = reading
            .call
            .is_some_and(|call| functions::is_application(project, project.calls.get(call).module));
        let text = reading.text.text.to_lowercase();
        serves
            && reading.schema == bare[0].table.id
            && CLOCKS.iter().any(|clock| text.contains(clock))
            && bare
                .iter()
                .any(|column| names(&text, &column.table.model.db_name.to_lowercase()))
    };
    let mut found: Vec<Location> = context
        .readings
        .iter()
        .filter(is_one)
        .map(|reading| clock_of(context, reading, &CLOCKS))
        .collect();
    found.dedup();
    found
}

fn clock_of(context: &Context<'_>, reading: &Reading, clocks: &[&str]) -> Location {
    let text = reading.text.text.to_lowercase();
    let place = clocks.iter().find_map(|clock| {
        let start = u32::try_from(text.find(clock)?).ok()?;
        reading
            .text
            .written_at(start, start + u32::try_from(clock.len()).ok()?)
    });
    place.unwrap_or_else(|| reading.method(context.project))
}

/// Whether a text says a name as a word of its own.
fn names(text: &str, name: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| word == name)
}
