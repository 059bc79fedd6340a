//! What can be done about a finding: mend it, silence it, read about it.

use std::collections::HashMap;

use gen_lsp_types::{
    CodeAction, CodeActionKind, Command, Diagnostic, DocumentChange, Edit as LspEdit,
    OptionalVersionedTextDocumentIdentifier, Range, SnippetTextEdit, StringValue, TextDocumentEdit,
    TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::json;
use snell_report::{Applicability, Edit, Finding};
use snell_source::{FileId, FileKind, Location, SourceFile, Span};

use crate::{
    answers::{Identifier, OPEN_RULE, Page, World},
    position,
    snapshot::Snapshot,
    suppress,
};

/// Opens a rule's page in the editor itself.
const EXPLAIN_RULE: &str = "snell.explainRule";

/// The kind of actions that mend a whole file.
const FIX_ALL: &str = "source.fixAll.snell";

/// What is asked for.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    text_document: Identifier,
    range: Range,
    #[serde(default)]
    context: Context,
}

#[derive(serde::Deserialize, Default)]
struct Context {
    #[serde(default)]
    diagnostics: Vec<serde_json::Value>,
    only: Option<Vec<String>>,
}

impl Asked {
    fn wants(&self, kind: &str) -> bool {
        self.context.only.as_ref().is_none_or(|only| {
            only.iter().any(|one| {
                kind == one
                    || one.is_empty()
                    || kind
                        .strip_prefix(one.as_str())
                        .is_some_and(|rest| rest.starts_with('.'))
            })
        })
    }

    /// The diagnostic of the editor that is this finding.
    fn diagnostic(&self, finding: &Finding) -> Option<Diagnostic> {
        let found = self.context.diagnostics.iter().find(|one| {
            let print = one.pointer("/data/fingerprint").and_then(|it| it.as_str());
            print == Some(finding.fingerprint.as_str())
        })?;
        serde_json::from_value(found.clone()).ok()
    }
}

/// What can be done at a range of a document.
pub(crate) fn all(world: &World, asked: &Asked) -> Vec<CodeAction> {
    let Some(page) = world.page(&asked.text_document.uri) else {
        return Vec::new();
    };
    let Some((file, ..)) = page.read else {
        return Vec::new();
    };
    let mut actions = Vec::new();
    let here = findings(&page, file, asked.range);
    if asked.wants("quickfix") {
        for finding in &here {
            actions.extend(fixes(world, page.snapshot, finding, asked));
        }
        for finding in &here {
            actions.extend(silence(world, &page, finding, file, asked));
        }
        let mut rules: Vec<&str> = here.iter().map(|one| one.diagnostic.rule.name).collect();
        rules.sort_unstable();
        rules.dedup();
        actions.extend(rules.into_iter().map(|rule| explain(world, rule)));
    }
    if asked.wants(FIX_ALL) {
        actions.extend(fix_all(world, &page, file));
    }
    actions
}

/// The findings at a range: those whose fault is there, else those that only point there.
fn findings<'p>(page: &Page<'p>, file: FileId, range: Range) -> Vec<&'p Finding> {
    let start = position::offset(&page.document.file, range.start);
    let end = position::offset(&page.document.file, range.end);
    let touches = |at: Location| {
        at.file == file
            && page
                .now(at.span)
                .is_some_and(|span| span.start <= end && start <= span.end)
    };
    let snapshot: &'p Snapshot = page.snapshot;
    let active = || {
        snapshot
            .report
            .findings
            .iter()
            .filter(|one| one.is_active())
    };
    let faults: Vec<&Finding> = active()
        .filter(|one| touches(one.diagnostic.primary().at))
        .collect();
    if !faults.is_empty() {
        return faults;
    }
    let points = |one: &&Finding| {
        one.diagnostic
            .related()
            .iter()
            .any(|label| touches(label.at))
    };
    active().filter(points).collect()
}

fn fixes(world: &World, snapshot: &Snapshot, finding: &Finding, asked: &Asked) -> Vec<CodeAction> {
    let own = known_fixes(snapshot, finding);
    let fixes = own.iter().filter_map(|fix| {
        let edits = edits_of(world, snapshot, &fix.edits)?;
        let title = match fix.safe {
            true => fix.title.clone(),
            false => format!("{} (may change what it does)", fix.title),
        };
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: asked.diagnostic(finding).map(|one| vec![one]),
            is_preferred: fix.safe.then_some(true),
            disabled: None,
            edit: Some(workspace_edit(world, edits)),
            command: None,
            data: None,
            tags: None,
        })
    });
    fixes.collect()
}

/// A change that removes a finding.
struct Mend {
    title: String,
    /// Whether it may be applied unasked.
    safe: bool,
    edits: Vec<Edit>,
}

