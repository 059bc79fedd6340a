//! A migration whose name tells nothing, or is unlike the others.

use snell_project::schema::{History, MigrationFile};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use crate::{
    rule::{Context, Rule},
    support::{majority::Share, migrations::histories},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/name-convention",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration has a generated or empty name, or one unlike the others",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    histories(context)
        .flat_map(|(schema, history)| {
            let style = Style::of(history);
            let new = history.migrations.iter().filter(|migration| migration.is_new());
            new.filter_map(move |migration| {
                let name = &migration.name;
                let twin = twin(history, migration);
                let why = fault(name, style).or_else(|| twin.map(|_| "says what an earlier one says it does"))?;
                let mut finding = Diagnostic::at(
                    &RULE.metadata,
                    start(context, migration),
                    format!("the name of migration `{name}` {why}"),
                )
                .label("what it does");
                if let Some(twin) = twin {
                    finding = finding.related(start(context, twin), format!("`{}`", twin.name));
                }
                Some(
                    finding
                    .help("rename the folder while no database has run it: the time, then what it does (`20250101120000_add_word_level`)")
                    .subject(format!("schema:{} migration:{name}", schema.path)),
                )
            })
        })
        .collect()
}

/// An earlier migration that is called the same but for its time.
fn twin<'a>(history: &'a History, migration: &MigrationFile) -> Option<&'a MigrationFile> {
    let words = split(&migration.name).1;
    let said = words
        .split(['_', '-'])
        .filter(|word| !word.is_empty())
        .count();
    let before = history.migrations.iter();
    before
        .take_while(|other| other.file != migration.file)
        .find(|other| said > 1 && split(&other.name).1 == words)
}

/// How most of the migrations that ran are called.
#[derive(Clone, Copy)]
struct Style {
    timed: bool,
    snake: bool,
}

impl Style {
    fn of(history: &History) -> Self {
        let old: Vec<&str> = history
            .migrations
            .iter()
            .map(|migration| migration.name.as_str())
            .collect();
        let most = |is: fn(&str) -> bool| Share::of(&old, |name| is(name)).is_convention();
        Style {
            timed: most(|name| split(name).0 == 14),
            snake: most(|name| is_snake(split(name).1)),
        }
    }
}

/// What is wrong with a name.
fn fault(name: &str, style: Style) -> Option<&'static str> {
    let (digits, words) = split(name);
    if words.is_empty() {
        return Some("tells nothing: it is a number");
    }
    let says_something = words.split(['_', '-']).any(|word| {
        !word.bytes().all(|b| b.is_ascii_digit()) && !EMPTY.contains(&word.to_lowercase().as_str())
    });
    if !says_something {
        return Some("tells nothing");
    }
    if style.timed && digits != 14 {
        return Some("has no time of fourteen digits, as the others have");
    }
    (style.snake && !is_snake(words))
        .then_some("is not written like the others, in small letters with `_`")
}

/// Words that stand in every name.
const EMPTY: [&str; 14] = [
    "migration",
    "migrations",
    "migrate",
    "update",
    "updates",
    "change",
    "changes",
    "schema",
    "db",
    "new",
    "test",
    "wip",
    "tmp",
    "temp",
];

/// How many digits a name starts with, and the words behind them.
fn split(name: &str) -> (usize, &str) {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    (digits, name[digits..].trim_matches(['_', '-']))
}

fn is_snake(words: &str) -> bool {
    words
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The first line that is not empty: the fault is the file's, whatever stands in it first. Below a
/// comment that silences, the first statement.
fn start(context: &Context<'_>, migration: &MigrationFile) -> Location {
    let text = &context.sources.file(migration.file).text;
    let from = text.len() - text.trim_start().len();
    let line = text[from..].lines().next().unwrap_or_default();
    let line = line.trim_end().trim_end_matches(';');
    let first = migration.parse.statements.first();
    if let Some(statement) = first.filter(|_| line.contains("snell-ignore")) {
        return Location::new(migration.file, statement.span);
    }
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Location::new(
        migration.file,
        Span::new(offset(from), offset(from + line.len())),
    )
}
