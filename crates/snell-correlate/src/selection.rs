//! Which rules run, and how severe they are.

use camino::Utf8Path;
use snell_source::{Diagnostic, Preset, Severity};
use snell_workspace::{Config, RuleLevel, RuleOverride, RuleSetting};

use crate::rule::Rule;
use crate::rules;

/// The rules of one run with their severities.
#[derive(Debug, Clone)]
pub struct Selection {
    chosen: Vec<Chosen>,
    overrides: Vec<RuleOverride>,
    /// Milder findings are shown where somebody asked for their rule.
    least: Severity,
    /// Whether comments must say why.
    reasons: bool,
}

/// One rule of a run.
#[derive(Debug, Clone)]
struct Chosen {
    rule: &'static Rule,
    /// Without one the rule runs for the files of an override alone.
    severity: Option<Severity>,
    /// Whether it is shown however mild: somebody named it, or it is one of the few mild ones of the default preset.
    asked: bool,
}

/// What the command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Names, categories (`vector/*`, `vector`) or globs: nothing else runs.
    pub only: Vec<String>,
    /// Names, categories or globs that do not run.
    pub skip: Vec<String>,
    /// Rules that run whatever the preset: what they need was handed over.
    pub also: Vec<&'static str>,
    /// How mild findings may be. Mild ones call their rules, but those that are a matter of opinion.
    pub least: Option<Severity>,
}

impl Selection {
    /// The rules that the configuration and the command line leave.
    #[must_use]
    pub fn new(config: &Config, wanted: &Wanted) -> Self {
        let preset = config.preset.value;
        let mild = |rule: &Rule| {
            let (least, own) = (wanted.least, &rule.metadata);
            own.preset <= Preset::Strict && least.is_some_and(|least| own.severity >= least)
        };
        let chosen = rules::all().iter().filter_map(|rule| {
            let name = rule.metadata.name;
            let names = |patterns: &[String]| patterns.iter().any(|one| matches(one, name));
            if names(&wanted.skip) || !(wanted.only.is_empty() || names(&wanted.only)) {
                return None;
            }
            let named = level(&config.rules, name);
            let severity = match named {
                Some(RuleLevel::Off) => None,
                Some(RuleLevel::At(severity)) => Some(severity),
                None if rule.metadata.preset <= preset
                    || wanted.also.contains(&name)
                    || mild(rule) =>
                {
                    Some(rule.metadata.severity)
                }
                None => None,
            };
            let severity = severity.or(names(&wanted.only).then_some(rule.metadata.severity));
            let somewhere = config
                .overrides
                .iter()
                .any(|one| matches!(level(&one.rules, name), Some(RuleLevel::At(_))));
            let asked = named.is_some()
                || severity.is_none()
                || names(&wanted.only)
                || wanted.also.contains(&name)
                || rule.metadata.is_mild_and_usual();
            (severity.is_some() || somewhere).then_some(Chosen {
                rule,
                severity,
                asked,
            })
        });
        Selection {
            chosen: chosen.collect(),
            overrides: config.overrides.clone(),
            least: wanted.least.unwrap_or_else(|| usual_severity(preset)),
            reasons: config.require_reason.value,
        }
    }

    /// Just these rules, at their own severity: what a rule's page runs.
    #[must_use]
    pub fn of(names: &[&str]) -> Self {
        let chosen = rules::all()
            .iter()
            .filter(|rule| names.contains(&rule.metadata.name));
        Selection {
            chosen: chosen
                .map(|rule| Chosen {
                    rule,
                    severity: Some(rule.metadata.severity),
                    asked: true,
                })
                .collect(),
            overrides: Vec::new(),
            least: Severity::Info,
            reasons: true,
        }
    }

    /// The rules, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        self.chosen.iter().map(|one| one.rule)
    }

    /// Whether a finding is severe enough to be shown, or its rule was asked for.
    #[must_use]
    pub fn shows(&self, diagnostic: &Diagnostic) -> bool {
        let asked = |name| {
            let chosen = self.chosen(name);
            chosen.is_some_and(|one| one.asked)
        };
        diagnostic.severity >= self.least || asked(diagnostic.rule.name)
    }

    fn chosen(&self, name: &str) -> Option<&Chosen> {
        let mut chosen = self.chosen.iter();
        chosen.find(|one| one.rule.metadata.name == name)
    }

    /// How severe a rule's findings in a file are; `None` when they do not count.
    /// Of several overrides the last one decides.
    #[must_use]
    pub fn severity_at(&self, rule: &Rule, path: &Utf8Path) -> Option<Severity> {
        let name = rule.metadata.name;
        let mut severity = self.chosen(name)?.severity;
        for one in self.overrides.iter().filter(|one| one.matches(path)) {
            match level(&one.rules, name) {
                Some(RuleLevel::Off) => severity = None,
                Some(RuleLevel::At(at)) => severity = Some(at),
                None => {}
            }
            if one.skip.iter().any(|pattern| matches(&pattern.value, name)) {
                severity = None;
            }
        }
        severity
    }

    /// Whether a comment without a reason is a finding.
    #[must_use]
    pub fn requires_reason(&self) -> bool {
        self.reasons
    }

    /// Whether a rule runs.
    #[must_use]
    pub fn runs(&self, name: &str) -> bool {
        self.chosen(name).is_some()
    }
}

/// The mildest findings that a preset shows when nobody says more.
fn usual_severity(preset: Preset) -> Severity {
    match preset {
        Preset::Recommended => Severity::Medium,
        Preset::Strict => Severity::Low,
        Preset::All => Severity::Info,
    }
}

/// What the last setting that names a rule says.
fn level(settings: &[RuleSetting], name: &str) -> Option<RuleLevel> {
    let mut settings = settings.iter().rev();
    settings
        .find(|setting| matches(&setting.name.value, name))
        .map(|setting| setting.level)
}

/// The preset's word as the configuration knows it.
#[must_use]
pub fn preset_named(name: &str) -> Option<Preset> {
    match name {
        "recommended" => Some(Preset::Recommended),
        "strict" => Some(Preset::Strict),
        "all" => Some(Preset::All),
        _ => None,
    }
}

/// Whether a name, category or pattern with `*` names a rule.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    if pattern == name
        || name
            .split_once('/')
            .is_some_and(|(category, _)| category == pattern)
    {
        return true;
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return false;
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The patterns that name no rule at all.
pub fn unknown_patterns(wanted: &Wanted) -> impl Iterator<Item = &str> {
    let patterns = wanted.only.iter().chain(&wanted.skip);
    patterns.map(String::as_str).filter(|pattern| {
        !rules::all()
            .iter()
            .any(|rule| matches(pattern, rule.metadata.name))
    })
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_name_rules_categories_and_globs() {
        assert!(matches("vector/missing-index", "vector/missing-index"));
        assert!(matches("vector", "vector/missing-index"));
        assert!(matches("vector/*", "vector/missing-index"));
        assert!(matches("*/missing-*", "vector/missing-index"));
        assert!(!matches("vector/*", "index/redundant"));
        assert!(!matches("vect", "vector/missing-index"));
    }
}
