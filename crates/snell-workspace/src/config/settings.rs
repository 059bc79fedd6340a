//! The keys of a configuration file.

use globset::{GlobBuilder, GlobSetBuilder};
use snell_source::{Preset, Severity};

use super::reader::Reader;
use super::{
    Config, Ignore, Isolation, Origin, Roles, RuleLevel, RuleOverride, RuleSetting, Sourced,
};
use crate::json::{Json, JsonValue};

/// The keys of the file.
pub(super) const KEYS: [&str; 15] = [
    "$schema",
    "extends",
    "schemas",
    "migrations",
    "migrationsAfter",
    "preset",
    "rules",
    "overrides",
    "isolation",
    "roles",
    "conventions",
    "ignore",
    "suppressions",
    "baseline",
    "audit",
];

pub(super) const PRESETS: [(&str, Preset); 3] = [
    ("recommended", Preset::Recommended),
    ("strict", Preset::Strict),
    ("all", Preset::All),
];

/// Puts what a file says over what the files that it extends said: a single
/// value and a list replace, `rules` replace by name, `overrides` and `ignore` add.
pub(super) fn apply(config: &mut Config, json: &Json, reader: &mut Reader<'_>) {
    for member in reader.object(json, "configuration", &KEYS) {
        let (key, value) = (member.name.value.as_str(), &member.value);
        match key {
            "schemas" => config.schemas = reader.paths(value, key),
            "migrations" => config.migrations = reader.paths(value, key),
            "migrationsAfter" => {
                if let Some(name) = reader.string(value, key) {
                    config.migrations_after = reader.sourced(Some(name), value.span);
                }
            }
            "preset" => {
                if let Some(preset) = reader.word(value, key, &PRESETS) {
                    config.preset = reader.sourced(preset, value.span);
                }
            }
            "rules" => {
                for setting in rules(value, reader) {
                    config
                        .rules
                        .retain(|old| old.name.value != setting.name.value);
                    config.rules.push(setting);
                }
            }
            "overrides" => {
                for element in reader.array(value, key) {
                    config.overrides.extend(rule_override(element, reader));
                }
            }
            "isolation" => isolation(&mut config.isolation, value, reader),
            "roles" => roles(&mut config.roles, value, reader),
            "conventions" => {
                for member in reader.object(value, key, &CONVENTIONS) {
                    let name = &member.name.value;
                    if let Some(said) = convention(name, &member.value, reader) {
                        config.conventions.insert(name.clone(), said);
                    }
                }
            }
            "ignore" => {
                for element in reader.array(value, key) {
                    config.ignore.extend(ignore(element, reader));
                }
            }
            "suppressions" => {
                for member in reader.object(value, key, &["requireReason"]) {
                    if let Some(required) = reader.bool(&member.value, "requireReason") {
                        config.require_reason = reader.sourced(required, member.value.span);
                    }
                }
            }
            "baseline" => {
                if let Some(path) = reader.path(value, key) {
                    config.baseline = path;
                }
            }
            "audit" => {
                for member in reader.object(value, key, &["output"]) {
                    if let Some(path) = reader.path(&member.value, "audit.output") {
                        config.audit_output = path;
                    }
                }
            }
            // `$schema` is for editors; `extends` was followed before.
            _ => {}
        }
    }
}

/// What conventions can be declared about.
pub(super) const CONVENTIONS: [&str; 11] = [
    "models",
    "fields",
    "enums",
    "enumValues",
    "tables",
    "enumTypes",
    "columns",
    "keys",
    "ownerColumn",
    "createdAt",
    "updatedAt",
];

/// Those of them that are about how names are written.
pub(super) const CASED: usize = 7;

/// The ways to write names.
pub(super) const CASES: [(&str, ()); 5] = [
    ("PascalCase", ()),
    ("camelCase", ()),
    ("snake_case", ()),
    ("UPPER_CASE", ()),
    ("kebab-case", ()),
];

/// A declared convention: a case for names, any words for the others.
fn convention(name: &str, json: &Json, reader: &mut Reader<'_>) -> Option<Sourced<String>> {
    if CONVENTIONS[..CASED].contains(&name) {
        reader.word(json, name, &CASES)?;
    }
    let said = reader.string(json, name)?;
    Some(reader.sourced(said, json.span))
}

/// The keys of `isolation`.
pub(super) const ISOLATION_KEYS: [&str; 6] = [
    "userModel",
    "ownerKeys",
    "principals",
    "publicMarkers",
    "adminMarkers",
    "globalModels",
];

/// The keys of an entry of `overrides`.
pub(super) const OVERRIDE_KEYS: [&str; 3] = ["files", "rules", "skip"];

/// The keys of an entry of `ignore`.
pub(super) const IGNORE_KEYS: [&str; 4] = ["rule", "target", "reason", "until"];

