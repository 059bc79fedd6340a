//! What comments of a schema say.

use snell_prisma::ast::{CommentKind, Comments};

/// What a comment says of an item that nobody should use any more, on one line and not too long.
pub(crate) fn deprecation(comments: &Comments) -> Option<String> {
    const LONGEST: usize = 60;
    comments.iter().find_map(|comment| {
        let text = comment.text.trim();
        let lower = text.to_ascii_lowercase();
        let says = lower.contains("@deprecated")
            || lower.strip_prefix("deprecated").is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(|c: char| !c.is_alphanumeric())
            });
        if !says {
            return None;
        }
        let line: String = text
            .lines()
            .next()
            .unwrap_or(text)
            .chars()
            .take(LONGEST)
            .collect();
        Some(line)
    })
}

/// Whether an item has a comment of any kind beside it or above it.
pub fn is_explained(comments: &Comments) -> bool {
    comments.iter().any(|comment| says_something(&comment.text))
}

/// Whether an item has a `///` comment, which Prisma keeps in its client.
pub(crate) fn is_documented(comments: &Comments) -> bool {
    let mut all = comments.iter();
    all.any(|comment| comment.kind == CommentKind::Doc && says_something(&comment.text))
}

/// Whether a comment is more than a line of marks or a heading of one word.
fn says_something(text: &str) -> bool {
    text.split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
        > 1
}
