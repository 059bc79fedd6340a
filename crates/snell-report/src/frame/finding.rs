//! A finding through miette's `Diagnostic` protocol.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, SourceCode};
use snell_source::{Confidence, FileId, Severity, Sources};

use super::source::FileSource;
use crate::{Finding, Tool};

/// A finding as miette sees it: the labels of the primary file are its own;
/// those of each further file, and its remarks, are related diagnostics.
#[derive(Debug)]
pub(crate) struct FindingDiagnostic<'a> {
    finding: &'a Finding,
    url: String,
    own: Part<'a>,
    related: Vec<Part<'a>>,
}

/// Places that stand with their lines: of one cause there may be many more.
const SHOWN: usize = 12;

/// The labels of one file, or a remark.
#[derive(Debug)]
struct Part<'a> {
    source: Option<FileSource<'a>>,
    labels: Vec<LabeledSpan>,
    /// `help` for a further help.
    code: Option<&'static str>,
    text: String,
}

impl<'a> FindingDiagnostic<'a> {
    pub(crate) fn new(finding: &'a Finding, sources: &'a Sources, tool: &Tool) -> Self {
        let diagnostic = &finding.diagnostic;
        let mut files: Vec<(FileId, Part<'a>)> = Vec::new();
        for (n, label) in diagnostic.labels.iter().take(SHOWN).enumerate() {
            let id = label.at.file;
            let at = files.iter().position(|(file, _)| *file == id);
            let at = at.unwrap_or_else(|| {
                files.push((id, Part::file(FileSource(sources.file(id)))));
                files.len() - 1
            });
            let span = label.at.span;
            let span = span.start as usize..span.end as usize;
            let text = Some(label.text.clone());
            files[at].1.labels.push(if n == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            });
        }
        let mut parts = files.into_iter().map(|(_, part)| part);
        let own = parts
            .next()
            .unwrap_or_else(|| Part::remark(None, String::new()));
        let mut related: Vec<_> = parts.collect();
        let helps = diagnostic.help.iter().skip(1);
        related.extend(helps.map(|help| Part::remark(Some("help"), help.clone())));
        related.extend(
            notes(finding)
                .into_iter()
                .map(|note| Part::remark(None, note)),
        );
        FindingDiagnostic {
            finding,
            url: tool.docs_url(diagnostic.rule.name),
            own,
            related,
        }
    }
}

/// The closing notes of a finding.
///
/// The first tells severity and confidence, then the finding's own first note.
/// It is left out where it would say nothing new: a certain warning of its
/// rule's own severity, without notes.
fn notes(finding: &Finding) -> Vec<String> {
    let diagnostic = &finding.diagnostic;
    let mut own = diagnostic.notes.iter().map(|note| note.trim().to_owned());
    let mut notes = Vec::new();
    let telling = level(diagnostic.severity) == miette::Severity::Error
        || diagnostic.severity != diagnostic.rule.severity
        || diagnostic.confidence != Confidence::Certain
        || !diagnostic.notes.is_empty();
    if telling {
        let mut first = format!(
            "{}, {}",
            diagnostic.severity.as_str(),
            diagnostic.confidence.as_str()
        );
        if let Some(note) = own.next() {
            first.push_str(". ");
            first.push_str(&note);
        }
        notes.push(first);
    }
    notes.extend(own);
    match diagnostic.labels.len().saturating_sub(SHOWN) {
        0 => {}
        1 => notes.push("1 more place, which `--format json` shows".to_owned()),
        more => notes.push(format!("{more} more places, which `--format json` lists")),
    }
    if let Some(suppression) = &finding.suppressed {
        notes.push(match &suppression.reason {
            Some(reason) => format!("suppressed: {reason}"),
            None => "suppressed without a reason".to_owned(),
        });
    }
    if finding.baselined {
        notes.push("in the baseline".to_owned());
    }
    notes
}

/// The level of a severity: critical and high are errors, medium and low
/// warnings, info a note.
pub(crate) fn level(severity: Severity) -> miette::Severity {
    match severity {
        Severity::Critical | Severity::High => miette::Severity::Error,
        Severity::Medium | Severity::Low => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    }
}

impl fmt::Display for FindingDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.diagnostic.message)
    }
}

impl std::error::Error for FindingDiagnostic<'_> {}

impl Diagnostic for FindingDiagnostic<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.finding.diagnostic.rule.name))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(level(self.finding.diagnostic.severity))
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let help = self.finding.diagnostic.help.first()?;
        Some(Box::new(help))
    }

    fn url<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(&self.url))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.own.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.own.labels()
    }

    fn related<'b>(&'b self) -> Option<Box<dyn Iterator<Item = &'b dyn Diagnostic> + 'b>> {
        let parts = self.related.iter().map(|part| part as &dyn Diagnostic);
        Some(Box::new(parts))
    }
}

impl<'a> Part<'a> {
    fn file(source: FileSource<'a>) -> Self {
        Part {
            source: Some(source),
            labels: Vec::new(),
            code: None,
            text: String::new(),
        }
    }

    fn remark(code: Option<&'static str>, text: String) -> Self {
        Part {
            source: None,
            labels: Vec::new(),
            code,
            text,
        }
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Part<'_> {}

impl Diagnostic for Part<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let code = self.code?;
        Some(Box::new(code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
