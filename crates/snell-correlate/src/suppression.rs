//! `snell-ignore` comments: one grammar in the line comments of every language.
//!
//! `snell-ignore <rule | category/*>[, ...]: <reason>` (` -- <reason>` too)
//! covers its own line, or the next line of code when it stands alone;
//! `snell-ignore-file` covers the file. A finding is silent when a comment
//! covers any of its locations.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_source::{Diagnostic, Edit, FileId, FileKind, Fix, Location, SourceFile, Span};

use crate::{
    rule::Context,
    rules::{self, maintainability},
    selection::{Selection, matches},
};

/// One `snell-ignore` comment.
#[derive(Debug, Clone)]
pub struct Comment {
    /// The comment from its marker on.
    pub at: Location,
    /// The rules, categories and patterns it names, and where.
    pub patterns: Vec<(String, Span)>,
    /// Why.
    pub reason: Option<String>,
    /// The bytes it covers.
    covers: Span,
    /// The bytes that go when it is removed; a comment of several lines is left to people.
    removes: Option<Span>,
    used: std::cell::Cell<bool>,
}

/// All `snell-ignore` comments of the sources.
#[derive(Debug, Default)]
pub struct Suppressions {
    by_file: FxHashMap<FileId, Vec<Comment>>,
    /// Migrations that have run: rules about their text judge them no more.
    at_rest: FxHashSet<FileId>,
}

const MARKER: &str = "snell-ignore";

impl Suppressions {
    /// Reads the comments of all sources.
    #[must_use]
    pub fn read(context: &Context<'_>) -> Self {
        let comments: FxHashMap<FileId, &[Span]> = context
            .project
            .modules
            .iter()
            .map(|(_, module)| (module.file, module.facts.comments.as_slice()))
            .collect();
        let marker = memchr::memmem::Finder::new(MARKER);
        let by_file = context
            .sources
            .iter()
            .filter(|(_, file)| marker.find(file.text.as_bytes()).is_some())
            .map(|(id, file)| (id, in_file(id, file, comments.get(&id).copied())))
            .collect();
        let histories = context.project.schemas.iter();
        let at_rest = histories
            .filter_map(|(_, schema)| schema.history.as_ref())
            .flat_map(|history| &history.migrations)
            .filter(|migration| !migration.is_new())
            .map(|migration| migration.file)
            .collect();
        Suppressions { by_file, at_rest }
    }

    /// The reason of the comment that silences a finding.
    #[must_use]
    pub fn silences(&self, diagnostic: &Diagnostic) -> Option<String> {
        let comment = diagnostic.labels.iter().find_map(|label| {
            let comments = self.by_file.get(&label.at.file)?;
            comments.iter().find(|comment| {
                comment.covers.start <= label.at.span.start
                    && label.at.span.start < comment.covers.end.max(comment.covers.start + 1)
                    && comment
                        .patterns
                        .iter()
                        .any(|(pattern, _)| matches(pattern, diagnostic.rule.name))
            })
        })?;
        comment.used.set(true);
        Some(comment.reason.clone().unwrap_or_default())
    }

    /// What is wrong with the comments themselves: asked after all findings.
    #[must_use]
    pub fn findings(&self, selection: &Selection) -> Vec<Diagnostic> {
        let mut files: Vec<_> = self.by_file.values().flatten().collect();
        files.sort_by_key(|comment| comment.at);
        files
            .into_iter()
            .flat_map(|comment| {
                let of_text = |(pattern, _): &(String, Span)| pattern.starts_with("migration/");
                let rests =
                    self.at_rest.contains(&comment.at.file) && comment.patterns.iter().any(of_text);
                faults(comment, selection, rests)
            })
            .collect()
    }
}

/// What is wrong with a comment. Nobody can say whether one that `rests` is still needed: its
/// rule does not look at the file any more.
fn faults(comment: &Comment, selection: &Selection, rests: bool) -> Vec<Diagnostic> {
    let knows_names = selection.runs(maintainability::unknown_ignore::RULE.metadata.name);
    let mut found = Vec::new();
    let mut all_run = true;
    for (pattern, span) in &comment.patterns {
        let known = rules::all()
            .iter()
            .any(|rule| matches(pattern, rule.metadata.name));
        if known {
            all_run &= rules::all()
                .iter()
                .filter(|rule| matches(pattern, rule.metadata.name))
                .all(|rule| selection.runs(rule.metadata.name));
        } else if knows_names {
            let at = Location::new(comment.at.file, *span);
            found.push(maintainability::unknown_ignore::finding(at, pattern));
        }
    }
    if comment.patterns.is_empty() && knows_names {
        found.push(maintainability::unknown_ignore::nameless(comment.at));
    } else if comment.reason.is_none()
        && selection.requires_reason()
        && selection.runs(maintainability::ignore_without_reason::RULE.metadata.name)
    {
        found.push(maintainability::ignore_without_reason::finding(comment.at));
    }
    let unused = !rests
        && !comment.used.get()
        && found.is_empty()
        && all_run
        && !comment.patterns.is_empty();
    if unused && selection.runs(maintainability::unused_ignore::RULE.metadata.name) {
        let removal = comment.removes.map(|span| {
            let at = Location::new(comment.at.file, span);
            let replacement = String::new();
            Fix::safe("Remove the comment", vec![Edit { at, replacement }])
        });
        let names: Vec<&str> = comment.patterns.iter().map(|(name, _)| &**name).collect();
        found.push(maintainability::unused_ignore::finding(
            comment.at,
            &names.join(", "),
            removal,
        ));
    }
    found
}

