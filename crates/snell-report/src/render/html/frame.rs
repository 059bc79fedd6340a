//! The lines that a finding is about, file by file, with its labels on them.

use std::collections::BTreeSet;

use snell_source::{FileId, FileKind, Label, Role, SourceFile, Sources};

use super::tags::Html;

/// Labels over more lines than this show their first lines and the last one.
const WHOLE: u32 = 8;
/// Bytes of a line that are shown; of a longer one those around its labels.
const LONGEST: usize = 400;
/// Bytes that stay before the first label of a line that is cut.
const LEAD: usize = 80;
/// Columns between tab stops.
const TAB: usize = 4;

/// One frame for each file, in the order of the labels.
pub(super) fn frames(out: &mut Html, labels: &[Label], sources: &Sources) {
    let mut files: Vec<FileId> = Vec::new();
    for label in labels {
        if !files.contains(&label.at.file) {
            files.push(label.at.file);
        }
    }
    for id in files {
        let own: Vec<&Label> = labels.iter().filter(|label| label.at.file == id).collect();
        frame(out, &own, sources.file(id));
    }
}

fn frame(out: &mut Html, labels: &[&Label], file: &SourceFile) {
    let head = file.position(labels[0].at.span.start);
    out.open("figure", &[("class", "frame")]);
    out.open("figcaption", &[]);
    let place = format!("{}:{}:{}", file.path, head.line, head.column);
    out.leaf("span", &[("class", "at"), ("data-copy", "")], &place);
    out.leaf("span", &[("class", "lang")], language(file.kind));
    out.close();
    let lines = lines(labels, file);
    let indent = indent(&lines, file);
    // What does not fit is scrolled, with the keyboard too.
    out.open("pre", &[("tabindex", "0")]);
    let mut before: Option<u32> = None;
    for line in lines {
        if before.is_some_and(|before| before + 1 < line) {
            out.leaf("span", &[("class", "gap")], "\u{22ee}");
        }
        before = Some(line);
        one(out, labels, file, line, indent);
    }
    out.close();
    out.close();
}

/// The lines to show: those of the labels, and one around them.
fn lines(labels: &[&Label], file: &SourceFile) -> BTreeSet<u32> {
    // Blank lines around say nothing.
    let is_blank = |line: u32| text(file, line).trim().is_empty();
    let mut lines = BTreeSet::new();
    for label in labels {
        let (first, last) = reach(label, file);
        if last - first < WHOLE {
            lines.extend(first..=last);
        } else {
            lines.extend(first..first + WHOLE / 2);
            lines.insert(last);
        }
        let around = [first.saturating_sub(1).max(1), last + 1];
        lines.extend(around.into_iter().filter(|line| !is_blank(*line)));
    }
    // A gap of one line is shorter as the line.
    let lonely: Vec<u32> = lines
        .iter()
        .filter(|line| !lines.contains(&(*line + 1)) && lines.contains(&(*line + 2)))
        .map(|line| line + 1)
        .collect();
    lines.extend(lonely);
    lines.retain(|line| file.line_span(*line).is_some());
    lines
}

/// The first and last line of a label.
fn reach(label: &Label, file: &SourceFile) -> (u32, u32) {
    let span = label.at.span;
    let inside = span.text(&file.text).trim_end().len();
    let end = span.start + u32::try_from(inside).unwrap_or(0);
    let first = file.position(span.start).line;
    (first, file.position(end).line.max(first))
}

fn text(file: &SourceFile, line: u32) -> &str {
    file.line_span(line)
        .map_or("", |span| span.text(&file.text))
}

/// The blanks that all lines begin with, in bytes.
fn indent(lines: &BTreeSet<u32>, file: &SourceFile) -> usize {
    let texts = lines.iter().map(|line| text(file, *line));
    texts
        .filter(|text| !text.trim().is_empty())
        .map(|text| text.len() - text.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0)
}

/// One line with its marks, and the words of the labels that end on it.
fn one(out: &mut Html, labels: &[&Label], file: &SourceFile, line: u32, indent: usize) {
    let Some(span) = file.line_span(line) else {
        return;
    };
    let (start, end) = (span.start as usize, span.end as usize);
    let on_line: Vec<(&Label, usize, usize)> = labels
        .iter()
        .filter(|label| {
            let (first, last) = reach(label, file);
            (first..=last).contains(&line)
        })
        .map(|label| {
            let from = (label.at.span.start as usize).clamp(start, end);
            let to = (label.at.span.end as usize).clamp(from, end);
            (*label, from, to)
        })
        .collect();
    let blank = text(file, line).trim().is_empty();
    let from = if blank {
        end
    } else {
        (start + indent).min(end)
    };
    let window = window(file, &on_line, from, end);
    out.open("span", &[("class", "l"), ("data-n", &line.to_string())]);
    if window.0 > from {
        out.text("\u{2026}");
    }
    segments(out, file, &on_line, window);
    if window.1 < end {
        out.text("\u{2026}");
    }
    out.close();
    for (label, ..) in on_line {
        if reach(label, file).1 == line && !label.text.trim().is_empty() {
            out.words("span", &[("class", class("w", label))], &label.text);
        }
    }
}

