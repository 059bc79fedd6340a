//! Names and words of statements, for messages and for the SQL that help recommends.

use snell_sql::{ast::Name, catalog::Relation};

/// A name in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A relation's name as a statement may write it anywhere.
pub(crate) fn qualified(relation: &Relation) -> String {
    if relation.schema == "public" {
        quoted(&relation.name)
    } else {
        format!("{}.{}", quoted(&relation.schema), quoted(&relation.name))
    }
}

/// Names in double quotes, with commas.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| quoted(&name.text)).collect();
    quoted.join(", ")
}

/// Whether a statement's text holds a word outside of quotes and comments.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    words(text).any(|(_, found)| found.eq_ignore_ascii_case(word))
}

/// A statement's text with something put behind a word of it.
pub(crate) fn insert_after(text: &str, word: &str, added: &str) -> Option<String> {
    let (start, found) = words(text).find(|(_, found)| found.eq_ignore_ascii_case(word))?;
    let (before, after) = text.split_at(start + found.len());
    Some(format!("{before}{added}{after}"))
}

/// The first words of a statement in upper case: `VACUUM FULL`.
pub(crate) fn first_words(text: &str, count: usize) -> String {
    let words: Vec<String> = words(text)
        .take(count)
        .map(|(_, word)| word.to_ascii_uppercase())
        .collect();
    words.join(" ")
}

/// The words of a statement, each with its offset; what stands in quotes and comments is none.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            if first.is_alphanumeric() || first == '_' {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                let start = text.len() - rest.len();
                rest = after;
                return Some((start, word));
            }
            let skipped = match first {
                '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |at| at + 2),
                '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
                other => other.len_utf8(),
            };
            rest = &rest[skipped..];
        }
    })
}