/// Those that the report brings, and that of a comment which silences nothing.
fn known_fixes(snapshot: &Snapshot, finding: &Finding) -> Vec<Mend> {
    let diagnostic = &finding.diagnostic;
    if !finding.fixes.is_empty() || diagnostic.rule.name != "maintainability/unused-ignore" {
        // A schema and its migrations change together or not at all: only `--fix` can do that.
        let is_code = |edit: &Edit| {
            let kind = snapshot.analysis.sources.file(edit.at.file).kind;
            !matches!(kind, FileKind::Prisma | FileKind::Sql)
        };
        let whole = finding.fixes.iter().filter(|fix| {
            fix.applicability == Applicability::Safe || fix.edits.iter().all(is_code)
        });
        let fixes = whole.map(|fix| Mend {
            title: fix.title.clone(),
            safe: fix.applicability == Applicability::Safe,
            edits: fix.edits.clone(),
        });
        return fixes.collect();
    }
    let at = diagnostic.primary().at;
    let text = &snapshot.analysis.sources.file(at.file).text;
    vec![Mend {
        title: "Remove the comment that silences nothing".to_owned(),
        safe: true,
        edits: vec![Edit {
            at: Location::new(at.file, whole_comment(text, at.span)),
            replacement: String::new(),
        }],
    }]
}

/// A comment with its end and the space before it; with its line, when nothing else is on it.
fn whole_comment(text: &str, comment: Span) -> Span {
    let start = comment.start as usize;
    let mut end = comment.end as usize;
    let rest = &text[end..];
    if text[start..].starts_with("/*")
        && let Some(close) = rest.find("*/")
    {
        end += close + 2;
    }
    let line = text[..start].rfind('\n').map_or(0, |n| n + 1);
    let stop = text[end..].find('\n').map_or(text.len(), |n| end + n);
    let alone = text[line..start].trim().is_empty() && text[end..stop].trim().is_empty();
    if alone {
        return Span::from_range(line..(stop + 1).min(text.len()));
    }
    let before = text[line..start].trim_end_matches([' ', '\t']).len();
    Span::from_range(line + before..end)
}

fn silence(
    world: &World,
    page: &Page<'_>,
    finding: &Finding,
    here: FileId,
    asked: &Asked,
) -> Option<CodeAction> {
    let rule = finding.diagnostic.rule.name;
    // A comment about a comment helps nobody.
    if rule.ends_with("-ignore") || rule == "maintainability/ignore-without-reason" {
        return None;
    }
    let snapshot = page.snapshot;
    let text = |file: FileId| world.now(snapshot, file).text.to_string();
    let line = suppress::line(snapshot, finding, here, &text)?;
    let now = world.now(snapshot, line.file);
    let at = position::position(&now, line.offset);
    let range = Range { start: at, end: at };
    let edit = if world.client.snippets {
        let reason = "${1:reason}";
        let value = format!("{}{reason}{}", escaped(&line.before), line.after);
        LspEdit::SnippetTextEdit(SnippetTextEdit {
            range,
            snippet: StringValue { value },
            annotation_id: None,
        })
    } else {
        LspEdit::TextEdit(TextEdit {
            range,
            new_text: format!("{}{}", line.before, line.after),
        })
    };
    let place = match (line.whole_file, line.file == here) {
        (true, _) => " in this file",
        (false, true) => " here",
        (false, false) => " where it points to",
    };
    let write = if world.client.snippets {
        ""
    } else {
        " (write the reason)"
    };
    Some(CodeAction {
        title: format!("Suppress {rule}{place}, with a reason{write}"),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: asked.diagnostic(finding).map(|one| vec![one]),
        is_preferred: None,
        disabled: None,
        edit: Some(workspace_edit(
            world,
            vec![(world.uri_of(snapshot, line.file), edit)],
        )),
        command: None,
        data: None,
        tags: None,
    })
}

/// Text that is no placeholder of a snippet.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('$', "\\$")
        .replace('}', "\\}")
}

fn explain(world: &World, rule: &str) -> CodeAction {
    let command = if world.client.has(EXPLAIN_RULE) {
        EXPLAIN_RULE
    } else {
        OPEN_RULE
    };
    let title = format!("Open the page of {rule}");
    CodeAction {
        title: title.clone(),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: None,
        is_preferred: None,
        disabled: None,
        edit: None,
        command: Some(Command {
            title,
            tooltip: None,
            command: command.to_owned(),
            arguments: Some(vec![json!(rule)]),
        }),
        data: None,
        tags: None,
    }
}

/// All safe fixes of a file in one edit; of two that overlap, the first.
fn fix_all(world: &World, page: &Page<'_>, file: FileId) -> Option<CodeAction> {
    let active = page.snapshot.report.findings.iter();
    let active = active.filter(|one| one.is_active() && one.diagnostic.primary().at.file == file);
    let mut taken: Vec<Location> = Vec::new();
    let mut edits = Vec::new();
    for finding in active {
        for fix in known_fixes(page.snapshot, finding) {
            let overlaps = |edit: &Edit| {
                taken.iter().any(|at| {
                    at.file == edit.at.file
                        && at.span.start < edit.at.span.end
                        && edit.at.span.start < at.span.end
                })
            };
            if !fix.safe || fix.edits.iter().any(overlaps) {
                continue;
            }
            if let Some(made) = edits_of(world, page.snapshot, &fix.edits) {
                taken.extend(fix.edits.iter().map(|edit| edit.at));
                edits.extend(made);
                break;
            }
        }
    }
    (!edits.is_empty()).then(|| CodeAction {
        title: "Apply all safe fixes of snell".to_owned(),
        kind: Some(CodeActionKind::from(FIX_ALL.to_owned())),
        diagnostics: None,
        is_preferred: None,
        disabled: None,
        edit: Some(workspace_edit(world, edits)),
        command: None,
        data: None,
        tags: None,
    })
}