fn class(what: &str, label: &Label) -> &'static str {
    match (what, label.role) {
        ("w", Role::Primary) => "w p",
        ("w", Role::Related | Role::Example) => "w",
        (_, Role::Primary) => "p",
        (_, Role::Related | Role::Example) => "r",
    }
}

/// The bytes of a line that are shown.
fn window(
    file: &SourceFile,
    labels: &[(&Label, usize, usize)],
    from: usize,
    end: usize,
) -> (usize, usize) {
    if end - from <= LONGEST {
        return (from, end);
    }
    let first = labels
        .iter()
        .map(|(_, start, _)| *start)
        .min()
        .unwrap_or(from);
    let floor = |at: usize| file.text.floor_char_boundary(at);
    let left = floor(first.saturating_sub(LEAD)).max(from);
    (left, floor(left + LONGEST).min(end))
}

/// The text of a window, cut where labels begin and end.
fn segments(
    out: &mut Html,
    file: &SourceFile,
    labels: &[(&Label, usize, usize)],
    (from, to): (usize, usize),
) {
    let mut cuts: BTreeSet<usize> = [from, to].into();
    for (_, start, end) in labels {
        cuts.extend(
            [*start, *end]
                .into_iter()
                .filter(|at| (from..=to).contains(at)),
        );
    }
    let cuts: Vec<usize> = cuts.into_iter().collect();
    let mut column = 0;
    for pair in cuts.windows(2) {
        let text = untabbed(&file.text[pair[0]..pair[1]], &mut column);
        let over = labels
            .iter()
            .filter(|(_, start, end)| *start <= pair[0] && pair[1] <= *end)
            .map(|(label, ..)| *label)
            .min_by_key(|label| label.role);
        match over {
            Some(label) => out.leaf("mark", &[("class", class("mark", label))], &text),
            None => out.text(&text),
        }
    }
}

/// Text with blanks for tabs.
fn untabbed(text: &str, column: &mut usize) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\t' {
            let width = TAB - *column % TAB;
            out.extend(std::iter::repeat_n(' ', width));
            *column += width;
        } else {
            out.push(c);
            *column += 1;
        }
    }
    out
}

/// What people call the language of a file.
fn language(kind: FileKind) -> &'static str {
    match kind {
        FileKind::TypeScript | FileKind::Tsx | FileKind::Declarations => "TypeScript",
        FileKind::JavaScript => "JavaScript",
        FileKind::Prisma => "Prisma",
        FileKind::Sql => "SQL",
        FileKind::Json => "JSON",
        FileKind::Yaml => "YAML",
        FileKind::Other => "file",
    }
}

#[cfg(test)]
mod tests {
    use snell_source::{Location, Span};

    use super::*;

    fn drawn(text: &str, labels: &[(&str, &str, Role)]) -> String {
        let mut sources = Sources::new();
        let file = sources.add(SourceFile::new("a/b.ts", text));
        let labels: Vec<Label> = labels
            .iter()
            .map(|(inside, words, role)| {
                let start = text.find(inside).expect("it is there");
                Label {
                    at: Location {
                        file,
                        span: Span::from_range(start..start + inside.len()),
                    },
                    text: (*words).to_owned(),
                    role: *role,
                }
            })
            .collect();
        let mut out = Html::default();
        frames(&mut out, &labels, &sources);
        out.finish()
    }

    #[test]
    fn a_label_marks_its_text_and_says_its_words_below() {
        let page = drawn(
            "class A {\n\tfind(<b>)\n}\n",
            &[
                ("find", "reads `all`", Role::Primary),
                ("<b>", "here", Role::Related),
            ],
        );
        assert!(page.contains("a/b.ts:2:2"), "{page}");
        assert!(
            page.contains(
                "<mark class=\"p\">find</mark>(<mark class=\"r\">&lt;b&gt;</mark>)</span>"
            ),
            "{page}"
        );
        assert!(
            page.contains("<span class=\"w p\">reads <code>all</code></span>"),
            "{page}"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_its_label() {
        let long = format!("{}target{}", "é".repeat(5000), "x".repeat(5000));
        let page = drawn(&long, &[("target", "", Role::Primary)]);
        assert!(
            page.contains("<mark class=\"p\">target</mark>") && page.len() < 1200,
            "{page}"
        );
    }

    #[test]
    fn a_label_over_many_lines_shows_both_ends() {
        let text: String = (1..40).map(|n| format!("line{n};\n")).collect();
        let whole = text.clone();
        let page = drawn(&text, &[(whole.trim_end(), "all", Role::Primary)]);
        assert!(page.contains("line1;") && page.contains("line39;") && !page.contains("line20;"));
        assert!(page.contains("class=\"gap\""));
    }
}
