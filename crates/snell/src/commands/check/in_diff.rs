//! Where those who look at a change are told of it: GitHub shows an alert beside a change only when the lines of its
//! first location are all in the diff
//! (<https://docs.github.com/en/code-security/code-scanning/managing-code-scanning-alerts/triaging-code-scanning-alerts-in-pull-requests>).

use std::collections::{BTreeMap, BTreeSet};

use similar::{DiffOp, TextDiff};
use snell_report::Report;
use snell_source::{FileId, Label, Location, Role, Sources};

use crate::session::{Refusal, Session};

/// The same findings, each told first at a place in the diff, if it has one; `None` where no change is told.
pub(super) fn told_in_the_diff(
    report: &Report,
    sources: &Sources,
    session: &Session,
) -> Result<Option<Report>, Refusal> {
    let (Some(changed), Some(base)) = (session.changed(), session.base()?) else {
        return Ok(None);
    };
    let changed: BTreeSet<_> = changed.iter().collect();
    let is_changed = |file: FileId| changed.contains(&sources.file(file).path);
    let labels = report
        .findings
        .iter()
        .flat_map(|one| &one.diagnostic.labels);
    let files = labels
        .map(|label| label.at.file)
        .filter(|file| is_changed(*file));
    let mut files: Vec<FileId> = files.collect();
    files.sort_unstable();
    files.dedup();
    if files.is_empty() {
        return Ok(None);
    }
    let paths = files.iter().map(|file| sources.file(*file).path.clone());
    let before = session.contents_of(&base, paths.collect())?;
    let before: BTreeMap<_, _> = before.into_iter().collect();
    let lines: BTreeMap<FileId, Vec<Lines>> = files
        .into_iter()
        .map(|file| {
            let file_now = sources.file(file);
            let old = before.get(&file_now.path).and_then(Option::as_deref);
            let old = String::from_utf8_lossy(old.unwrap_or_default());
            (file, added(&old, &file_now.text))
        })
        .collect();
    let mut report = report.clone();
    for finding in &mut report.findings {
        move_into(&mut finding.diagnostic.labels, |at| {
            let file = sources.file(at.file);
            let first = file.position(at.span.start).line;
            let last = file.position(at.span.end).line;
            lines.get(&at.file).is_some_and(|added| {
                let holds = |lines: &Lines| lines.first <= first && last <= lines.last;
                added.iter().any(holds)
            })
        });
    }
    Ok(Some(report))
}

/// Lines of a file, counted from 1, the last one included.
#[derive(Debug, PartialEq, Eq)]
struct Lines {
    first: u32,
    last: u32,
}

/// The lines that a text has and the one before it had not.
fn added(old: &str, new: &str) -> Vec<Lines> {
    let diff = TextDiff::from_lines(old, new);
    let lines = |op: &DiffOp| {
        let range = op.new_range();
        let line = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (!matches!(op, DiffOp::Equal { .. }) && !range.is_empty()).then(|| Lines {
            first: line(range.start + 1),
            last: line(range.end),
        })
    };
    diff.ops().iter().filter_map(lines).collect()
}

/// Puts the first label in the diff before the others, unless the one that is there is in it.
fn move_into(labels: &mut [Label], in_diff: impl Fn(&Location) -> bool) {
    let found = labels
        .iter()
        .position(|label| label.role != Role::Example && in_diff(&label.at));
    if let Some(found) = found.filter(|found| *found > 0) {
        labels[0].role = Role::Related;
        labels[found].role = Role::Primary;
        labels[..=found].rotate_right(1);
    }
}

#[cfg(test)]
mod tests {
    use snell_source::{SourceFile, Span};

    use super::*;

    fn label(start: u32, role: Role) -> Label {
        let file = Sources::new().add(SourceFile::new("note.ts", ""));
        Label {
            at: Location::new(file, Span::new(start, start + 1)),
            text: start.to_string(),
            role,
        }
    }

    fn moved(mut labels: Vec<Label>, line: u32) -> Vec<(String, Role)> {
        move_into(&mut labels, |at| at.span.start == line);
        labels.into_iter().map(|one| (one.text, one.role)).collect()
    }

    #[test]
    fn added_lines_are_those_that_were_not_there() {
        assert_eq!(
            added("a\nb\nc\n", "a\nx\ny\nc\nd"),
            [Lines { first: 2, last: 3 }, Lines { first: 5, last: 5 }]
        );
        assert_eq!(added("", "a\n"), [Lines { first: 1, last: 1 }]);
        assert_eq!(added("a\nb\n", "a\n"), []);
    }

    #[test]
    fn the_first_part_of_the_fault_in_the_diff_leads() {
        let labels = || {
            vec![
                label(1, Role::Primary),
                label(2, Role::Example),
                label(3, Role::Related),
            ]
        };
        let said = |one: &str, role| (one.to_owned(), role);
        assert_eq!(
            moved(labels(), 3),
            [
                said("3", Role::Primary),
                said("1", Role::Related),
                said("2", Role::Example)
            ]
        );
        let as_it_was = [
            said("1", Role::Primary),
            said("2", Role::Example),
            said("3", Role::Related),
        ];
        for line in [1, 2, 4] {
            assert_eq!(moved(labels(), line), as_it_was);
        }
    }
}
