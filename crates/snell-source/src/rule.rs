//! What is known of a rule without running it.

use serde::Serialize;

use crate::Severity;

/// The presets, smallest first: each holds all rules of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// The default: what should be mended. Mild findings stay hidden, but those of the few mild rules that belong here.
    Recommended,
    /// With low severities, `possible` confidence and maintainability.
    Strict,
    /// Every rule: what is only worth knowing, and what is a matter of opinion.
    All,
}

/// What findings of a rule are shown as one, when they are mended in one go, by hand. What a fix can remove stands by
/// itself all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Joined {
    /// Those about one model, class or endpoint: who declares an enum for one column of a model does so for the others.
    ByWhole,
    /// Those, and beyond them a habit of a whole schema once: who has no enum at all has decided so.
    AsHabit,
    /// Those whose last label is one place, their cause: one pipe refuses the requests of all classes.
    ByCause,
}

/// A rule's name, severity and page.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleMetadata {
    /// `category/rule`; states the fault.
    pub name: &'static str,
    /// The default severity. A finding may lower itself, never raise.
    pub severity: Severity,
    /// The smallest preset that holds the rule.
    pub preset: Preset,
    /// The fault in one sentence: the title of its findings and of its page.
    pub summary: &'static str,
    /// The rule's page, markdown: what `docs/`, `snell explain` and SARIF show.
    pub page: &'static str,
    /// The version that brought the rule.
    pub since: &'static str,
    /// How findings about parts of one thing are shown as one; `None` where each stands by itself.
    pub joined: Option<Joined>,
}

impl RuleMetadata {
    /// The page as people read it: without the words after a fence's language
    /// and the markers that make the page a test.
    #[must_use]
    pub fn readable_page(&self) -> String {
        crate::page::readable(self.page)
    }

    /// Whether the default preset shows the rule's findings although they are mild: they are certain, and mended
    /// without thinking.
    #[must_use]
    pub fn is_mild_and_usual(&self) -> bool {
        self.preset == Preset::Recommended && self.severity < Severity::Medium
    }

    /// The part of the name before the slash.
    #[must_use]
    pub fn category(&self) -> &'static str {
        self.name
            .split_once('/')
            .map_or(self.name, |(category, _)| category)
    }
}