fn in_file(id: FileId, file: &SourceFile, comments: Option<&[Span]>) -> Vec<Comment> {
    let text = &file.text;
    text.match_indices(MARKER)
        .filter_map(|(at, _)| {
            let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
            let opening = opening(text, line_start, at, file.kind, comments)?;
            comment(id, text, opening, at)
        })
        .collect()
}

/// Where the comment begins in which the marker is the first word.
fn opening(
    text: &str,
    line_start: usize,
    at: usize,
    kind: FileKind,
    comments: Option<&[Span]>,
) -> Option<usize> {
    let before = text[line_start..at].trim_end();
    let slashes = before.trim_end_matches(['/', '*']);
    let marks = match kind {
        FileKind::Sql => before.ends_with("--").then(|| before.len() - 2),
        FileKind::Prisma => before.ends_with("//").then_some(slashes.len()),
        _ => (before.ends_with("//") || before.ends_with("/*")).then_some(slashes.len()),
    }?;
    let opening = line_start + marks;
    let inside = |span: &Span| span.contains_offset(u32::try_from(at).unwrap_or(u32::MAX));
    // In TypeScript the syntax tree knows comments from strings.
    comments
        .is_none_or(|spans| spans.iter().any(inside))
        .then_some(opening)
}

fn comment(id: FileId, text: &str, opening: usize, at: usize) -> Option<Comment> {
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let line = text[at..end].trim_end();
    let line = line.strip_suffix("*/").map_or(line, str::trim_end);
    let rest = line.strip_prefix(MARKER)?;
    let (whole_file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if !rest.starts_with(|c: char| c.is_whitespace()) && !rest.is_empty() {
        return None;
    }
    let (names, reason) = split_reason(rest);
    let names_at = at + line.len() - rest.len();
    let mut patterns = Vec::new();
    let mut from = 0;
    for part in names.split(',') {
        let lead = part.len() - part.trim_start().len();
        let name = part.trim();
        if !name.is_empty() {
            let start = names_at + from + lead;
            patterns.push((name.to_owned(), Span::from_range(start..start + name.len())));
        }
        from += part.len() + 1;
    }
    let covers = if whole_file {
        Span::from_range(0..text.len())
    } else {
        covered(text, opening, end)
    };
    Some(Comment {
        at: Location::new(id, Span::from_range(opening..at + line.len())),
        patterns,
        reason: reason
            .map(str::trim)
            .filter(|reason| !reason.is_empty())
            .map(str::to_owned),
        covers,
        removes: removed(text, opening, end),
        used: std::cell::Cell::new(false),
    })
}

/// What goes with the comment: its whole line when nothing else stands there, else the blanks
/// before it too.
fn removed(text: &str, opening: usize, line_end: usize) -> Option<Span> {
    let line_start = text[..opening].rfind('\n').map_or(0, |n| n + 1);
    let before = &text[line_start..opening];
    let comment = &text[opening..line_end];
    let (end, after) = if comment.starts_with("/*") {
        let close = comment.find("*/")? + 2;
        (opening + close, comment[close..].trim())
    } else {
        (line_end - usize::from(comment.ends_with('\r')), "")
    };
    Some(if before.trim().is_empty() && after.is_empty() {
        Span::from_range(line_start..(line_end + 1).min(text.len()))
    } else if after.is_empty() {
        Span::from_range(line_start + before.trim_end().len()..end)
    } else {
        Span::from_range(opening..end)
    })
}

/// The names, and what follows the first `:` or ` -- `.
fn split_reason(rest: &str) -> (&str, Option<&str>) {
    let colon = rest.find(':');
    let dashes = rest.find(" --");
    match (colon, dashes) {
        (Some(colon), Some(dashes)) if dashes < colon => {
            (&rest[..dashes], Some(&rest[dashes + 3..]))
        }
        (Some(colon), _) => (&rest[..colon], Some(&rest[colon + 1..])),
        (None, Some(dashes)) => (&rest[..dashes], Some(&rest[dashes + 3..])),
        (None, None) => (rest, None),
    }
}

/// The comment's own line when code stands before it, else the next line that
/// is neither blank nor a comment.
fn covered(text: &str, opening: usize, line_end: usize) -> Span {
    let line_start = text[..opening].rfind('\n').map_or(0, |n| n + 1);
    if !text[line_start..opening].trim().is_empty() {
        return Span::from_range(line_start..line_end);
    }
    let mut start = line_end + 1;
    while start < text.len() {
        let end = text[start..].find('\n').map_or(text.len(), |n| start + n);
        let line = text[start..end].trim();
        if !line.is_empty()
            && !line.starts_with("//")
            && !line.starts_with("--")
            && !line.starts_with("/*")
        {
            return Span::from_range(start..end);
        }
        start = end + 1;
    }
    Span::from_range(line_start..line_end)
}