fn isolation(isolation: &mut Isolation, json: &Json, reader: &mut Reader<'_>) {
    for member in reader.object(json, "isolation", &ISOLATION_KEYS) {
        let (key, value) = (member.name.value.as_str(), &member.value);
        let list = match key {
            "ownerKeys" => &mut isolation.owner_keys,
            "principals" => &mut isolation.principals,
            "publicMarkers" => &mut isolation.public_markers,
            "adminMarkers" => &mut isolation.admin_markers,
            "globalModels" => &mut isolation.global_models,
            _ => {
                if let Some(model) = reader.string(value, key) {
                    isolation.user_model = reader.sourced(Some(model), value.span);
                }
                continue;
            }
        };
        let names = reader.strings(value, key).into_iter().map(|s| s.value);
        *list = Sourced {
            value: names.collect(),
            origin: reader.origin(value.span),
        };
    }
}

fn roles(roles: &mut Roles, json: &Json, reader: &mut Reader<'_>) {
    for member in reader.object(json, "roles", &Roles::PARTS) {
        let key = member.name.value.as_str();
        let Some(part) = Roles::PARTS.into_iter().find(|part| *part == key) else {
            continue;
        };
        let models = reader.strings(&member.value, part);
        let models = Sourced {
            value: models.into_iter().map(|model| model.value).collect(),
            origin: reader.origin(member.value.span),
        };
        roles.parts.insert(part, models);
    }
}

fn rules(json: &Json, reader: &mut Reader<'_>) -> Vec<RuleSetting> {
    let mut settings = Vec::new();
    for member in reader.any_object(json, "rules") {
        let name = &member.name;
        let (level, options) = match &member.value.value {
            JsonValue::Array(parts) => match parts.as_slice() {
                [level] => (level, None),
                [level, options] => (level, Some(options)),
                _ => {
                    let message = format!("`{}` must be [severity, options]", name.value);
                    reader.error(member.value.span, message, None);
                    continue;
                }
            },
            _ => (&member.value, None),
        };
        if let Some(options) = options {
            // The options' own keys are the rule's; here only their form is judged.
            reader.any_object(options, &name.value);
        }
        if let Some(level) = reader.word(level, &name.value, &levels()) {
            settings.push(RuleSetting {
                name: reader.sourced(name.value.clone(), name.span),
                level,
                options: options.cloned(),
            });
        }
    }
    settings
}

/// What `rules` may make of a rule, by the words for it.
pub(super) fn levels() -> Vec<(&'static str, RuleLevel)> {
    let severities = Severity::WORST_FIRST.map(|s| (s.as_str(), RuleLevel::At(s)));
    std::iter::once(("off", RuleLevel::Off))
        .chain(severities)
        .collect()
}

fn rule_override(json: &Json, reader: &mut Reader<'_>) -> Option<RuleOverride> {
    let mut files = None;
    let mut settings = Vec::new();
    let mut skip = Vec::new();
    let before = reader.errors.len();
    for member in reader.object(json, "overrides", &OVERRIDE_KEYS) {
        match member.name.value.as_str() {
            "files" => files = Some(reader.paths(&member.value, "files")),
            "rules" => settings = rules(&member.value, reader),
            _ => skip = reader.strings(&member.value, "skip"),
        }
    }
    if files.is_none() && reader.errors.len() == before {
        let message = "an override needs `files`".to_owned();
        reader.error(json.span, message, None);
    }
    let files = files?;
    let mut globs = GlobSetBuilder::new();
    for file in &files {
        match GlobBuilder::new(&file.value)
            .literal_separator(true)
            .build()
        {
            Ok(glob) => {
                globs.add(glob);
            }
            Err(error) => {
                let Origin::File { span, .. } = file.origin else {
                    continue;
                };
                reader.error(span, format!("`files`: {}", error.kind()), None);
            }
        }
    }
    Some(RuleOverride {
        files,
        rules: settings,
        skip,
        globs: globs.build().unwrap_or_default(),
    })
}

fn ignore(json: &Json, reader: &mut Reader<'_>) -> Option<Ignore> {
    let mut rule = None;
    let (mut target, mut reason, mut until) = (None, None, None);
    let before = reader.errors.len();
    for member in reader.object(json, "ignore", &IGNORE_KEYS) {
        let (key, value) = (member.name.value.as_str(), &member.value);
        let string = reader.string(value, key);
        match key {
            "rule" => rule = string.map(|name| reader.sourced(name, value.span)),
            "target" => target = string,
            "reason" => reason = string,
            _ => {
                if string.as_deref().is_some_and(|day| !is_day(day)) {
                    let message = "`until` must be a day such as \"2027-03-01\"".to_owned();
                    reader.error(value.span, message, None);
                }
                until = string;
            }
        }
    }
    if rule.is_none() && reader.errors.len() == before {
        reader.error(
            json.span,
            "an entry of `ignore` needs `rule`".to_owned(),
            None,
        );
    } else if target.is_none() && reason.is_none() && reader.errors.len() == before {
        reader.error(
            json.span,
            "an entry of `ignore` needs `target` or `reason`".to_owned(),
            Some("without a target it silences all findings of the rule: say why".to_owned()),
        );
    }
    Some(Ignore {
        rule: rule?,
        target,
        reason,
        until,
    })
}

/// `YYYY-MM-DD`, so that days compare as text.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, len: usize, max: u32| {
        part.len() == len
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse::<u32>().is_ok_and(|n| (1..=max).contains(&n))
    };
    matches!(parts.as_slice(), [year, month, day]
        if number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31))
}
