//! Findings: plain data that points into sources.

use serde::{Deserialize, Serialize};

use crate::{Fix, Location, RuleMetadata};

/// How much harm the fault does, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A fact worth knowing.
    Info,
    /// Costs little, or only later.
    Low,
    /// Should be mended.
    Medium,
    /// Wrong data, an outage or an exposure in ordinary use.
    High,
    /// Data of others, or all data, at risk.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const WORST_FIRST: [Severity; 5] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
    ];

    /// The word used in output and configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// As many steps worse as `to` is worse than `from`; itself where it is not.
    #[must_use]
    pub fn raised(self, from: Severity, to: Severity) -> Severity {
        let steps = (to as usize).saturating_sub(from as usize);
        let milder =
            Severity::Critical as usize - (self as usize + steps).min(Severity::Critical as usize);
        Severity::WORST_FIRST[milder]
    }
}

/// How sure the tool is that the finding is right, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Evidence is indirect.
    Possible,
    /// Follows from the code, but something outside it could still make it right.
    Likely,
    /// Follows from the code alone.
    Certain,
}

impl Confidence {
    /// The word used in output and configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

/// Whether a label shows the fault or what makes it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Where the fix goes. A diagnostic has exactly one, and it comes first.
    Primary,
    /// Evidence, often in another language.
    Related,
    /// Where it is done right: shown like evidence, and no part of the fault.
    #[serde(rename = "related")]
    Example,
}

/// A place with words: what is to be seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where; as small as the words allow.
    pub at: Location,
    /// What; may be empty for a primary label whose message says it all.
    pub text: String,
    /// The label's part in the finding.
    pub role: Role,
}

/// A finding of one rule.
///
/// The message says what; labels say exactly where, on both sides of the
/// boundary; help says what to do; the rule's page says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that speaks.
    pub rule: &'static RuleMetadata,
    /// At most the rule's severity (or what the configuration made of it).
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What is wrong, one sentence, naming the subject.
    pub message: String,
    /// The primary label, then the related ones in reading order.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Vec<String>,
    /// Why the finding counts for more or less than the rule's default.
    pub notes: Vec<String>,
    /// What the finding is about, stable under moves and edits:
    /// `model:User field:email`, `query:UserService.list#1`, ... The
    /// fingerprint is made of it and the rule's name.
    pub subject: String,
    /// What it has in common with other findings of its rule that are mended in one go: findings
    /// of one cause are shown as one. Nothing where it stands by itself, or where the rule's
    /// metadata says what they share.
    pub cause: Option<String>,
    /// Places whose text is a secret: no renderer shows it in full.
    pub secrets: Vec<Location>,
    /// Changes that would remove it, best first.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A finding of `rule` at `at`, as severe as the rule and certain.
    pub fn at(
        rule: &'static RuleMetadata,
        at: Location,
        message: impl Into<String>,
    ) -> DiagnosticBuilder {
        DiagnosticBuilder(Diagnostic {
            rule,
            severity: rule.severity,
            confidence: Confidence::Certain,
            message: message.into(),
            labels: vec![Label {
                at,
                text: String::new(),
                role: Role::Primary,
            }],
            help: Vec::new(),
            notes: Vec::new(),
            subject: String::new(),
            cause: None,
            secrets: Vec::new(),
            fixes: Vec::new(),
        })
    }

    /// The primary label.
    #[must_use]
    pub fn primary(&self) -> &Label {
        &self.labels[0]
    }

    /// The labels after the primary one.
    #[must_use]
    pub fn related(&self) -> &[Label] {
        &self.labels[1..]
    }
}

/// More places than these make a finding no clearer.
const MOST_LABELS: usize = 8;

impl Diagnostic {
    /// Shows a further place of the same fault, unless it is shown already or enough are.
    pub fn also(&mut self, at: Location, text: &str) {
        let known = self.labels.iter().any(|label| label.at == at);
        if !known && self.labels.len() < MOST_LABELS {
            self.labels.push(Label {
                at,
                text: text.to_owned(),
                role: Role::Related,
            });
        }
    }
}

/// Builds a [`Diagnostic`]; a subject must be named to finish.
#[derive(Debug)]
#[must_use = "a finding is made by `subject`"]
pub struct DiagnosticBuilder(Diagnostic);

impl DiagnosticBuilder {
    /// The words at the primary location.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.0.labels[0].text = text.into();
        self
    }

    /// A further place that makes the fault visible.
    pub fn related(mut self, at: Location, text: impl Into<String>) -> Self {
        self.0.labels.push(Label {
            at,
            text: text.into(),
            role: Role::Related,
        });
        self
    }

    /// A place where it is done right.
    pub fn example(mut self, at: Location, text: impl Into<String>) -> Self {
        self.0.labels.push(Label {
            at,
            text: text.into(),
            role: Role::Example,
        });
        self
    }

    /// What to do.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.0.help.push(text.into());
        self
    }

    /// A remark.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.0.notes.push(text.into());
        self
    }

    /// Lowers the severity, with the reason; a higher one than now changes nothing.
    pub fn lowered(mut self, to: Severity, why: impl Into<String>) -> Self {
        if to < self.0.severity {
            self.0.severity = to;
            self.0.notes.push(why.into());
        }
        self
    }

    /// How sure the rule is.
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.0.confidence = confidence;
        self
    }

    /// What it shares with others (see [`Diagnostic::cause`]): the message begins with the name
    /// that tells it from them.
    pub fn caused_by(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// A place whose text is a secret (see [`Diagnostic::secrets`]).
    pub fn secret(mut self, at: Location) -> Self {
        self.0.secrets.push(at);
        self
    }

    /// A change that would remove it.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.0.fixes.push(fix);
        self
    }

    /// What the finding is about (see [`Diagnostic::subject`]); finishes it.
    pub fn subject(mut self, subject: impl Into<String>) -> Diagnostic {
        self.0.subject = subject.into();
        self.0
    }
}
