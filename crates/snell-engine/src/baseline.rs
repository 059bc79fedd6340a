//! The baseline: today's findings, accepted, in a file that is kept with the code.
//!
//! An entry is known by its fingerprint, which neither moves of files nor of lines change. It
//! accepts a finding at the severity that it had: a worse one counts again.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use snell_report::{Compared, Finding, NoticeKind, Report};
use snell_source::{LineColumn, Severity, SourceFile, Sources, Span};
use snell_workspace::{FileSystem, Json, JsonValue, ReadError, read_text};

use crate::{
    before::{by_kind, site},
    fingerprint::{Kind, Site, pair},
};

/// The version of the file that this program writes and reads.
const VERSION: &str = "1";

/// Accepted findings, in the order of rules, then fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<(String, String), Entry>,
}

/// One accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// `category/rule`.
    pub rule: String,
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// How severe it was when it was accepted.
    pub severity: Severity,
    /// The file of its primary label then: for people.
    #[serde(rename = "where")]
    pub place: String,
    /// What it said then: for people.
    pub title: String,
    /// The function that it stood in. Of several findings of one subject, this, the file and the title say which ones are
    /// accepted.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{}:{}: {message}", .at.line, .at.column)]
pub struct BaselineError {
    /// The file, from the root.
    pub path: Utf8PathBuf,
    /// Where in it.
    pub at: LineColumn,
    /// What is wrong.
    pub message: String,
}

impl Baseline {
    /// Reads the baseline at `path`; `None` when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read, or is no baseline of this version.
    pub fn read(fs: &dyn FileSystem, path: &Utf8Path) -> Result<Option<Self>, BaselineError> {
        let text = match read_text(fs, path) {
            Ok(text) => text.text,
            Err(ReadError::Missing) => return Ok(None),
            Err(error) => {
                let file = SourceFile::new(path, "");
                return Err(fault(
                    &file,
                    Span::empty(0),
                    format!("cannot be read: {error}"),
                ));
            }
        };
        let file = SourceFile::new(path, text);
        let (json, error) = Json::parse(&file.text);
        if let Some(error) = error {
            let message = if file.text.contains("<<<<<<<") {
                "holds both sides of a merge: keep the lines of both".to_owned()
            } else {
                error.message
            };
            return Err(fault(&file, error.span, message));
        }
        let version = json.get("version").map(|version| &version.value);
        if version != Some(&JsonValue::Number(VERSION.to_owned())) {
            let message = format!("is no baseline of version {VERSION}");
            return Err(fault(&file, json.span, message));
        }
        let findings = json.get("findings").map_or(&[][..], Json::elements);
        let mut baseline = Baseline::default();
        for json in findings {
            baseline.insert(entry(&file, json)?);
        }
        Ok(Some(baseline))
    }

    /// Accepts a finding; of two entries for one finding the more severe one stays.
    pub fn insert(&mut self, entry: Entry) {
        let key = (entry.rule.clone(), entry.fingerprint.clone());
        match self.entries.get(&key) {
            Some(known) if known.severity > entry.severity => {}
            _ => {
                self.entries.insert(key, entry);
            }
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, entry: &Entry) {
        let key = (entry.rule.clone(), entry.fingerprint.clone());
        self.entries.remove(&key);
    }

    /// The entries, in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is accepted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of a finding, whatever its severity.
    #[must_use]
    pub fn entry(&self, finding: &Finding) -> Option<&Entry> {
        let rule = finding.diagnostic.rule.name.to_owned();
        self.entries.get(&(rule, finding.fingerprint.clone()))
    }

    /// The file's text: one entry on each line, so that branches merge.
    #[must_use]
    pub fn to_text(&self) -> String {
        let lines: Vec<String> = self
            .entries()
            .map(|entry| format!("    {}", serde_json::to_string(entry).unwrap_or_default()))
            .collect();
        let lines = match lines.is_empty() {
            true => String::new(),
            false => format!("\n{}\n  ", lines.join(",\n")),
        };
        format!("{{\n  \"version\": {VERSION},\n  \"findings\": [{lines}]\n}}\n")
    }

    /// Marks the findings that are accepted, and notes what the baseline says beyond them. `ran`
    /// says whether a rule was asked at all: its entries cannot be gone otherwise.
    pub fn apply(&self, report: &mut Report, sources: &Sources, ran: impl Fn(&str) -> bool) {
        self.number(report, sources);
        let mut reopened = 0;
        for finding in &mut report.findings {
            if let Some(entry) = self.entry(finding) {
                finding.baselined = finding.diagnostic.severity <= entry.severity;
                reopened += usize::from(!finding.baselined && finding.suppressed.is_none());
            }
        }
        let gone = self.gone(report, ran).len();
        report.baseline = Some(Compared { gone, reopened });
    }

    /// Gives findings of one subject the fingerprints of the entries that are about them: the surplus is new, wherever it
    /// stands among them.
    fn number(&self, report: &mut Report, sources: &Sources) {
        for (kind, findings) in by_kind(&report.findings, sources) {
            let entries = self.of_kind(&kind, findings.len());
            if entries.is_empty() || entries.len() == 1 && findings.len() == 1 && entries[0].0 == 1
            {
                continue;
            }
            let now: Vec<Site<'_>> = findings
                .iter()
                .map(|n| site(&report.findings[*n], sources))
                .collect();
            let then: Vec<Site<'_>> = entries.iter().map(|(_, entry)| entry.site()).collect();
            let taken: BTreeSet<usize> = entries.iter().map(|(number, _)| *number).collect();
            let mut free = (1..).filter(|number| !taken.contains(number));
            let numbers: Vec<usize> = pair(&now, &then)
                .into_iter()
                .filter_map(|paired| paired.map(|t| entries[t].0).or_else(|| free.next()))
                .collect();
            for (n, number) in findings.into_iter().zip(numbers) {
                report.findings[n].fingerprint = kind.fingerprint(number);
            }
        }
    }

    /// The entries about findings of a kind, of which there are this many now, with their numbers. What was mended and
    /// pruned leaves gaps.
    fn of_kind(&self, kind: &Kind, now: usize) -> Vec<(usize, &Entry)> {
        let mut found = Vec::new();
        let mut last = now + GAP;
        let mut number = 1;
        while number <= last {
            let key = (kind.rule().to_owned(), kind.fingerprint(number));
            if let Some(entry) = self.entries.get(&key) {
                found.push((number, entry));
                last = last.max(number + GAP);
            }
            number += 1;
        }
        found
    }

    /// The entries whose finding is there no more. What could not be judged is not gone.
    #[must_use]
    pub fn gone(&self, report: &Report, ran: impl Fn(&str) -> bool) -> Vec<&Entry> {
        let notices = || report.notices.iter();
        if notices().any(|notice| notice.kind == NoticeKind::Internal) {
            return Vec::new();
        }
        let unread: BTreeSet<&str> = notices().filter_map(|one| one.path.as_deref()).collect();
        let found: BTreeSet<(&str, &str)> = report
            .findings
            .iter()
            .map(|one| (one.diagnostic.rule.name, one.fingerprint.as_str()))
            .collect();
        self.entries()
            .filter(|entry| {
                ran(&entry.rule)
                    && !unread.contains(entry.place.as_str())
                    && !found.contains(&(entry.rule.as_str(), entry.fingerprint.as_str()))
            })
            .collect()
    }
}

/// Numbers that entries of one subject may leave out.
const GAP: usize = 4;

impl Entry {
    fn site(&self) -> Site<'_> {
        Site {
            file: &self.place,
            within: self.within.as_deref(),
            title: &self.title,
        }
    }

