//! Which names of the schemas a text says, read without parsing it.

use camino::Utf8PathBuf;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::schema::Schemas;

/// The names of models, tables, fields, columns and values of enums, without case and underscores.
#[derive(Debug, Default)]
pub struct Names {
    known: FxHashSet<SmolStr>,
}

/// A file that is no module of the project, and the names that its text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The file.
    pub path: Utf8PathBuf,
    /// The names, without case and underscores.
    pub names: FxHashSet<SmolStr>,
    /// Those of them that only say where an `INSERT` puts its values: they are written there, and
    /// not read.
    pub inserted: FxHashSet<SmolStr>,
}

/// The names that the statements of an SQL text say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Stated {
    /// Those that statements may read.
    pub used: FxHashSet<SmolStr>,
    /// Those of `INSERT ... VALUES`.
    pub inserted: FxHashSet<SmolStr>,
}

impl Mention {
    /// A file of SQL.
    #[must_use]
    pub fn of_sql(path: Utf8PathBuf, stated: Stated) -> Self {
        let inserted = stated.inserted.difference(&stated.used).cloned().collect();
        Mention {
            path,
            names: stated.used.into_iter().chain(stated.inserted).collect(),
            inserted,
        }
    }
}

impl Names {
    /// Those of all live schemas.
    #[must_use]
    pub fn of(schemas: &Schemas) -> Self {
        let mut known = FxHashSet::default();
        for (.., model) in schemas.models() {
            let own = [&model.name, &model.accessor, &model.db_name];
            let fields = model
                .fields
                .iter()
                .flat_map(|field| [&field.name, &field.db_name]);
            known.extend(own.into_iter().chain(fields).map(|name| plain(name)));
        }
        for (_, schema) in schemas.iter() {
            let enums = schema.datamodel.enums().iter();
            let values = enums.flat_map(|one| &one.values);
            known.extend(values.flat_map(|value| [plain(&value.name), plain(&value.db_name)]));
        }
        Names { known }
    }

    /// The names among some words.
    #[must_use]
    pub fn among<'w>(&self, words: impl Iterator<Item = &'w str>) -> FxHashSet<SmolStr> {
        let known = words.filter_map(|word| match word.bytes().any(is_written_apart) {
            true => self.known.get(plain(word).as_str()),
            false => self.known.get(word),
        });
        known.cloned().collect()
    }

    /// The names that a text says, as words of their own.
    #[must_use]
    pub fn in_text(&self, text: &str) -> FxHashSet<SmolStr> {
        let mut found = FxHashSet::default();
        let mut word = String::new();
        for c in text.chars().chain(std::iter::once(' ')) {
            if c.is_ascii_alphanumeric() {
                word.push(c.to_ascii_lowercase());
            } else if c.is_alphanumeric() {
                word.extend(c.to_lowercase());
            } else if c != '_' && !word.is_empty() {
                if let Some(name) = self.known.get(word.as_str()) {
                    found.insert(name.clone());
                }
                word.clear();
            }
        }
        found
    }

    /// The names that the statements of an SQL text say which do more than declare
    /// tables: `UPDATE`, `INSERT`, functions, triggers, views, policies, generated columns.
    #[must_use]
    pub fn in_statements(&self, text: &str) -> Stated {
        let mut stated = Stated::default();
        // A function's body falls apart into pieces, and each of them counts.
        for piece in text.split(';') {
            let lower = uncommented(piece);
            let declares = DECLARATIONS.iter().any(|start| lower.starts_with(start))
                && !lower.contains("generated always as (");
            if declares {
                continue;
            }
            let names = self.in_text(&lower);
            if only_inserts(&lower) {
                stated.inserted.extend(names);
            } else {
                stated.used.extend(names);
            }
        }
        stated
    }
}

/// Whether a statement puts in what it says itself, and reads no row.
fn only_inserts(lower: &str) -> bool {
    let reads = ["select", "on conflict", "returning"];
    lower.starts_with("insert into") && !reads.iter().any(|word| lower.contains(word))
}

/// How statements begin that say names and use no values.
const DECLARATIONS: [&str; 15] = [
    "create table",
    "create temp",
    "alter table",
    "create index",
    "create unique index",
    "alter index",
    "create type",
    "alter type",
    "comment on",
    "drop ",
    "create sequence",
    "alter sequence",
    "create schema",
    "create extension",
    "grant ",
];

/// The statement in lower case, without lines of comments, one space between its words.
fn uncommented(piece: &str) -> String {
    let lines = piece
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    let words: Vec<String> = lines
        .flat_map(str::split_whitespace)
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

/// Whether a letter's plain form is another one, or may be.
fn is_written_apart(byte: u8) -> bool {
    !byte.is_ascii_lowercase() && !byte.is_ascii_digit()
}

/// A name without case and underscores.
#[must_use]
pub fn plain(name: &str) -> SmolStr {
    if name.is_ascii() {
        let kept = name.bytes().filter(u8::is_ascii_alphanumeric);
        return kept
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
    }
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Names, plain};

    fn names() -> Names {
        Names {
            known: [plain("tokenCount"), plain("note")].into_iter().collect(),
        }
    }

    #[test]
    fn names_are_words_in_any_case() {
        let found = |text: &str| names().in_text(text).len();
        assert_eq!(found("row.tokenCount"), 1);
        assert_eq!(found("SELECT token_count, TOKEN_COUNT"), 1);
        assert_eq!(found("tokenCounts notes"), 0);
        assert_eq!(found("`note` tokenCount"), 2);
    }

    #[test]
    fn declarations_use_nothing() {
        let found = |text: &str| names().in_statements(text).used.len();
        assert_eq!(
            found("-- a note\nCREATE TABLE t (note text); ALTER TABLE t ADD note text;"),
            0
        );
        assert_eq!(found("UPDATE t SET note = ''"), 1);
        assert_eq!(
            found("ALTER TABLE t ADD a int GENERATED ALWAYS AS (note::int) STORED"),
            1
        );
    }

    #[test]
    fn inserts_write_and_read_nothing() {
        let stated = |text: &str| {
            let stated = names().in_statements(text);
            (stated.used.len(), stated.inserted.len())
        };
        assert_eq!(stated("INSERT INTO t (note) VALUES ('a')"), (0, 1));
        assert_eq!(stated("INSERT INTO t (a) SELECT note FROM s"), (1, 0));
        assert_eq!(
            stated("INSERT INTO t (note) VALUES ('a'); UPDATE t SET note = note || '!'"),
            (1, 1)
        );
    }
}
