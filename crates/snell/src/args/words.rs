//! The words that options take.

use camino::Utf8PathBuf;
use clap::ValueEnum;

/// When to decorate output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// When a terminal reads it
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The severities by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityName {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<SeverityName> for snell_source::Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Info => Self::Info,
            SeverityName::Low => Self::Low,
            SeverityName::Medium => Self::Medium,
            SeverityName::High => Self::High,
            SeverityName::Critical => Self::Critical,
        }
    }
}

/// What fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Threshold {
    None,
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl Threshold {
    /// The mildest severity that fails the run.
    pub(crate) fn severity(self) -> Option<snell_source::Severity> {
        use snell_source::Severity;
        match self {
            Threshold::None => None,
            Threshold::Critical => Some(Severity::Critical),
            Threshold::High => Some(Severity::High),
            Threshold::Medium => Some(Severity::Medium),
            Threshold::Low => Some(Severity::Low),
            Threshold::Info => Some(Severity::Info),
        }
    }
}

/// The confidences by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfidenceName {
    Possible,
    Likely,
    Certain,
}

impl From<ConfidenceName> for snell_source::Confidence {
    fn from(name: ConfidenceName) -> Self {
        match name {
            ConfidenceName::Possible => Self::Possible,
            ConfidenceName::Likely => Self::Likely,
            ConfidenceName::Certain => Self::Certain,
        }
    }
}

/// The presets by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PresetName {
    Recommended,
    Strict,
    All,
}

impl From<PresetName> for snell_source::Preset {
    fn from(name: PresetName) -> Self {
        match name {
            PresetName::Recommended => Self::Recommended,
            PresetName::Strict => Self::Strict,
            PresetName::All => Self::All,
        }
    }
}

/// A number, or all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count(pub(crate) Option<usize>);

pub(super) fn count(text: &str) -> Result<Count, String> {
    match text {
        "none" => Ok(Count(None)),
        number => number
            .parse()
            .map(|number| Count(Some(number)))
            .map_err(|_| "a number, or `none`".to_owned()),
    }
}

/// `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) format: snell_report::Format,
    pub(crate) file: Option<Utf8PathBuf>,
}

impl std::str::FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(Utf8PathBuf::from(file))),
            None => (text, None),
        };
        let formats = snell_report::Format::ALL;
        match formats.iter().find(|format| format.as_str() == name) {
            Some(format) => Ok(Output {
                format: *format,
                file,
            }),
            None => {
                let names: Vec<&str> = formats.iter().map(|format| format.as_str()).collect();
                Err(format!("no such format; there are {}", names.join(", ")))
            }
        }
    }
}
