//! Findings as editors show them.

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Location, Message, Position, Range, Uri,
};
use rustc_hash::FxHashMap;
use serde_json::json;
use snell_report::{Finding, Tool};
use snell_source::{Severity, SourceFile};
use snell_workspace::ConfigError;

use crate::{documents::Documents, position, snapshot::Snapshot};

/// Rules whose finding is that something is there for nothing: editors fade it.
const UNNECESSARY: [&str; 13] = [
    "consistency/dto-unused-field",
    "consistency/enum-value-unused",
    "consistency/never-written-field",
    "consistency/unused-field",
    "consistency/unused-model",
    "index/duplicate",
    "index/redundant",
    "index/unused-by-code",
    "maintainability/unused-ignore",
    "query/unused-include",
    "raw-sql/unused-cte",
    "raw-sql/unused-join",
    "scale/unused-table",
];

/// What is shown of a file, by its path from the root.
pub(crate) type ByFile = FxHashMap<Utf8PathBuf, Vec<Diagnostic>>;

/// The findings of a run that count, by their files.
pub(crate) fn of(snapshot: &Snapshot, documents: &Documents) -> ByFile {
    let mut found = ByFile::default();
    let active = snapshot.report.findings.iter();
    for finding in active.filter(|finding| finding.is_active()) {
        let at = finding.diagnostic.primary().at;
        let path = snapshot.analysis.sources.file(at.file).path.clone();
        let shown = diagnostic(snapshot, documents, finding);
        found.entry(path).or_default().push(shown);
    }
    for list in found.values_mut() {
        list.sort_by_key(|one| (one.range.start, one.range.end));
    }
    found
}

/// One finding.
pub(crate) fn diagnostic(
    snapshot: &Snapshot,
    documents: &Documents,
    finding: &Finding,
) -> Diagnostic {
    let diagnostic = &finding.diagnostic;
    let primary = diagnostic.primary();
    let sources = &snapshot.analysis.sources;
    let mut message = diagnostic.message.clone();
    if !primary.text.is_empty() {
        message.push('\n');
        message.push_str(&primary.text);
    }
    for help in &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    for note in &diagnostic.notes {
        message.push_str("\nnote: ");
        message.push_str(note);
    }
    let related = diagnostic.related().iter().map(|label| {
        let file = sources.file(label.at.file);
        DiagnosticRelatedInformation {
            location: Location {
                uri: documents.uri(&snapshot.root.join(&file.path)),
                range: position::range(file, label.at.span),
            },
            message: if label.text.is_empty() {
                "see here".to_owned()
            } else {
                label.text.clone()
            },
        }
    });
    let related: Vec<_> = related.collect();
    let rule = diagnostic.rule.name;
    Diagnostic {
        range: shown(sources.file(primary.at.file), primary.at.span),
        severity: Some(severity(diagnostic.severity)),
        code: Some(Code::String(rule.to_owned())),
        code_description: Some(CodeDescription {
            href: Uri(Tool::default().docs_url(rule)),
        }),
        source: Some(Tool::NAME.to_owned()),
        message: Message::String(message),
        tags: UNNECESSARY
            .contains(&rule)
            .then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: (!related.is_empty()).then_some(related),
        data: Some(json!({ "fingerprint": finding.fingerprint })),
    }
}

/// Faults of the configuration, by their files. `text` gives what a file holds.
pub(crate) fn of_faults(
    faults: &[ConfigError],
    text: impl Fn(&Utf8Path) -> Option<SourceFile>,
) -> ByFile {
    let mut found = ByFile::default();
    for fault in faults {
        let range = text(&fault.file).map_or_else(
            || {
                let at = Position {
                    line: fault.at.line.saturating_sub(1),
                    character: fault.at.column.saturating_sub(1),
                };
                Range { start: at, end: at }
            },
            |file| position::range(&file, fault.span),
        );
        let mut message = fault.message.clone();
        if let Some(help) = &fault.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        found
            .entry(fault.file.clone())
            .or_default()
            .push(Diagnostic {
                range,
                severity: Some(DiagnosticSeverity::Error),
                code: None,
                code_description: None,
                source: Some(Tool::NAME.to_owned()),
                message: Message::String(message),
                tags: None,
                related_information: None,
                data: None,
            });
    }
    found
}

/// The lines under a long finding would all be underlined: the first one says enough.
fn shown(file: &SourceFile, span: snell_source::Span) -> Range {
    let range = position::range(file, span);
    if range.end.line <= range.start.line + 2 {
        return range;
    }
    let line = file.line_span(range.start.line + 1);
    Range {
        start: range.start,
        end: line.map_or(range.end, |line| position::position(file, line.end)),
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Critical | Severity::High => DiagnosticSeverity::Error,
        Severity::Medium => DiagnosticSeverity::Warning,
        Severity::Low => DiagnosticSeverity::Information,
        Severity::Info => DiagnosticSeverity::Hint,
    }
}

#[cfg(test)]
mod tests {
    use snell_correlate::rules;

    use super::UNNECESSARY;

    #[test]
    fn faded_rules_exist() {
        for name in UNNECESSARY {
            assert!(rules::named(name).is_some(), "{name}");
        }
    }
}
