//! The configuration: `snell.jsonc` at the root, typed, each value with its origin.

mod extend;
mod reader;
mod schema;
mod settings;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{Glob, GlobSet};
use snell_source::{LineColumn, Preset, Severity, Span, closest_rule};

pub use schema::{RuleSchema, config_schema};

use crate::files::FileSystem;
use crate::json::Json;
use crate::packages::Package;

/// The files that may hold the configuration; `package.json#snell` may as well.
pub(crate) const NAMES: [&str; 3] = ["snell.jsonc", "snell.json", ".snell.jsonc"];

/// What the project's configuration says, its `extends` included.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that holds it; `None`: every value is a default.
    pub file: Option<Utf8PathBuf>,
    /// The files that it extends, and those that these do, as they were read.
    pub extended: Vec<Utf8PathBuf>,
    /// `schemas`: files, folders or globs, from the root. Empty: they are searched for.
    pub schemas: Vec<Sourced<String>>,
    /// `migrations`: folders or globs, from the root. Empty: they are searched for.
    pub migrations: Vec<Sourced<String>>,
    /// `migrationsAfter`: the name of the last migration that is left in peace.
    pub migrations_after: Sourced<Option<String>>,
    /// `preset`.
    pub preset: Sourced<Preset>,
    /// `rules`: the last entry that names a rule counts.
    pub rules: Vec<RuleSetting>,
    /// `overrides`: later ones count more.
    pub overrides: Vec<RuleOverride>,
    /// `isolation`.
    pub isolation: Isolation,
    /// `roles`.
    pub roles: Roles,
    /// `conventions`: what the project has agreed on, by what it is about.
    pub conventions: BTreeMap<String, Sourced<String>>,
    /// `ignore`: accepted findings that have no line for a comment.
    pub ignore: Vec<Ignore>,
    /// `suppressions.requireReason`.
    pub require_reason: Sourced<bool>,
    /// `baseline`: the baseline file, from the root.
    pub baseline: Sourced<Utf8PathBuf>,
    /// `audit.output`: where the audit is written, from the root.
    pub audit_output: Sourced<Utf8PathBuf>,
}

/// `isolation`: who owns rows, and how the code says who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Isolation {
    /// `userModel`: the model that owns; inferred when absent.
    pub user_model: Sourced<Option<String>>,
    /// `ownerKeys`: field names that hold an owner; inferred when empty.
    pub owner_keys: Sourced<Vec<String>>,
    /// `principals`: expressions and decorators that give the authenticated principal.
    pub principals: Sourced<Vec<String>>,
    /// `publicMarkers`: decorators that open an endpoint to everybody.
    pub public_markers: Sourced<Vec<String>>,
    /// `adminMarkers`: decorators and guards that let only administrators in.
    pub admin_markers: Sourced<Vec<String>>,
    /// `globalModels`: models that nobody owns.
    pub global_models: Sourced<Vec<String>>,
}

/// `roles`: the models that play a part, by the part's name, in place of those that
/// are recognised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles {
    parts: BTreeMap<&'static str, Sourced<Vec<String>>>,
}

impl Roles {
    /// The parts that a configuration may name.
    pub const PARTS: [&'static str; 6] = [
        "chatSession",
        "message",
        "agent",
        "translation",
        "credential",
        "auditLog",
    ];

    /// The models that the configuration names for a part; `None` when it leaves them
    /// to be recognised.
    #[must_use]
    pub fn of(&self, part: &str) -> Option<&[String]> {
        self.parts.get(part).map(|models| models.value.as_slice())
    }

    /// The parts that the configuration names, with their models.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Sourced<Vec<String>>)> {
        self.parts.iter().map(|(part, models)| (*part, models))
    }
}

/// A value and where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it was said.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    fn default_of(value: T) -> Self {
        Sourced {
            value,
            origin: Origin::Default,
        }
    }
}

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is the default.
    Default,
    /// In a file.
    File {
        /// The file, from the root.
        file: Utf8PathBuf,
        /// The value's bytes in it.
        span: Span,
        /// The line and column of its start.
        at: LineColumn,
    },
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { file, at, .. } => write!(f, "{file}:{}:{}", at.line, at.column),
        }
    }
}

/// One entry of `rules`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetting {
    /// `category/rule`, `category/*` or another glob; its origin is the name's place.
    pub name: Sourced<String>,
    /// On, at which severity, or off.
    pub level: RuleLevel,
    /// The rule's own options, with their places; the rule reads them.
    pub options: Option<Json>,
}

