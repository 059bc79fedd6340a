//! What a run has to say, as plain data: findings, what they were found in, and what stayed hidden.

use std::collections::BTreeMap;

use snell_source::{Applicability, Diagnostic, FileId, Fix, Severity};

/// Everything that a renderer needs to know of one `snell check`.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The workspace's name (never an absolute path).
    pub workspace: String,
    /// The tool that speaks.
    pub tool: Tool,
    /// The Prisma schemas that were judged.
    pub schemas: Vec<Schema>,
    /// All findings, suppressed and baselined ones included, in any order:
    /// each format has its own.
    pub findings: Vec<Finding>,
    /// What could not be judged, in the order in which it is to be shown.
    pub notices: Vec<Notice>,
    /// How much was read.
    pub counts: Counts,
    /// What was found but left out of `findings`, and why.
    pub hidden: Vec<Hidden>,
    /// What came of the comparison with a baseline; `None`: there was none.
    pub baseline: Option<Compared>,
    /// The first 32 hexadecimal digits of blake3 over each text that a fix edits.
    pub hashes: BTreeMap<FileId, String>,
}

/// A report beside a baseline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// Entries of the baseline whose finding is there no more.
    pub gone: usize,
    /// Entries whose finding became more severe: it counts again.
    pub reopened: usize,
}

/// The program that made a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its version, as `0.1.0`.
    pub version: String,
    /// The address of the rules' pages: a rule's page is this and its name.
    pub rules_url: String,
}

impl Tool {
    /// The tool's name in every format.
    pub const NAME: &'static str = "snell";

    /// The address of a rule's page.
    #[must_use]
    pub fn docs_url(&self, rule: &str) -> String {
        format!("{}{rule}", self.rules_url)
    }
}

impl Default for Tool {
    fn default() -> Self {
        Tool {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules_url: "https://snell.dev/rules/".to_owned(),
        }
    }
}

/// A Prisma schema: a file or a folder of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The file or folder, relative to the root; it labels the schema.
    pub path: String,
    /// The datasource's provider, as `postgresql`.
    pub provider: String,
}

/// One finding and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What the rule said.
    pub diagnostic: Diagnostic,
    /// 32 hexadecimal digits, stable under moves and edits.
    pub fingerprint: String,
    /// The function that its primary label stands in: tells findings of one subject apart.
    pub within: Option<String>,
    /// Whether the baseline knows it.
    pub baselined: bool,
    /// The comment or configuration entry that silences it.
    pub suppressed: Option<Suppression>,
    /// Changes that would remove it, best first.
    pub fixes: Vec<Fix>,
    /// Where several findings are shown as one: what the rule said of each, this one first.
    pub parts: Vec<Diagnostic>,
    /// Other rules that say the same of the same place, for which it speaks.
    pub also: Vec<&'static str>,
}

impl Finding {
    /// A finding that nothing silences, with the fixes that its rule proposes.
    #[must_use]
    pub fn new(mut diagnostic: Diagnostic, fingerprint: impl Into<String>) -> Self {
        Finding {
            fixes: std::mem::take(&mut diagnostic.fixes),
            diagnostic,
            fingerprint: fingerprint.into(),
            within: None,
            baselined: false,
            suppressed: None,
            parts: Vec::new(),
            also: Vec::new(),
        }
    }

    /// What the rule said, one by one, where several findings are shown as one.
    #[must_use]
    pub fn parts(&self) -> &[Diagnostic] {
        match self.parts.as_slice() {
            [] => std::slice::from_ref(&self.diagnostic),
            parts => parts,
        }
    }

    /// Whether the finding counts: neither suppressed nor in the baseline.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.baselined && self.suppressed.is_none()
    }

    /// Whether `--fix` can remove the finding.
    #[must_use]
    pub fn is_fixable(&self) -> bool {
        self.fixes
            .iter()
            .any(|fix| fix.applicability == Applicability::Safe)
    }
}

