//! The values that a comment lists.

use smol_str::SmolStr;

/// Words after which what is listed is a part of what may be.
const OPEN: [&str; 16] = [
    "extensible",
    "future",
    "e.g",
    "eg:",
    "eg.",
    "eg ",
    "such as",
    "for example",
    "for instance",
    "example:",
    "examples:",
    "etc",
    "...",
    "…",
    "iso ",
    "iso-",
];

/// Words before a list without quotes.
const INTRODUCTIONS: [&str; 7] = [
    "one of:", "one of", "values:", "options:", "allowed:", "either", "can be:",
];

/// Words that stand for types, not for values.
const TYPES: [&str; 10] = [
    "string",
    "number",
    "boolean",
    "null",
    "undefined",
    "json",
    "object",
    "any",
    "true",
    "false",
];

/// The values of `'a' | 'b'`, `a|b|c` or `one of: a, b`. A bare list
/// (`pending, done`) is one when the field's default is in it.
pub(crate) fn listed(text: &str, default: Option<&str>) -> Option<Vec<SmolStr>> {
    let lower = text.to_lowercase();
    if OPEN.iter().any(|word| lower.contains(word)) {
        return None;
    }
    // "set when status is 'failed' or 'stopped'": values of another column.
    let before = lower.split(['\'', '"', '`']).next().unwrap_or_default();
    if before.len() < lower.len() && before.split_whitespace().any(|word| word == "when") {
        return None;
    }
    let values = quoted(text)
        .or_else(|| piped(text))
        .or_else(|| introduced(text, &lower))
        .or_else(|| bare(text, default))?;
    let distinct = values
        .iter()
        .enumerate()
        .all(|(n, v)| !values[..n].contains(v));
    let types = values
        .iter()
        .any(|v| TYPES.contains(&v.to_lowercase().as_str()));
    (values.len() >= 2 && distinct && !types).then_some(values)
}

/// A comment that is nothing but small words with commas between: `home, shop, delivery`.
pub(crate) fn small_words(text: &str) -> Option<Vec<SmolStr>> {
    const FEWEST: usize = 3;
    let plain = |word: &str| {
        !word.is_empty()
            && word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
    };
    let text = text.trim().trim_start_matches('/').trim();
    let words: Vec<&str> = text.split(',').map(str::trim).collect();
    (words.len() >= FEWEST && words.iter().all(|word| plain(word)))
        .then(|| words.into_iter().map(SmolStr::new).collect())
}

/// The values of `e.g. 'a', 'b'`: some of those that may be.
pub(crate) fn examples(text: &str) -> Option<Vec<SmolStr>> {
    const WORDS: [&str; 5] = ["e.g", "eg.", "such as", "for example", "for instance"];
    let lower = text.to_lowercase();
    let is_open = WORDS.iter().any(|word| lower.contains(word));
    is_open.then(|| quoted(text)).flatten()
}

/// The longest run of quoted words with nothing but separators between them.
fn quoted(text: &str) -> Option<Vec<SmolStr>> {
    let mut best: Vec<SmolStr> = Vec::new();
    let mut run: Vec<SmolStr> = Vec::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    let mut between = String::new();
    while let Some(first) = rest.chars().next() {
        let opens = matches!(first, '\'' | '"' | '`') && !before.is_some_and(char::is_alphanumeric);
        let word = opens.then(|| quoted_word(&rest[1..], first)).flatten();
        if let Some(word) = word {
            if !is_separator(&between) {
                run.clear();
            }
            run.push(SmolStr::new(word));
            if run.len() > best.len() {
                best.clone_from(&run);
            }
            between.clear();
            rest = &rest[word.len() + 2..];
            before = Some(first);
            continue;
        }
        between.push(first);
        before = Some(first);
        rest = &rest[first.len_utf8()..];
    }
    (best.len() >= 2).then_some(best)
}

