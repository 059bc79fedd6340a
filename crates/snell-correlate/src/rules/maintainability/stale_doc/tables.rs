//! Comments that name a table which a migration has dropped.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use snell_project::schema::History;
use snell_source::{Confidence, Diagnostic, Location, Span};
use snell_sql::ast::{ObjectKind, StatementKind};

use super::RULE;
use crate::{
    rule::Context,
    support::{migrations::histories, name_words::split},
};

/// Further comments that are shown.
const SHOWN: usize = 4;

/// One finding for each table.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let dropped: Vec<Dropped> = histories(context)
        .flat_map(|(_, history)| dropped(history))
        .collect();
    if dropped.is_empty() {
        return Vec::new();
    }
    let mut by_start: ByStart<'_> = FxHashMap::default();
    for (number, one) in dropped.iter().enumerate() {
        if let Some(first) = one.words.first() {
            by_start.entry(singular(first)).or_default().push(number);
        }
    }
    let mut places: BTreeMap<usize, Vec<Location>> = BTreeMap::new();
    for (id, module) in context.project.modules.iter() {
        let facts = context.project.path_facts(id);
        if facts.vendored || facts.sample {
            continue;
        }
        let text = &context.sources.file(module.file).text;
        for comment in &module.facts.comments {
            let words = split(comment.text(text));
            if let Some(number) = first_named(&dropped, &by_start, &words) {
                places
                    .entry(number)
                    .or_default()
                    .push(Location::new(module.file, first_line(text, *comment)));
            }
        }
    }
    let found = places
        .into_iter()
        .filter_map(|(number, places)| finding(&dropped[number], &places));
    found.collect()
}

/// The first line of a comment.
fn first_line(text: &str, comment: Span) -> Span {
    let line = comment.text(text).lines().next().unwrap_or_default().len();
    Span::new(
        comment.start,
        comment.start + u32::try_from(line).unwrap_or(0),
    )
}

/// A table that is gone.
struct Dropped {
    name: String,
    at: Location,
    words: Vec<String>,
}

/// Tables that are gone, by the first word of their names: every comment of the code is compared.
type ByStart<'a> = FxHashMap<&'a str, Vec<usize>>;

/// The first table whose name's words follow each other in these, each in singular or plural.
fn first_named(dropped: &[Dropped], by_start: &ByStart<'_>, words: &[String]) -> Option<usize> {
    let starts = words.iter().enumerate().filter_map(|(at, word)| {
        let numbers = by_start.get(singular(word))?;
        let rest = &words[at..];
        numbers.iter().copied().find(|number| {
            let own = &dropped[*number].words;
            let mut both = own.iter().zip(rest);
            own.len() <= rest.len() && both.all(|(own, other)| singular(own) == singular(other))
        })
    });
    starts.min()
}

fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// The tables that migrations drop and nothing makes again. A name of one word is an everyday one.
fn dropped(history: &History) -> Vec<Dropped> {
    let catalog = &history.replay.catalog;
    let tables: Vec<Vec<String>> = catalog
        .tables()
        .map(|(relation, _)| split(&relation.name))
        .collect();
    let mut found = Vec::new();
    for migration in &history.migrations {
        for statement in &migration.parse.statements {
            let StatementKind::Drop(drop) = &statement.kind else {
                continue;
            };
            for target in drop.names.iter().filter(|_| drop.kind == ObjectKind::Table) {
                let name = &target.name.name.text;
                let words = split(name);
                let is_there = |words: &[String]| {
                    let mut tables = tables.iter();
                    tables.any(|other| other.windows(words.len()).any(|some| some == words))
                };
                if words.len() > 1 && !is_there(&words) {
                    found.push(Dropped {
                        name: name.to_string(),
                        at: Location::new(migration.file, target.name.span()),
                        words,
                    });
                }
            }
        }
    }
    found
}

fn finding(dropped: &Dropped, places: &[Location]) -> Option<Diagnostic> {
    let (first, others) = places.split_first()?;
    let name = &dropped.name;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        *first,
        match others.len() {
            0 => format!("this comment speaks of `{name}`, a table that was dropped"),
            more => format!(
                "{} comments speak of `{name}`, a table that was dropped",
                more + 1
            ),
        },
    )
    .label("not there any more")
    .related(dropped.at, "dropped here");
    for other in others.iter().take(SHOWN) {
        finding = finding.related(*other, "and here");
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help("say what is there now, or delete the sentence")
            .subject(format!("table:{name}")),
    )
}