    /// What a baseline says of a finding.
    #[must_use]
    pub fn of(finding: &Finding, sources: &Sources) -> Self {
        let diagnostic = &finding.diagnostic;
        Entry {
            rule: diagnostic.rule.name.to_owned(),
            fingerprint: finding.fingerprint.clone(),
            severity: diagnostic.severity,
            place: sources.file(diagnostic.primary().at.file).path.to_string(),
            title: diagnostic.message.clone(),
            within: finding.within.clone(),
        }
    }
}

fn entry(file: &SourceFile, json: &Json) -> Result<Entry, BaselineError> {
    let text = |key: &str| {
        let found = json.get(key).and_then(Json::as_str);
        found
            .map(str::to_owned)
            .ok_or_else(|| fault(file, json.span, format!("an entry needs `{key}`, a text")))
    };
    let word = text("severity")?;
    let severity = Severity::WORST_FIRST
        .into_iter()
        .find(|severity| severity.as_str() == word)
        .ok_or_else(|| fault(file, json.span, format!("`{word}` is no severity")))?;
    Ok(Entry {
        rule: text("rule")?,
        fingerprint: text("fingerprint")?,
        severity,
        place: text("where")?,
        title: text("title")?,
        within: json.get("in").and_then(Json::as_str).map(str::to_owned),
    })
}

fn fault(file: &SourceFile, span: Span, message: String) -> BaselineError {
    BaselineError {
        path: file.path.clone(),
        at: file.position(span.start),
        message,
    }
}

#[cfg(test)]
mod tests {
    use snell_workspace::Memory;

    use super::*;

    fn read(text: &str) -> Result<Option<Baseline>, String> {
        let fs: Memory = [("b.json", text)].into_iter().collect();
        Baseline::read(&fs, Utf8Path::new("b.json")).map_err(|error| error.to_string())
    }

    fn one(fingerprint: &str, severity: Severity) -> Entry {
        Entry {
            rule: "a/b".to_owned(),
            fingerprint: fingerprint.to_owned(),
            severity,
            place: "x.ts".to_owned(),
            title: "said \"so\"".to_owned(),
            within: None,
        }
    }

    #[test]
    fn what_is_written_is_read_one_entry_on_each_line() {
        let mut baseline = Baseline::default();
        assert_eq!(read(&baseline.to_text()), Ok(Some(baseline.clone())));
        baseline.insert(one("2", Severity::Low));
        baseline.insert(one("1", Severity::High));
        baseline.insert(one("1", Severity::Low));
        let text = baseline.to_text();
        assert_eq!(
            text,
            "{\n  \"version\": 1,\n  \"findings\": [\n    {\"rule\":\"a/b\",\"fingerprint\":\"1\",\"severity\":\"high\",\"where\":\"x.ts\",\"title\":\"said \\\"so\\\"\"},\n    {\"rule\":\"a/b\",\"fingerprint\":\"2\",\"severity\":\"low\",\"where\":\"x.ts\",\"title\":\"said \\\"so\\\"\"}\n  ]\n}\n"
        );
        assert_eq!(read(&text), Ok(Some(baseline)));
    }

    #[test]
    fn faults_have_a_place() {
        assert_eq!(
            read("{}"),
            Err("b.json:1:1: is no baseline of version 1".to_owned())
        );
        assert_eq!(
            read("{ \"version\": 1,\n \"findings\": [\n{ \"rule\": \"a\" }] }"),
            Err("b.json:3:1: an entry needs `severity`, a text".to_owned())
        );
        let merged = "{ \"version\": 1, \"findings\": [\n<<<<<<< HEAD\n] }";
        assert!(read(merged).unwrap_err().contains("both sides of a merge"));
    }
}
