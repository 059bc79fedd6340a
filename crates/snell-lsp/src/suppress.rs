//! Comments that silence findings: where they go, and in which words.

use snell_extract::Dialect;
use snell_report::Finding;
use snell_source::{FileId, FileKind, Role};

use crate::{position::Shift, snapshot::Snapshot};

/// A line to be put into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The file as the run numbers it.
    pub(crate) file: FileId,
    /// Where, in the text as it is now.
    pub(crate) offset: u32,
    /// What stands before the reason.
    pub(crate) before: String,
    /// What stands behind it.
    pub(crate) after: &'static str,
    /// Whether it silences the rule in the whole file.
    pub(crate) whole_file: bool,
}

/// The comment that silences a finding: at the place in `here` if there is one that may be
/// edited, else at another of its places. `text` gives a file as it is now.
pub(crate) fn line(
    snapshot: &Snapshot,
    finding: &Finding,
    here: FileId,
    text: &dyn Fn(FileId) -> String,
) -> Option<Line> {
    let diagnostic = &finding.diagnostic;
    let mut places: Vec<_> = diagnostic.labels.iter().collect();
    places.sort_by_key(|label| (label.at.file != here, label.role != Role::Primary));
    let places = places
        .into_iter()
        .filter(|label| may_edit(snapshot, label.at.file));
    let rule = diagnostic.rule.name;
    let mut whole = None;
    for label in places {
        let file = label.at.file;
        let read = snapshot.analysis.sources.file(file);
        let now = text(file);
        let Some(at) = Shift::between(&read.text, &now).forward(label.at.span.start) else {
            continue;
        };
        let found = above(file, read.kind, &now, at, rule);
        if is_comment(read.kind, &now, &found) {
            return Some(found);
        }
        // Inside of a template or of JSX there are no comments.
        let top = at_top(file, read.kind, &now, rule);
        if whole.is_none() && is_comment(read.kind, &now, &top) {
            whole = Some(top);
        }
    }
    whole
}

/// Whether people may write a comment there: the text of a migration that databases have run is
/// checked by Prisma, and other files have no comments that count.
fn may_edit(snapshot: &Snapshot, file: FileId) -> bool {
    let kind = snapshot.analysis.sources.file(file).kind;
    if kind == FileKind::Sql {
        let schemas = snapshot.analysis.project.schemas.iter();
        let histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
        let mut migrations = histories.flat_map(|history| &history.migrations);
        return !migrations.any(|migration| migration.file == file && !migration.is_new());
    }
    kind == FileKind::Prisma || Dialect::of(kind).is_some()
}

fn opening(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Sql => "--",
        _ => "//",
    }
}

fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(n) if text[..n].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// A line of its own above a place, as far indented as its line.
fn above(file: FileId, kind: FileKind, text: &str, at: u32, rule: &str) -> Line {
    let start = text[..at as usize].rfind('\n').map_or(0, |n| n + 1);
    let line = &text[start..];
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    Line {
        file,
        offset: u32::try_from(start).unwrap_or(u32::MAX),
        before: format!("{indent}{} snell-ignore {rule}: ", opening(kind)),
        after: line_break(text),
        whole_file: false,
    }
}

/// The first line, or the second one of a script.
fn at_top(file: FileId, kind: FileKind, text: &str, rule: &str) -> Line {
    let script = text.starts_with("#!");
    let start = match text.find('\n') {
        Some(n) if script => n + 1,
        _ => 0,
    };
    Line {
        file,
        offset: u32::try_from(start).unwrap_or(u32::MAX),
        before: format!("{} snell-ignore-file {rule}: ", opening(kind)),
        after: line_break(text),
        whole_file: true,
    }
}

/// Whether the line would be a comment where it goes. In TypeScript the syntax decides.
fn is_comment(kind: FileKind, text: &str, line: &Line) -> bool {
    let Some(dialect) = Dialect::of(kind) else {
        return true;
    };
    let mut edited = text.to_owned();
    let words = format!("{}reason{}", line.before, line.after);
    edited.insert_str(line.offset as usize, &words);
    let indent = line.before.len() - line.before.trim_start().len();
    let starts = line.offset + u32::try_from(indent).unwrap_or(0);
    let facts = snell_extract::extract(&edited, dialect);
    facts.comments.iter().any(|span| span.start == starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str, at: &str, kind: FileKind) -> (String, bool) {
        let offset = u32::try_from(text.find(at).expect("it is there")).expect("short");
        let line = above(FileId::default(), kind, text, offset, "a/b");
        let mut edited = text.to_owned();
        edited.insert_str(
            line.offset as usize,
            &format!("{}why{}", line.before, line.after),
        );
        (edited, is_comment(kind, text, &line))
    }

    #[test]
    fn comments_stand_above_their_line_in_its_language() {
        let (text, good) = put("{\r\n\tfoo();\r\n}", "foo", FileKind::TypeScript);
        assert_eq!(text, "{\r\n\t// snell-ignore a/b: why\r\n\tfoo();\r\n}");
        assert!(good);
        let (text, _) = put("SELECT\n  1", "1", FileKind::Sql);
        assert_eq!(text, "SELECT\n  -- snell-ignore a/b: why\n  1");
        let (text, _) = put("model A {\n  id Int @id\n}", "id", FileKind::Prisma);
        assert_eq!(
            text,
            "model A {\n  // snell-ignore a/b: why\n  id Int @id\n}"
        );
    }

    #[test]
    fn templates_and_markup_hold_no_comments() {
        let template = "const a = sql`\n  SELECT 1\n`;";
        assert!(!put(template, "SELECT", FileKind::TypeScript).1);
        assert!(put(template, "const", FileKind::TypeScript).1);
        let markup = "const a = (\n  <div>\n    {b}\n  </div>\n);";
        assert!(!put(markup, "{b}", FileKind::Tsx).1);
    }

    #[test]
    fn scripts_keep_their_first_line() {
        let line = at_top(
            FileId::default(),
            FileKind::TypeScript,
            "#!/usr/bin/env node\na();",
            "a/b",
        );
        assert_eq!(line.offset, 20);
        assert!(is_comment(
            FileKind::TypeScript,
            "#!/usr/bin/env node\na();",
            &line
        ));
    }
}