/// Why a finding is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The author's reason; `None` when none was given.
    pub reason: Option<String>,
}

/// Something that the run could not judge, or a limit that it met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What kind of thing.
    pub kind: NoticeKind,
    /// The file that it is about, relative to the root.
    pub path: Option<String>,
    /// What happened, one sentence without a full stop.
    pub message: String,
}

/// The kinds of [`Notice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// A fault of snell: one file or rule was given up.
    Internal,
    /// A file that could not be read or understood.
    Unreadable,
    /// A limit was hit: something was judged in part.
    Limit,
    /// Something that snell does not judge (another database, a dynamic query).
    NotJudged,
}

impl NoticeKind {
    /// The word used in machine formats.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            NoticeKind::Internal => "internal-error",
            NoticeKind::Unreadable => "unreadable",
            NoticeKind::Limit => "limit",
            NoticeKind::NotJudged => "not-judged",
        }
    }
}

/// How much was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Models and views of all schemas.
    pub models: usize,
    /// Migrations replayed.
    pub migrations: usize,
    /// Calls of a Prisma client's model operations.
    pub client_calls: usize,
    /// Raw SQL queries in TypeScript.
    pub raw_queries: usize,
    /// Queries on rows that somebody owns.
    pub owned_queries: usize,
    /// Those of them of which it could not be decided whose rows they reach, or
    /// that nothing was found to lead to.
    pub undecided_queries: usize,
    /// Whether there are endpoints and queries, and none of the first comes to one of the second.
    pub blind: bool,
    /// Files read.
    pub files: usize,
}

/// Findings that a filter left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden {
    /// How many.
    pub count: usize,
    /// Which filter.
    pub why: HiddenBecause,
}

/// The filters that hide findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HiddenBecause {
    /// Less severe than `--min-severity`.
    Severity,
    /// Milder than what the preset shows when nobody asks.
    Mild,
    /// Less sure than `--min-confidence`.
    Confidence,
    /// No location in the paths asked for.
    Paths,
    /// It was there before the change.
    Unchanged,
}

impl HiddenBecause {
    /// The word used in machine formats.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            HiddenBecause::Severity => "severity",
            HiddenBecause::Mild => "mild",
            HiddenBecause::Confidence => "confidence",
            HiddenBecause::Paths => "paths",
            HiddenBecause::Unchanged => "unchanged",
        }
    }
}

/// The findings of a report, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Active findings of each severity, in the order of [`Severity::WORST_FIRST`].
    by_severity: [usize; 5],
    /// Active findings that `--fix` can remove.
    pub fixable: usize,
    /// Findings that a comment or the configuration silences.
    pub suppressed: usize,
    /// Findings that the baseline knows (and nothing suppresses).
    pub baselined: usize,
}

impl Summary {
    /// Counts the findings of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut summary = Summary::default();
        for finding in &report.findings {
            if finding.suppressed.is_some() {
                summary.suppressed += 1;
            } else if finding.baselined {
                summary.baselined += 1;
            } else {
                summary.by_severity[rank(finding.diagnostic.severity)] += 1;
                summary.fixable += usize::from(finding.is_fixable());
            }
        }
        summary
    }

    /// Active findings of one severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.by_severity[rank(severity)]
    }

    /// Active findings of at least this severity.
    #[must_use]
    pub fn at_least(&self, severity: Severity) -> usize {
        self.by_severity[..=rank(severity)].iter().sum()
    }

    /// All active findings.
    #[must_use]
    pub fn total(&self) -> usize {
        self.by_severity.iter().sum()
    }
}

/// The place of a severity in [`Severity::WORST_FIRST`].
fn rank(severity: Severity) -> usize {
    Severity::Critical as usize - severity as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_worst_first() {
        for (n, severity) in Severity::WORST_FIRST.into_iter().enumerate() {
            assert_eq!(rank(severity), n);
        }
    }
}