/// Edits of a fix in the texts as they are now; none when one of its places is gone.
fn edits_of(world: &World, of: &Snapshot, edits: &[Edit]) -> Option<Vec<(Uri, LspEdit)>> {
    let edits = edits.iter().map(|edit| {
        let location = world.location(of, edit.at.file, edit.at.span)?;
        let change = TextEdit {
            range: location.range,
            new_text: edit.replacement.clone(),
        };
        Some((location.uri, LspEdit::TextEdit(change)))
    });
    edits.collect()
}

/// Edits by their documents, in the form that the editor takes.
fn workspace_edit(world: &World, edits: Vec<(Uri, LspEdit)>) -> WorkspaceEdit {
    let mut by_document: Vec<(Uri, Vec<LspEdit>)> = Vec::new();
    for (uri, edit) in edits {
        match by_document.iter_mut().find(|(known, _)| *known == uri) {
            Some((_, list)) => list.push(edit),
            None => by_document.push((uri, vec![edit])),
        }
    }
    if world.client.versioned_edits || world.client.snippets {
        let changes = by_document.into_iter().map(|(uri, edits)| {
            let path = crate::uri::path(&uri);
            let open = path.and_then(|path| world.documents.get(&path));
            DocumentChange::TextDocumentEdit(TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier {
                    version: open.map(|document| document.version),
                    text_document_identifier: TextDocumentIdentifier { uri },
                },
                edits,
            })
        });
        return WorkspaceEdit {
            changes: None,
            document_changes: Some(changes.collect()),
            change_annotations: None,
        };
    }
    let plain = |edit: LspEdit| match edit {
        LspEdit::TextEdit(edit) => Some(edit),
        _ => None,
    };
    let changes: HashMap<Uri, Vec<TextEdit>> = by_document
        .into_iter()
        .map(|(uri, edits)| (uri, edits.into_iter().filter_map(plain).collect()))
        .collect();
    WorkspaceEdit {
        changes: Some(changes),
        document_changes: None,
        change_annotations: None,
    }
}

impl World {
    /// A file as it is now: as the editor holds it, else as the run read it.
    fn now(&self, of: &Snapshot, file: FileId) -> SourceFile {
        let read = of.analysis.sources.file(file);
        let open = self.documents.get(&of.root.join(&read.path));
        let text = open.map_or(&read.text, |document| &document.file.text);
        SourceFile::new(read.path.clone(), text.clone())
    }

    fn uri_of(&self, of: &Snapshot, file: FileId) -> Uri {
        let path = &of.analysis.sources.file(file).path;
        self.documents.uri(&of.root.join(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, comment: &str) -> String {
        let start = text.find(comment).expect("it is there");
        let span = Span::from_range(start..start + comment.len());
        let span = whole_comment(text, span);
        let mut text = text.to_owned();
        text.replace_range(span.start as usize..span.end as usize, "");
        text
    }

    #[test]
    fn comments_go_with_their_lines_or_leave_the_code() {
        let own = "a();\n  // snell-ignore x/y: z\nb();";
        assert_eq!(left(own, "// snell-ignore x/y: z"), "a();\nb();");
        let behind = "a(); // snell-ignore x/y: z\r\nb();";
        assert_eq!(left(behind, "// snell-ignore x/y: z"), "a();\r\nb();");
        let block = "a();\n/* snell-ignore x/y: z */\nb();";
        assert_eq!(left(block, "/* snell-ignore x/y: z"), "a();\nb();");
        let last = "a();\n// snell-ignore x/y: z";
        assert_eq!(left(last, "// snell-ignore x/y: z"), "a();\n");
    }

    #[test]
    fn kinds_are_asked_for_by_their_beginning() {
        let asked = |only: Option<&[&str]>| Asked {
            text_document: Identifier {
                uri: Uri::from("file:///a"),
            },
            range: Range::default(),
            context: Context {
                diagnostics: Vec::new(),
                only: only.map(|only| only.iter().map(ToString::to_string).collect()),
            },
        };
        assert!(asked(None).wants("quickfix"));
        assert!(asked(Some(&["source"])).wants(FIX_ALL));
        assert!(asked(Some(&["source.fixAll"])).wants(FIX_ALL));
        assert!(!asked(Some(&["source"])).wants("quickfix"));
        assert!(!asked(Some(&["source.fix"])).wants(FIX_ALL));
    }
}
