//! Statements of other databases, told by words that PostgreSQL has no use for.

use super::scan_words;
use crate::ast::Dialect;

/// The database that a statement which PostgreSQL refuses was written for.
pub(super) fn of(text: &str) -> Option<Dialect> {
    let words = scan_words(text, usize::MAX);
    let has = |word: &str| words.iter().any(|other| other.eq_ignore_ascii_case(word));
    if words
        .first()
        .is_some_and(|word| word.eq_ignore_ascii_case("pragma"))
        || has("autoincrement")
    {
        return Some(Dialect::Sqlite);
    }
    if words.iter().any(|word| word.starts_with('`')) || has("auto_increment") || has("engine") {
        return Some(Dialect::MySql);
    }
    if words.iter().any(|word| word.starts_with('['))
        && (has("nvarchar") || has("identity") || has("clustered") || has("go") || has("dbo"))
    {
        return Some(Dialect::SqlServer);
    }
    None
}