/// What `rules` makes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleLevel {
    /// It does not run.
    Off,
    /// Its findings have this severity.
    At(Severity),
}

/// One entry of `overrides`: other rules for some files.
#[derive(Debug, Clone)]
pub struct RuleOverride {
    /// `files`: globs from the root.
    pub files: Vec<Sourced<String>>,
    /// `rules`.
    pub rules: Vec<RuleSetting>,
    /// `skip`: rules or globs that say nothing about these files.
    pub skip: Vec<Sourced<String>>,
    globs: GlobSet,
}

impl RuleOverride {
    /// Whether it is about this file.
    #[must_use]
    pub fn matches(&self, path: &Utf8Path) -> bool {
        self.globs.is_match(path)
    }
}

/// One entry of `ignore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The rule, or a glob.
    pub rule: Sourced<String>,
    /// A finding's subject (`model:User`); every finding of the rule when absent.
    pub target: Option<String>,
    /// Why it is accepted.
    pub reason: Option<String>,
    /// The last day on which it is, `2027-03-01`.
    pub until: Option<String>,
}

/// A fault in the configuration: nothing can be judged before it is mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{}:{}: {message}", .at.line, .at.column)]
pub struct ConfigError {
    /// The file, from the root.
    pub file: Utf8PathBuf,
    /// The fault's bytes in it.
    pub span: Span,
    /// The line and column of its start.
    pub at: LineColumn,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            file: None,
            extended: Vec::new(),
            schemas: Vec::new(),
            migrations: Vec::new(),
            migrations_after: Sourced::default_of(None),
            preset: Sourced::default_of(Preset::Recommended),
            rules: Vec::new(),
            overrides: Vec::new(),
            isolation: Isolation::default(),
            roles: Roles::default(),
            conventions: BTreeMap::new(),
            ignore: Vec::new(),
            require_reason: Sourced::default_of(true),
            baseline: Sourced::default_of("snell-baseline.json".into()),
            audit_output: Sourced::default_of("_prompts/audits/database-audit.md".into()),
        }
    }
}

impl Default for Isolation {
    fn default() -> Self {
        let none = || Sourced::default_of(Vec::new());
        Isolation {
            user_model: Sourced::default_of(None),
            owner_keys: none(),
            principals: none(),
            public_markers: none(),
            admin_markers: none(),
            global_models: none(),
        }
    }
}

impl Config {
    /// Reads the configuration at the root of the tree; the default without one.
    ///
    /// # Errors
    /// All faults of the file and of those that it extends, in source order.
    pub fn read(fs: &dyn FileSystem, packages: &[Package]) -> Result<Config, Vec<ConfigError>> {
        extend::read(fs, packages)
    }

    /// The faults in the names of rules, for the crate that knows the rules.
    #[must_use]
    pub fn check_rule_names(&self, known: &[&str]) -> Vec<ConfigError> {
        let settings = self.rules.iter().map(|rule| &rule.name);
        let overrides = self.overrides.iter().flat_map(|item| {
            let rules = item.rules.iter().map(|rule| &rule.name);
            rules.chain(&item.skip)
        });
        let ignored = self.ignore.iter().map(|item| &item.rule);
        settings
            .chain(overrides)
            .chain(ignored)
            .filter_map(|name| unknown_rule(name, known))
            .collect()
    }
}

fn unknown_rule(name: &Sourced<String>, known: &[&str]) -> Option<ConfigError> {
    let Origin::File { file, span, at } = &name.origin else {
        return None;
    };
    if known.contains(&name.value.as_str()) {
        return None;
    }
    let is_pattern = name.value.contains(['*', '?', '[', '{']);
    let message = if is_pattern {
        let glob = Glob::new(&name.value)
            .ok()
            .map(|glob| glob.compile_matcher());
        if glob.is_some_and(|glob| known.iter().any(|rule| glob.is_match(rule))) {
            return None;
        }
        format!("no rule matches `{}`", name.value)
    } else {
        format!("unknown rule `{}`", name.value)
    };
    let nearest = closest_rule(&name.value, known.iter().copied());
    Some(ConfigError {
        file: file.clone(),
        span: *span,
        at: *at,
        message,
        help: Some(nearest.map_or_else(
            || "`snell rules` lists the rules".to_owned(),
            |nearest| format!("did you mean `{nearest}`?"),
        )),
    })
}

#[cfg(test)]
mod tests;
