//! Cuts a text into statements at its top-level semicolons.
//!
//! The lexical rules are those of PostgreSQL's manual, section 4.1: quotes, escape
//! strings, dollar quotes, nested comments. A semicolon inside parentheses or inside
//! `BEGIN ATOMIC ... END` belongs to its statement, as `psql` has it.

use snell_source::Span;

/// Brackets and `CASE`s that may be open at once before a statement is not read: both
/// parsers recurse, and a hostile file must not end the process.
const MAX_DEPTH: u32 = 120;
/// Tokens in a row without a comma or bracket: how long a chain of operators may be.
const MAX_CHAIN: u32 = 2_000;

/// One statement's text.
pub(super) struct Piece {
    /// From its first token to its last, without the semicolon.
    pub(super) span: Span,
    /// Whether it is nested more deeply than a parser should be asked to follow.
    pub(super) too_deep: bool,
}

pub(super) fn split(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    loop {
        let (piece, next) = take(text, start, true);
        // An open bracket would swallow the rest of the file: cut at the first semicolon then.
        let (piece, next) = if piece.open {
            take(text, start, false)
        } else {
            (piece, next)
        };
        if let Some(span) = piece.span {
            pieces.push(Piece {
                span: Span::from_range(span),
                too_deep: piece.deepest > MAX_DEPTH || piece.longest > MAX_CHAIN,
            });
        }
        match next {
            Some(next) => start = next,
            None => return pieces,
        }
    }
}

#[derive(Default)]
struct Taken {
    span: Option<std::ops::Range<usize>>,
    deepest: u32,
    longest: u32,
    open: bool,
}

/// Takes one statement from `start`; also where the next one begins.
fn take(text: &str, start: usize, brackets: bool) -> (Taken, Option<usize>) {
    let mut taken = Taken::default();
    let (mut depth, mut chain, mut blocks, mut cases) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut previous = "";
    let mut at = start;
    while let Some(token) = next_token(text, at) {
        at = token.end;
        let word = &text[token.start..token.end];
        if word == ";" && (depth == 0 || !brackets) && blocks == 0 {
            return (taken, Some(at));
        }
        taken.span = Some(taken.span.map_or(token.start, |span| span.start)..token.end);
        chain += 1;
        match word {
            "(" | "[" => {
                depth += 1;
                chain = 0;
            }
            ")" | "]" => {
                depth = depth.saturating_sub(1);
                chain = 0;
            }
            "," => chain = 0,
            _ if word.eq_ignore_ascii_case("atomic") && previous.eq_ignore_ascii_case("begin") => {
                blocks += 1;
            }
            _ if word.eq_ignore_ascii_case("case") => {
                cases += 1;
            }
            _ if word.eq_ignore_ascii_case("end") => {
                if cases > 0 {
                    cases -= 1;
                } else {
                    blocks = blocks.saturating_sub(1);
                }
            }
            _ => {}
        }
        taken.deepest = taken.deepest.max(depth + cases);
        taken.longest = taken.longest.max(chain);
        previous = word;
    }
    taken.open = depth > 0 || blocks > 0;
    (taken, None)
}

/// The first `limit` words and quoted names of a text, comments and literals left out.
pub(crate) fn scan_words(text: &str, limit: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(token) = next_token(text, at) {
        at = token.end;
        let word = &text[token.start..token.end];
        if word.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '`' | '[' | '"')) {
            words.push(word);
            if words.len() >= limit {
                break;
            }
        }
    }
    words
}

/// Where the tokens of a text stand: words, quoted names, literals, and single characters of all
/// else.
pub fn tokens(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let token = next_token(text, at)?;
        at = token.end;
        Some(token)
    })
}

/// The next token at or after `at`: a word, a literal, or one other character.
fn next_token(text: &str, mut at: usize) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    loop {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        if first.is_whitespace() || first == '\u{feff}' || first == '\0' {
            at += first.len_utf8();
        } else if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += block_comment(rest);
        } else {
            break;
        }
    }
    let rest = &text[at..];
    let length = match bytes[at] {
        b'\'' => quoted(rest, b'\'', false),
        b'"' => quoted(rest, b'"', false),
        b'`' => quoted(rest, b'`', false),
        b'$' => dollar_quoted(rest).unwrap_or(1),
        b'e' | b'E' if rest.as_bytes().get(1) == Some(&b'\'') => {
            1 + quoted(&rest[1..], b'\'', true)
        }
        _ => word_length(rest),
    };
    Some(at..at + length)
}

fn word_length(rest: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let length = rest
        .char_indices()
        .find(|&(_, c)| !is_word(c))
        .map_or(rest.len(), |(index, _)| index);
    if length > 0 {
        return length;
    }
    rest.chars().next().map_or(1, char::len_utf8)
}

/// The length of a comment, which may hold others; an open one reaches the end.
fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut depth = 0_u32;
    let mut at = 0;
    while at < bytes.len() {
        match &bytes[at..bytes.len().min(at + 2)] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a quoted piece, doubled quotes inside; an open one reaches the end.
fn quoted(rest: &str, quote: u8, escapes: bool) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote {
            if bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return at + 1;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// `$tag$ ... $tag$`; none when `$` starts something else, such as a placeholder.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag_end = rest[1..].find('$')? + 2;
    let tag = &rest[..tag_end];
    let inner = &tag[1..tag_end - 1];
    if inner.starts_with(|c: char| c.is_ascii_digit())
        || !inner.chars().all(|c| c.is_alphanumeric() || c == '_')
    {
        return None;
    }
    let close = rest[tag_end..].find(tag);
    Some(close.map_or(rest.len(), |close| tag_end + close + tag_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text)
            .iter()
            .map(|piece| piece.span.text(text))
            .collect()
    }

    #[test]
    fn cuts_only_at_top_level_semicolons() {
        let text = "/* a; */ SELECT ';', E'\\';', \";\" -- ;\n; DO $x$ a; $$;$$ $x$;;\nSELECT $1";
        assert_eq!(
            texts(text),
            [
                "SELECT ';', E'\\';', \";\"",
                "DO $x$ a; $$;$$ $x$",
                "SELECT $1"
            ]
        );
    }

    #[test]
    fn keeps_rules_and_atomic_bodies_whole() {
        let text = "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); \
            CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3";
        assert_eq!(texts(text).len(), 3);
    }

    #[test]
    fn an_open_bracket_costs_one_statement() {
        assert_eq!(
            texts("CREATE TABLE a (b int; SELECT 1;"),
            ["CREATE TABLE a (b int", "SELECT 1"]
        );
    }

    #[test]
    fn deep_nesting_is_marked() {
        let text = format!("SELECT {}1", "(".repeat(500));
        assert!(split(&text)[0].too_deep);
        let chain = format!("SELECT 1{}", "+1".repeat(5000));
        assert!(split(&chain)[0].too_deep);
    }
}