/// The word up to the closing quote.
fn quoted_word(rest: &str, quote: char) -> Option<&str> {
    let end = rest.find(quote)?;
    let word = &rest[..end];
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | ' ');
    let closed = !rest[end + 1..]
        .chars()
        .next()
        .is_some_and(char::is_alphanumeric);
    (closed && !word.trim().is_empty() && word.len() <= 40 && word.chars().all(plain))
        .then_some(word)
}

fn is_separator(between: &str) -> bool {
    let words = between.replace(['|', ',', '/', ';'], " ");
    words
        .split_whitespace()
        .all(|word| matches!(word, "or" | "and"))
}

/// `building|deploying | live`, wherever it stands in the comment.
fn piped(text: &str) -> Option<Vec<SmolStr>> {
    let mut parts = text.split('|').map(str::trim).peekable();
    let first = parts.next()?.rsplit([' ', ':', '(']).next()?;
    parts.peek()?;
    let mut values = vec![first];
    while let Some(part) = parts.next() {
        if parts.peek().is_some() {
            values.push(part);
        } else {
            values.push(part.split([' ', ')', '.', ',', ';']).next()?);
        }
    }
    words(&values)
}

/// `one of: a, b, c`
fn introduced(text: &str, lower: &str) -> Option<Vec<SmolStr>> {
    let start = INTRODUCTIONS.iter().find_map(|words| {
        let at = lower.find(words)?;
        Some(at + words.len())
    })?;
    let list = text.get(start..)?;
    let list = list.split(['.', '(', ';']).next()?;
    separated(list)
}

/// `a, b, c` or `a/b/c` alone.
fn bare(text: &str, default: Option<&str>) -> Option<Vec<SmolStr>> {
    let values = separated(text)?;
    default
        .is_some_and(|default| values.iter().any(|value| value == default))
        .then_some(values)
}

fn separated(list: &str) -> Option<Vec<SmolStr>> {
    let separator = if list.contains(',') { ',' } else { '/' };
    let list = list.replace(" or ", if separator == ',' { "," } else { "/" });
    let values: Vec<&str> = list
        .split(separator)
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .collect();
    words(&values)
}

/// The values, when each is a single word.
fn words(values: &[&str]) -> Option<Vec<SmolStr>> {
    let word = |value: &&str| {
        !value.is_empty()
            && value.len() <= 40
            && value
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
            && value.chars().any(char::is_alphabetic)
    };
    (values.len() >= 2 && values.iter().all(word))
        .then(|| values.iter().map(SmolStr::new).collect())
}

#[cfg(test)]
mod tests {
    use super::listed;

    fn of(text: &str) -> Option<String> {
        listed(text, None).map(|values| values.join(" "))
    }

    #[test]
    fn lists_are_read_with_and_without_quotes() {
        assert_eq!(
            of("'short' | 'long' | 'non-binary'").as_deref(),
            Some("short long non-binary")
        );
        assert_eq!(
            of("The state: \"open\", \"closed\" or \"held\".").as_deref(),
            Some("open closed held")
        );
        assert_eq!(
            of("lifecycle (approved): building|live|failed").as_deref(),
            Some("building live failed")
        );
        assert_eq!(of("draft | published").as_deref(), Some("draft published"));
        assert_eq!(
            of("One of: low, mid or high.").as_deref(),
            Some("low mid high")
        );
    }

    #[test]
    fn a_bare_list_needs_the_default() {
        assert_eq!(of("pending, done"), None);
        assert!(listed("pending, done", Some("pending")).is_some());
        assert!(listed("title/body/tags", Some("draft")).is_none());
    }

    #[test]
    fn what_is_open_or_prose_is_no_list() {
        for text in [
            "Optional language code (e.g., 'zh', 'en', 'ja')",
            "such as 'a' | 'b'",
            "Summary of how memories affect agent's feelings and the user's",
            "'a', 'b', ...",
            "string | null",
            "What went wrong, when status is 'failed' or 'stopped'",
            "'mail' | 'chat', extensible",
            "https://example.org/a/b",
            "scheme/port of the host",
            "",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
